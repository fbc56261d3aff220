"""Who is who when a record moves between mappings, when keys are crowded, and within one batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.connector import SourceRecord
from hub.importing import Import, import_file
from hub.opening import Hub
from hub.settings import SourcePart
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML, row, written
from tests.hub.test_review_helpers import company, contact, customer, deal, fed_by, gone, rows, run


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def test_a_converted_record_keeps_its_identity_link_and_deals_find_it(hub: Hub) -> None:
    """`v_source_links` shows one identity link per live source record; a deal that names the contact is taken."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    assert rows(hub, "SELECT source_id, record_type FROM v_source_links") == [("1", "contact")]
    counts = run(hub, {"deals": [deal("9", "Pilot", ["1"])]})["deals"].counts
    assert (counts.created, counts.held) == (1, 0)


def test_a_converted_lead_keeps_its_owner(hub: Hub) -> None:
    """Converting a lead in Sell leaves it with its owner; nobody is left without one."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    before = rows(hub, "SELECT owner_id FROM lead")
    assert before != [(None,)]
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    assert rows(hub, "SELECT owner_id FROM v_contacts") == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (contact("1", "Ada", "Byron"), customer("1", "Ada", "Byron")),
        (contact("1", "Ada", "Byron", "ada@x.example"), customer("1", "Ada", "Byron", "new@x.example")),
        (contact("1", "Ada", "Byron", "ada@x.example"), customer("1", "Ada", "Lovelace", "ada@x.example")),
    ],
    ids=["no key", "new address", "new surname"],
)
def test_a_converted_record_stays_the_same_person_whatever_its_keys(
    hub: Hub, before: SourceRecord, after: SourceRecord
) -> None:
    """The source says that it is the same record; keys are for records that nobody has told apart or together."""
    run(hub, {"contacts": [before]})
    run(hub, {"contacts": [after]})
    assert rows(hub, "SELECT COUNT(*) FROM person") == [(1,)]
    assert rows(hub, "SELECT person_id FROM contact") == rows(hub, "SELECT person_id FROM lead")


def test_a_lead_that_two_sources_feed_is_converted_when_one_says_so(hub: Hub) -> None:
    """A person who is a contact has no open lead beside it, in whatever order the sources spoke."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example")]}, source="other")
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    assert rows(hub, "SELECT COUNT(*) FROM v_contacts") == [(1,)]
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(0,)]


def test_a_record_that_moves_to_a_contact_and_back_is_there_once(hub: Hub) -> None:
    """Lead, customer, lead again: one person, one record in sight, fed by its source record."""
    for made in (contact, customer, contact):
        run(hub, {"contacts": [made("1", "Ada", "Byron", "ada@x.example")]})
    seen = rows(hub, "SELECT id FROM v_leads UNION ALL SELECT id FROM v_contacts WHERE gone_at_source IS NULL")
    assert len(seen) == 1
    assert rows(hub, "SELECT COUNT(*) FROM person") == [(1,)]
    assert len(fed_by(hub, "1")) == 1


def test_the_same_file_by_another_mapping_makes_nobody_twice(hub: Hub, tmp_path: Path) -> None:
    """A row without e-mail and phone is still the row it was when the admin's own mapping takes over."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", ""), row("2", "Bob", "Cole", "bob@x.example"))
    own = hub.home / "own.yaml"
    own.write_text(hub.library.path("csv/rows.lead").read_text("utf-8"), "utf-8")
    for mapping in (None, "own.yaml"):
        part = SourcePart.model_validate({"connector": "csv", "path": str(path), "pool": "Inbound", "mapping": mapping})
        sync_source(hub.with_source("list", part), "list")
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(2,)]
    assert rows(hub, "SELECT SUM(turns) FROM pool_member") == [(2,)]
    assert rows(hub, "SELECT COUNT(*) FROM v_source_links") == [(2,)]


def test_somebody_who_writes_seventy_times_is_one_lead(hub: Hub) -> None:
    """A key is crowded when many people share it, not when one person's records do (tickets, forms, deals)."""
    for start in (0, 40):
        records = [contact(str(n), "Ada", "Byron", "ada@x.example") for n in range(start, start + 40)]
        run(hub, {"contacts": records})
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)]
    assert rows(hub, "SELECT COUNT(*) FROM assignment") == [(1,)]


def test_the_batch_s_cut_makes_no_difference_to_who_is_who(hub: Hub) -> None:
    """A new address of a known record counts for the records behind it, in the same batch as in the next."""
    for source, cut in (("one", 2), ("two", 1)):
        mail = f"{source}@x.example"
        run(hub, {"contacts": [contact("1", "Ada", "Byron", f"old-{mail}")]}, source=source)
        page = [contact("1", "Ada", "Byron", mail), contact("2", "Ada", "Byron", mail)]
        for part in (page[:cut], page[cut:]):
            run(hub, {"contacts": part}, source=source)
    assert [len(set(fed_by(hub, "1", s) + fed_by(hub, "2", s))) for s in ("one", "two")] == [1, 1]


def test_companies_and_contacts_of_equal_numbers_are_kept_apart(hub: Hub) -> None:
    """HubSpot numbers each kind by itself: contact 5 is not company 5."""
    run(
        hub,
        {
            "companies": [company("5", "Acme")],
            "contacts": [customer("5", "Ada", "Byron", "ada@x.example", companies=["5"])],
            "deals": [deal("5", "Pilot", ["5"], ["5"])],
        },
    )
    found = rows(
        hub,
        "SELECT c.last_name, e.name, c.is_organization, e.is_organization FROM deal d "
        "JOIN contact c ON c.id = d.contact_id JOIN contact e ON e.id = d.organization_id",
    )
    assert [(a, b, bool(c), bool(d)) for a, b, c, d in found] == [("Byron", "Acme", False, True)]


@pytest.mark.parametrize("event", ["deleted", "archived"])
def test_gone_and_back_is_as_it_was(hub: Hub, event: str) -> None:
    """The same lead, the same owner, no mark, no second turn."""
    before = None
    for record in (contact("1", "Ada", "Byron", "ada@x.example"), gone("1", event), None):
        run(hub, {"contacts": [record or contact("1", "Ada", "Byron", "ada@x.example")]})
        now = rows(hub, "SELECT id, owner_id, gone_at_source FROM v_leads")
        before = before or now
    assert now == before
    assert rows(hub, "SELECT COUNT(*) FROM assignment") == [(1,)]


def test_what_comes_back_but_is_held_stands_as_its_last_good_draft_says(hub: Hub) -> None:
    """It is live again, so its last good draft speaks again: no mark is left on the lead."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [gone("1")]})
    assert run(hub, {"contacts": [contact("1", "Ada", "Byron", "no address")]})["contacts"].counts.held == 1
    assert rows(hub, "SELECT gone_at_source, email FROM v_leads") == [(None, "ada@x.example")]


def test_two_mappings_of_one_new_record_make_one_identity_link(hub: Hub) -> None:
    """Exactly one link of a source record is its identity link, also when it feeds two records at once."""
    folder = hub.home / "mappings" / "hubspot"
    folder.mkdir(parents=True)
    (folder / "contacts.deal.yaml").write_text(
        "from: hubspot.contacts\nto: deal\nid: id\nfields:\n  name: properties.lastname\n"
        "  company: {from: properties.employer, lookup: company, otherwise: create}\n",
        "utf-8",
    )
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", employer="Acme")]})
    assert len(rows(hub, "SELECT record_type FROM v_source_links WHERE source_id = '1'")) == 1


def test_a_second_mapping_that_holds_takes_no_keys_from_the_first(hub: Hub) -> None:
    """Keys are those of all good drafts that stand; a held one keeps its own, so nobody is made twice."""
    folder = hub.home / "mappings" / "hubspot"
    folder.mkdir(parents=True)
    (folder / "contacts.deal.yaml").write_text(
        "from: hubspot.contacts\nto: deal\nid: id\nonly_if: properties.employer\nfields:\n  name: properties.lastname\n"
        "  company: {from: properties.employer, lookup: company, otherwise: create}\n",
        "utf-8",
    )
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "ada@x.example", employer="Acme")]})
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "no address", employer="Acme")]})
    run(hub, {"contacts": [contact("2", "Ada", "Byron", "ada@x.example")]})
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(1,)]


def test_contacts_in_a_file_stand_at_the_company_that_the_row_names(hub: Hub, tmp_path: Path) -> None:
    """The shipped mapping says so: `working for the company that it names`, made where there is none."""
    path = tmp_path / "c.csv"
    path.write_text("Id,First Name,Last Name,Company Name,Email\n1,Ada,Byron,Acme,ada@x.example\n", "utf-8")
    import_file(hub, Import(path, "contact"))
    assert rows(hub, "SELECT company FROM v_contacts WHERE last_name = 'Byron'") == [("Acme",)]


@pytest.mark.parametrize("cut", [1, 2])
def test_the_later_of_two_rows_wins_whatever_the_batch_s_cut(hub: Hub, cut: int) -> None:
    """Without times of their own, rows are as recent as they were read: a kill moves the cut, not the winner."""
    run(hub, {"contacts": [contact(key, "Ada", "Byron", "ada@x.example") for key in ("1", "2")]})
    page = [contact("2", "Ada", "Byron", "ada@x.example", jobtitle="b")]
    page += [contact("1", "Ada", "Byron", "ada@x.example", jobtitle="a")]
    for part in (page[:cut], page[cut:]):
        run(hub, {"contacts": part})
    assert rows(hub, "SELECT title FROM v_leads") == [("a",)]
