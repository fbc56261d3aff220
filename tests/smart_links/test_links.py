"""`sellhub link`: kept, filled, refused; on both databases."""

from __future__ import annotations

import pytest

from hub import custom_fields, records, smart_links
from hub.by_hand import by_hand
from hub.opening import Hub
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.records.conftest import Cli, cli, home_of

__all__ = ["cli", "home_of"]

FIND = "https://maps.example/?q={{ email }}"


def lead(hub: Hub, **fields: object) -> int:
    """A lead made by hand."""
    with by_hand(hub, "lead add") as hand:
        return hand.add(Draft("lead", {"last_name": "Li", **fields}))


def test_a_link_is_filled_with_the_records_fields(opened: OpenHub) -> None:
    """One of the same name gets the new template."""
    hub = opened()
    smart_links.add_link(hub, "lead", "Map", "https://old.example/{{ email }}")
    smart_links.add_link(hub, "lead", "Map", FIND)
    id_ = lead(hub, email="ann@li.example")

    (link,) = smart_links.open_links(hub, "lead", id_)
    assert (link.name, link.url) == ("Map", "https://maps.example/?q=ann%40li.example")
    assert records.show(hub, "lead", id_).to_json()["links"] == [{"name": "Map", "url": link.url, "disabled": None}]


def test_an_empty_value_disables_a_link_and_says_so(opened: OpenHub) -> None:
    """It stays in the list: who fills the field gets the link."""
    hub = opened()
    smart_links.add_link(hub, "lead", "Map", FIND)
    id_ = lead(hub)

    assert records.show(hub, "lead", id_).to_json()["links"] == [
        {"name": "Map", "url": None, "disabled": "email is empty"}
    ]


def test_custom_fields_are_named_when_they_are_defined(opened: OpenHub) -> None:
    """Of that type of record; a removed one is none."""
    hub = opened()
    template = 'https://x.example/{{ custom_fields["Deal type"] }}'
    custom_fields.add(hub, "deal", "Deal type", "list", ["New", "Upsell"])
    smart_links.add_link(hub, "deal", "Type", template)

    with pytest.raises(SetupError, match="no custom field is called 'Deal type'"):
        smart_links.add_link(hub, "lead", "Type", template)


def test_a_renamed_custom_field_keeps_its_links(opened: OpenHub) -> None:
    """Renaming breaks integrations elsewhere; here a template may go on by the former name."""
    hub = opened()
    custom_fields.add(hub, "lead", "Tax no", "string")
    smart_links.add_link(hub, "lead", "Tax", 'https://x.example/{{ custom_fields["Tax no"] }}')
    id_ = lead(hub, custom_fields={"Tax no": "DE 1"})
    custom_fields.rename(hub, "Tax no", "VAT number", of="lead")

    assert smart_links.open_links(hub, "lead", id_)[0].url == "https://x.example/DE%201"
    smart_links.add_link(hub, "lead", "New", 'https://x.example/{{ custom_fields["VAT number"] }}')
    assert smart_links.open_links(hub, "lead", id_, "New")[0].url == "https://x.example/DE%201"


def test_a_deals_link_names_its_value_stage_and_contact(opened: OpenHub) -> None:
    """As `deal show` calls them."""
    hub = opened()
    template = "https://x.example/{{ pipeline }}/{{ stage }}/{{ value }}{{ currency }}/{{ contact }}/{{ id }}"
    smart_links.add_link(hub, "deal", "All", template)
    with by_hand(hub, "deal add") as hand:
        contact = hand.add(Draft("contact", {"first_name": "Ann", "last_name": "Li"}))
        fields = {"name": "Rollout", "value": "2400", "currency": "USD"}
        deal = hand.add(Draft("deal", fields, {"contact": Ref("contact", str(contact))}))

    (link,) = smart_links.open_links(hub, "deal", deal)
    assert link.url == f"https://x.example/Sales%20Pipeline/Incoming/2400.00USD/Ann%20Li/{deal}"


def test_every_field_that_may_be_named_is_one_that_show_prints(opened: OpenHub) -> None:
    """A name that is taken and never there would be a link that is never enabled."""
    hub = opened()
    with by_hand(hub, "deal add") as hand:
        contact = hand.add(Draft("contact", {"last_name": "Li"}))
        ids = {"contact": contact, "lead": hand.add(Draft("lead", {"last_name": "Li"}))}
        ids["deal"] = hand.add(Draft("deal", {"name": "R"}, {"contact": Ref("contact", str(contact))}))
    with hub.store.read() as db:
        for kind in ("lead", "contact", "deal"):
            row = records.with_amount(records.existing(db, kind, ids[kind]))
            assert smart_links.fields_of(db, kind).plain - row.keys() == set()


def test_refused_templates_store_nothing(opened: OpenHub) -> None:
    """All faults in one text, with an example of a right one."""
    hub = opened()
    with pytest.raises(SetupError, match=r"begin with https.*") as refused:
        smart_links.add_link(hub, "lead", "Map", "http://{{ emial.x }}/")

    assert "emial" in str(refused.value)
    assert "https://example.com/find?email={{ email }}" in refused.value.fix
    assert smart_links.list_links(hub) == []


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\tb"])
def test_a_link_needs_a_name(opened: OpenHub, name: str) -> None:
    """That can be typed and shown."""
    with pytest.raises(SetupError, match="name"):
        smart_links.add_link(opened(), "lead", name, FIND)


def test_a_hundred_links_of_a_type_are_enough(opened: OpenHub) -> None:
    """A record's page must stay readable."""
    hub = opened()
    for number in range(100):
        smart_links.add_link(hub, "lead", f"L{number}", FIND)
    smart_links.add_link(hub, "lead", "L0", FIND)

    with pytest.raises(SetupError, match="100 links of leads already"):
        smart_links.add_link(hub, "lead", "one more", FIND)


def test_links_are_added_listed_opened_and_removed_by_command(cli: Cli) -> None:
    """The whole life of one."""
    cli.bring({"Last Name": "Li", "Email": "ann@li.example"}, {"Last Name": "Wu", "Email": ""})

    assert "no links yet" in cli.ok("link", "list").out
    assert "nothing was stored" in cli.ok("link", "add", "Map", "--template", FIND, "--dry-run").out
    assert cli.json("link", "list") == []
    assert cli.json("link", "add", "Map", "--template", FIND) == {
        "of": "lead", "name": "Map", "template": FIND, "dry_run": False,
    }  # fmt: skip
    assert FIND in cli.ok("link", "list").out
    assert cli.ok("link", "open", "L-1", "Map").out == "https://maps.example/?q=ann%40li.example\n"
    assert cli.json("link", "open", "l-1")["links"][0]["url"] == "https://maps.example/?q=ann%40li.example"
    assert "disabled: email is empty" in cli.ok("link", "open", "L-2").out
    assert "Map  https://maps.example/?q=ann%40li.example" in cli.ok("lead", "show", "L-1").out
    assert "nothing was stored" in cli.ok("link", "remove", "Map", "--dry-run").out
    assert "removed" in cli.ok("link", "remove", "Map").out
    assert "no links of leads yet" in cli.ok("link", "open", "L-1").out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("open", "L-2", "Map"), "disabled for L-2: email is empty"),
        (("open", "L-1", "Mpa"), "nearest: 'Map'"),
        (("open", "L-9"), "there is no lead L-9"),
        (("open", "17"), "which record is that?"),
        (("remove", "Mpa"), "nearest: 'Map'"),
        (("remove", "Map", "--of", "deal"), "no link of deals is called 'Map'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(cli: Cli, words: tuple[str, ...], text: str) -> None:
    """On standard error, with nothing on standard output."""
    cli.bring({"Last Name": "Li", "Email": "ann@li.example"}, {"Last Name": "Wu", "Email": ""})
    cli.ok("link", "add", "Map", "--template", FIND)
    said = cli("link", *words)

    assert (said.code, said.out) == (1, "")
    assert text in said.err
    assert "fix:" in said.err
