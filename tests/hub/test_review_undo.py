"""Undo restores what was there before: the whole state compared, not only the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from benchmarks.state import differences, state_of
from hub.importing import Import, import_file
from hub.opening import Hub, database_url
from hub.runs import Options
from hub.sync import sync_source
from hub.undo import undo_run
from storage.hot import Writer
from storage.leases import Lease
from storage.store import Store
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML, bring, row, written
from tests.hub.test_review_helpers import Script, Scripted, company, contact, customer, deal, gone, owner, rows, run
from tests.hub.test_rosters import pipeline


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


def state(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """All that must be as it was; beside the benchmark's state who bears which key, and who stands beside deals."""
    return {
        **state_of(database_url(hub.home, hub.settings)),
        "identities": rows(hub, "SELECT key, source_record_id, identity_id FROM match_key ORDER BY 1, 2"),
        "beside": rows(hub, "SELECT deal_id, contact_id, role, is_primary FROM association ORDER BY 1, 2"),
        "points": rows(hub, "SELECT 'c', id, contact_id FROM contact UNION SELECT 'd', id, contact_id FROM deal"),
        "companies": rows(hub, "SELECT id FROM company ORDER BY 1"),
        "users": rows(hub, 'SELECT email, name, status FROM "user" ORDER BY 1'),
        "stages": rows(
            hub, "SELECT p.name, s.name FROM pipeline p LEFT JOIN stage s ON s.pipeline_id = p.id ORDER BY 1, 2"
        ),
        "outside": rows(hub, "SELECT source, kind, value FROM outside_id ORDER BY 1, 2, 3"),
    }


ADA = contact("1", "Ada", "Byron", "ada@x.example")
PEOPLE: Script = {"contacts": [customer("1", "Ada", "Byron", "ada@x.example", companies=["5"])]}
DEALS: Script = {
    "companies": [company("5", "Acme")],
    "contacts": [customer("1", "Ada", "Byron", "ada@x.example"), customer("2", "Bob", "Cole", "bob@x.example")],
    "deals": [deal("9", "Pilot", ["1", "2"], ["5"])],
}

Case: TypeAlias = tuple[Script, Script]

CASES: dict[str, Case] = {
    "an update": ({"contacts": [ADA]}, {"contacts": [contact("1", "Ada", "King", "king@x.example")]}),
    "an update that is held": ({"contacts": [ADA]}, {"contacts": [contact("1", "Ada", "Byron", "no address")]}),
    "a hold that is released": ({"contacts": [contact("1", "Ada", "Byron", "no")]}, {"contacts": [ADA]}),
    "a hold for another reason": (
        {"contacts": [contact("1", "Ada", "Byron", "no")]},
        {"contacts": [contact("1", "Ada", "", "ada@x.example")]},
    ),
    "a deletion": ({"contacts": [ADA]}, {"contacts": [gone("1")]}),
    "a return": ({"contacts": [ADA, gone("1")]}, {"contacts": [ADA]}),
    "a conversion": ({"contacts": [ADA]}, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]}),
    "a merge at the source": (
        {"contacts": [ADA, contact("2", "Bob", "Cole", "bob@x.example")]},
        {"contacts": [gone("2", "merged", "1")]},
    ),
    "a company that was waited for": (PEOPLE, {"companies": [company("5", "Acme")]}),
    "a contact that was waited for": ({"deals": [deal("9", "Pilot", ["1"])]}, {**PEOPLE, "deals": []}),
    "a contact beside a deal that was waited for": (
        {**DEALS, "contacts": [customer("1", "Ada", "Byron", "ada@x.example")]},
        {"contacts": [customer("2", "Bob", "Cole", "bob@x.example")]},
    ),
    "fewer contacts beside a deal": (DEALS, {"deals": [deal("9", "Pilot", ["1"], ["5"])]}),
    "a deal deleted": (DEALS, {"deals": [gone("9")]}),
    "a user": ({}, {"owners": [owner("77", "new@x.example")]}),
    "a pipeline": ({}, {"pipelines": [pipeline("1", "New", a="First", b="Second")]}),
    "stages that swap their names": (
        {"pipelines": [pipeline("1", "New", a="First", b="Second"), pipeline("2", "Renewal")]},
        {"pipelines": [pipeline("1", "Renewal", a="Second", b="First", c="Third"), pipeline("2", "New")]},
    ),
    "a known user": ({}, {"owners": [owner("77", "bo@example.com")]}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_state_after_an_undo_is_the_state_before_the_run(hub: Hub, case: str) -> None:
    """A, then B, then B taken back: the dump is A's."""
    first, second = CASES[case]
    streams = ("owners", "pipelines", "companies", "contacts", "deals")
    run(hub, {name: first.get(name, ()) for name in streams})
    before = state(hub)
    run(hub, {name: second[name] for name in streams if name in second})
    report = undo_run(hub, 2)
    assert differences(before, state(hub)) == []
    assert report.left == []


WHO_WITH_WHOM = (
    "SELECT name, company FROM v_contacts UNION ALL SELECT d.name, c.name FROM association a "
    "JOIN v_deals d ON d.id = a.deal_id JOIN v_contacts c ON c.id = a.contact_id ORDER BY 1, 2"
)


@pytest.mark.parametrize("case", ["a company that was waited for", "a contact beside a deal that was waited for"])
def test_after_an_undo_the_same_run_again_ends_where_it_did(hub: Hub, case: str) -> None:
    """What was waiting before the run waits again, so that the run done over fills it again."""
    first, second = CASES[case]
    run(hub, first)
    run(hub, second)
    after = rows(hub, WHO_WITH_WHOM)
    undo_run(hub, 2)
    run(hub, second)
    assert rows(hub, WHO_WITH_WHOM) == after


def test_undo_gives_back_a_turn_spent_on_a_lead_that_was_there(hub: Hub, tmp_path: Path) -> None:
    """An ownerless lead is dealt out by a later version of its row: undone, it is ownerless and the turn unspent."""
    path = written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example"))
    bring(hub, path, pool=None)
    before = state(hub)
    bring(hub, written(path, row("1", "Ada", "Byron", "ada@x.example", owner="Inbound")), pool=None)
    undo_run(hub, 2)
    assert differences(before, state(hub)) == []


def test_undo_leaves_no_record_that_its_sources_do_not_say(hub: Hub, tmp_path: Path) -> None:
    """The second source's row was read again since and stays; so what it says of the lead stays too."""
    bring(hub, written(tmp_path / "a.csv", row("1", "Ada", "Byron", "ada@x.example")))
    path = written(tmp_path / "b.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550100"))
    bring(hub, path, source="fair")
    text = path.read_text("utf-8").splitlines()
    path.write_text(f"{text[0]},Unread\n{text[1]},x\n", "utf-8")
    bring(hub, path, source="fair")
    undo_run(hub, 2)
    assert rows(hub, "SELECT source FROM v_source_links ORDER BY 1") == [("csv",), ("fair",)]
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550100",)]


def counted(hub: Hub) -> dict[str, int]:
    """How many rows each table has."""
    from storage.tables import metadata

    return {name: rows(hub, f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in metadata.tables}


@pytest.mark.parametrize("what", ["sync", "import", "undo"])
def test_a_rehearsal_leaves_no_row_behind(hub: Hub, tmp_path: Path, what: str) -> None:
    """No run, no lease, no custom field, no turn, no mapping version: nothing at all."""
    from hub.rehearsing import rehearse
    from hub.settings import SourcePart

    run(hub, DEALS)
    two = hub.with_source("two", SourcePart(connector="hubspot", pool="Inbound"))
    work: dict[str, Callable[[], object]] = {
        "import": lambda: rehearse(
            hub, lambda: import_file(hub, Import(written(tmp_path / "a.csv", row("1", "A", "B", "a@x.example"))))
        ),
        "undo": lambda: undo_run(hub, 1, dry_run=True),
        "sync": lambda: rehearse(hub, lambda: sync_source(two, "two", Options(), Scripted(DEALS))),
    }
    before = counted(hub), state(hub)
    work[what]()
    assert (counted(hub), state(hub)) == before


def test_undo_reopens_only_the_hold_that_stood(hub: Hub) -> None:
    """A record that was held twice in one run, for one reason and then another, is held once after the undo."""
    page = [contact("1", "Ada", "", "ada@x.example"), contact("1", "Ada", "Byron", "no address")]
    run(hub, {"contacts": page})
    before = rows(hub, "SELECT source_id, field FROM v_held")
    assert len(before) == 1
    run(hub, {"contacts": [ADA]})
    undo_run(hub, 2)
    assert rows(hub, "SELECT source_id, field FROM v_held") == before


class Killed(BaseException):
    """The process is gone."""


def killed_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die in the so-manieth transaction under a lease, before it is stored.

    The lease is given back as after a death: the dead lose theirs at once.
    """
    whole, left = Store.write, [writes]

    @contextmanager
    def write(store: Store, lease: Lease | None = None) -> Iterator[Writer]:
        with whole(store, lease) as db:
            yield db
            left[0] -= lease is not None
            if left[0] == -1:
                left[0] = 1 << 30
                raise Killed

    monkeypatch.setattr(Store, "write", write)


EVERYTHING: Case = (
    {
        "contacts": [
            ADA,
            customer("2", "Bob", "Cole", "bob@x.example", companies=["5"]),
            contact("6", "Cy", "Day", "no"),
        ],
        "deals": [deal("9", "Pilot", ["2", "3"]), deal("8", "Waits", ["3"])],
    },
    {
        "owners": [owner("77", "bo@example.com"), owner("78", "new@x.example")],
        "companies": [company("5", "Acme")],
        "contacts": [
            customer("1", "Ada", "King", "ada@x.example"),
            customer("3", "Di", "Fox", "di@x.example", companies=["5"]),
            contact("6", "Cy", "Day", "cy@x.example"),
        ],
        "deals": [deal("9", "Pilot again", ["3"], ["5"])],
    },
)


def undone_with_kills(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> int:
    """Undo run 2, killed in each of its transactions in turn; gives how many kills it took."""
    for kills in range(100):
        with monkeypatch.context() as patch:
            killed_after(kills, patch)
            try:
                undo_run(hub, 2)
            except Killed:
                continue
            return kills
    raise AssertionError("it never got through")


def test_an_undo_that_is_killed_anywhere_goes_on_when_it_is_run_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry a transaction, and a death in every one of them: the end is the state before the run."""
    monkeypatch.setattr("hub.undo.PORTION", 1)
    monkeypatch.setattr("hub.settling.PORTION", 1)
    first, second = EVERYTHING
    run(hub, {name: first.get(name, ()) for name in ("owners", "companies", "contacts", "deals")})
    before = state(hub)
    run(hub, second)
    assert undone_with_kills(hub, monkeypatch) > 5
    assert differences(before, state(hub)) == []
    assert rows(hub, "SELECT COUNT(*) FROM journal WHERE run_id = 2") == [(0,)]


def test_undoing_the_users_lets_their_leads_wait_for_them_again(hub: Hub) -> None:
    """As before the run, the source's users were never read: the lead waits, and no pool deals it out."""
    lead = contact("1", "Ada", "Byron", "ada@x.example", hubspot_owner_id="78")
    run(hub, {"contacts": [lead]}, broken=["owners"])
    before = state(hub)
    again: Script = {"owners": [owner("78", "new@x.example")], "contacts": []}
    run(hub, again)
    assert rows(hub, "SELECT owner_email FROM v_leads") == [("new@x.example",)]
    undo_run(hub, 2)
    assert differences(before, {**state(hub), "cursors": before["cursors"]}) == []
    run(hub, again)
    assert rows(hub, "SELECT owner_email FROM v_leads") == [("new@x.example",)]


def test_a_pipeline_is_not_given_a_name_back_that_another_bears_by_now(hub: Hub) -> None:
    """Another source's pipeline took the name that this one gave up: it is left, and said."""
    run(hub, {"pipelines": [pipeline("1", "New", a="First")]})
    run(hub, {"pipelines": [pipeline("1", "Old", a="First")]})
    run(hub, {"pipelines": [pipeline("1", "New", a="First")]}, source="other")
    report = undo_run(hub, 2)
    assert ("pipeline", "its name was taken since") in {(x.record_type, x.why) for x in report.left}
    assert rows(hub, "SELECT name FROM pipeline WHERE name IN ('New', 'Old') ORDER BY 1") == [("New",), ("Old",)]


def test_a_record_held_before_the_run_keeps_the_lead_that_somebody_changed_since(hub: Hub) -> None:
    """Its lead is left, so its link and what was landed are left too: it is not held beside its own lead."""
    run(hub, {"contacts": [contact("1", "Ada", "Byron", "no")]})
    run(hub, {"contacts": [ADA]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example", phone="+14155550100")]}, source="other")
    report = undo_run(hub, 2)
    assert {x.record_type for x in report.left} >= {"lead", "source_record"}
    assert rows(hub, "SELECT COUNT(*) FROM v_source_links") == [(2,)]
    assert rows(hub, "SELECT COUNT(*) FROM v_held") == [(0,)]


def test_undoing_a_conversion_brings_other_sources_records_back_to_the_lead(hub: Hub) -> None:
    """What another source says of the person followed to the contact, and follows back."""
    run(hub, {"contacts": [ADA]})
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example", phone="+14155550100")]}, source="other")
    before = state(hub)
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    report = undo_run(hub, 3)
    assert report.left == []
    assert differences(before, state(hub)) == []


def test_undoing_a_merge_spends_the_turn_again_that_it_gave_back(hub: Hub) -> None:
    """Two leads again, two turns again."""
    run(hub, {"contacts": [ADA, contact("2", "Bob", "Cole", "bob@x.example")]})
    run(hub, {"contacts": [gone("2", "merged", "1")]})
    undo_run(hub, 2)
    assert rows(hub, "SELECT turns FROM pool_member ORDER BY user_id") == [(1,), (1,)]


def test_a_contact_goes_though_a_deal_of_another_source_record_stands_beside_it(hub: Hub) -> None:
    """The contact joined somebody known: only the association is new, and it goes with what brought it."""
    run(hub, {"contacts": [customer("7", "Bob", "Cole", "bob@x.example")]}, source="other")
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "a@x.example")], "deals": [deal("9", "Pilot", ["1", "2"])]})
    before = state(hub)
    run(hub, {"contacts": [customer("2", "Bob", "Cole", "bob@x.example")]})
    assert len(rows(hub, "SELECT 1 FROM association")) == 2
    assert undo_run(hub, 3).left == []
    assert differences(before, state(hub)) == []
