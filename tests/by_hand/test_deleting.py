"""`delete` and `restore`: out of sight everywhere, held against syncs, back as it is by then."""

from __future__ import annotations

from tests.by_hand.conftest import PEOPLE
from tests.records.conftest import Cli, person


def test_a_deleted_lead_is_out_of_sight_and_no_sync_brings_it_back(cli: Cli) -> None:
    """Matching still finds it: what its source says goes on to it, unseen."""
    cli.bring(person("Ann", "Li", "ann@li.example", title="CTO"))
    cli.ok("lead", "delete", "L-1", "--by", "mei@example.com")
    cli.bring(person("Ann", "Li", "ann@li.example", title="CEO"))
    cli.bring(person("Ann", "Li", "ann@li.example", company="Acme"), source="fair")

    assert cli.json("lead", "list") == []
    assert cli.json("lead", "show", "1")["deleted_at"] is not None
    assert "sellhub lead restore L-1" in cli.ok("lead", "show", "1").out
    assert "was deleted" in cli("lead", "edit", "1", "title=X").err

    cli.ok("lead", "restore", "1")
    assert [(row["title"], row["organization_name"]) for row in cli.json("lead", "list")] == [("CEO", "Acme")]
    assert "was not deleted" in cli("lead", "restore", "1").err
    cli.bring(person("Ann", "Li", "ann@li.example", title="COO"))
    assert [row["title"] for row in cli.json("lead", "list")] == ["COO"]


def test_a_contact_with_deals_is_not_deleted(cli: Cli) -> None:
    """Sell's rule; the text names the deals. Deleted ones are no obstacle, and need their contact to come back."""
    acme = f"C-{cli.json('contact', 'add', '--company-name', 'Acme')['id']}"
    fox = f"C-{cli.json('contact', 'add', '--last-name', 'Fox', '--company', acme)['id']}"
    deal = f"D-{cli.json('deal', 'add', '--name', 'Rollout', '--contact', fox)['id']}"
    for id_ in (acme, fox):
        said = cli("contact", "delete", id_)
        assert said.code == 1
        assert f"{deal} Rollout" in said.err

    cli.ok("deal", "delete", deal)
    cli.ok("contact", "delete", acme, fox)
    assert cli.json("contact", "list") == cli.json("deal", "list") == []
    assert f"sellhub contact restore {fox}" in cli("deal", "restore", deal).err
    cli.ok("contact", "restore", acme, fox)
    cli.ok("deal", "restore", deal)
    assert [row["contact"] for row in cli.json("deal", "list")] == ["Fox"]


def test_a_contact_beside_a_deal_is_taken_from_there_first(cli: Cli) -> None:
    """The text says how."""
    fox, gil = (f"C-{cli.json('contact', 'add', '--last-name', name)['id']}" for name in ("Fox", "Gil"))
    deal = f"D-{cli.json('deal', 'add', '--name', 'Rollout', '--contact', fox)['id']}"
    cli.ok("deal", "contacts", deal, "add", gil)

    way_out = ("deal", "contacts", deal, "remove", gil)
    assert f"sellhub {' '.join(way_out)}" in cli("contact", "delete", gil).err
    cli.ok(*way_out)
    cli.ok("contact", "delete", gil)


def test_several_are_deleted_or_none(cli: Cli) -> None:
    """One that is not there keeps the others from going."""
    first, second = (str(cli.json("lead", "add", "--last-name", name)["id"]) for name in ("Li", "Ng"))

    assert cli("lead", "delete", first, "99").code == 1
    assert len(cli.json("lead", "list")) == 2
    assert [each["deleted"] for each in cli.json("lead", "delete", first, second, "--dry-run")] == [True, True]
    assert len(cli.json("lead", "list")) == 2
    assert cli("lead", "delete").code == 1


def test_a_deletion_goes_to_destinations_and_a_restored_record_too(cli: Cli, database_url: str) -> None:
    """`push` tells them to let go; `push --all` does not bring up what is deleted."""
    files = '[destinations.files]\nconnector = "csv"\nfolder = "out"\n'
    cli.settings(f'{PEOPLE}{files}[storage]\nurl = "{database_url}"\n')
    cli.ok("lead", "add", "--last-name", "Li")
    cli.ok("lead", "add", "--last-name", "Ng")
    assert cli.json("push", "files")["upserted"] == 2

    cli.ok("lead", "delete", "1")
    pushed = cli.json("push", "files")
    assert (pushed["upserted"], pushed["deleted"]) == (0, 1)
    assert cli.json("push", "files", "--all")["queued"] == 1

    cli.ok("lead", "restore", "1")
    assert cli.json("push", "files")["upserted"] == 1


def test_what_is_deleted_is_like_nothing(cli: Cli) -> None:
    """A hint at what nobody sees would mislead."""
    cli.ok("lead", "add", "--last-name", "Li", "--email", "a@li.example")
    cli.ok("lead", "delete", "1")

    assert cli.json("lead", "add", "--last-name", "Li", "--email", "a@li.example")["like"] == []
    assert cli.ok("db", "check").code == 0
