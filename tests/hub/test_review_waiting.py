"""What waits for something not yet here: released by itself, lost by nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.opening import Hub
from hub.runs import Options
from storage.hot import Writer
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML, bring, row, written
from tests.hub.test_review_helpers import company, contact, customer, deal, gone, owner, rows, run


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub with two salespeople in a pool."""
    return opened(TOML)


COMPANY_OF = "SELECT company FROM v_contacts WHERE last_name = 'Byron'"


def test_a_held_update_keeps_what_its_last_good_version_waits_for(hub: Hub) -> None:
    """A held update never destroys what stands, its waiting for a company included."""
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example", companies=["5"])]})
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "no address", companies=["5"])]})
    run(hub, {"companies": [company("5", "Acme")]})
    assert rows(hub, COMPANY_OF) == [("Acme",)]


def test_a_waiting_deal_is_released_by_a_contact_that_joins_somebody_known(hub: Hub) -> None:
    """The contact's arrival counts, whether it made a record or was merged into one."""
    run(hub, {"contacts": [customer("7", "Ada", "Byron", "ada@x.example")]}, source="other")
    assert run(hub, {"deals": [deal("9", "Pilot", ["1"])]})["deals"].counts.held == 1
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")], "deals": []})
    assert rows(hub, "SELECT contact FROM v_deals") == [("Ada Byron",)]
    assert rows(hub, "SELECT COUNT(*) FROM v_held") == [(0,)]


def test_a_waiting_deal_is_released_though_only_contacts_were_asked_for(hub: Hub) -> None:
    """`--stream contacts` brings what a deal waits for: the deal comes in then, or at the latest with the next run."""
    run(hub, {"deals": [deal("9", "Pilot", ["1"])]})
    run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")]})
    run(hub, {"contacts": [], "deals": []})
    assert rows(hub, "SELECT contact FROM v_deals") == [("Ada Byron",)]


def test_a_run_killed_before_the_release_is_made_good_by_the_next(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the process anywhere: the next run ends in the same state as one that was never killed."""
    run(hub, {"deals": [deal("9", "Pilot", ["1"])]})

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hub.sync.release_waiting", killed)
        with pytest.raises(KeyboardInterrupt):
            run(hub, {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")], "deals": []})
    run(hub, {"contacts": [], "deals": []})
    assert rows(hub, "SELECT contact FROM v_deals") == [("Ada Byron",)]


def test_what_still_waits_is_not_written_again_by_every_run(hub: Hub) -> None:
    """An incremental run costs by what changed: a deal whose contact did not come is left alone."""
    run(hub, {"deals": [deal("9", "Pilot", ["1"])]})
    before = rows(hub, "SELECT run_id, landed_at FROM source_record WHERE source_id = '9'")
    report = run(hub, {"contacts": [customer("2", "Bob", "Cole", "bob@x.example")], "deals": []})["deals"]
    assert rows(hub, "SELECT run_id, landed_at FROM source_record WHERE source_id = '9'") == before
    assert report.counts.read == 0


def test_an_unknown_owner_is_pending_until_the_users_are_read_and_never_dealt_to_a_pool(hub: Hub) -> None:
    """The users' stream fails in the first run: the lead waits for its owner, and gets that very owner."""
    lead = contact("1", "Ada", "Byron", "ada@x.example", hubspot_owner_id="77")
    run(hub, {"contacts": [lead]}, broken=["owners"])
    assert rows(hub, "SELECT owner_id FROM v_leads") == [(None,)]
    run(hub, {"owners": [owner("77", "bo@example.com")], "contacts": []})
    assert rows(hub, "SELECT owner_email FROM v_leads") == [("bo@example.com",)]
    assert rows(hub, "SELECT COUNT(*) FROM assignment") == [(0,)]


def test_a_lead_whose_owner_never_comes_is_dealt_out_once_the_users_are_read(hub: Hub) -> None:
    """`otherwise: leave` and a pool: with all users read it is as any other ownerless lead of the source."""
    lead = contact("1", "Ada", "Byron", "ada@x.example", hubspot_owner_id="99")
    run(hub, {"contacts": [lead]}, broken=["owners"])
    run(hub, {"owners": [owner("77", "bo@example.com")], "contacts": []})
    assert rows(hub, "SELECT COUNT(*) FROM v_leads WHERE owner_id IS NULL") == [(0,)]


def test_another_source_does_not_end_the_waiting_for_an_owner(hub: Hub) -> None:
    """What a second source says of the lead changes nothing about whose users are still to come."""
    lead = contact("1", "Ada", "Byron", "ada@x.example", hubspot_owner_id="77")
    run(hub, {"contacts": [lead]}, broken=["owners"])
    run(hub, {"contacts": [contact("7", "Ada", "Byron", "ada@x.example")]}, source="other", pool=None)
    run(hub, {"owners": [owner("77", "bo@example.com")], "contacts": []})
    assert rows(hub, "SELECT owner_email FROM v_leads") == [("bo@example.com",)]


def ticking() -> Iterator[datetime]:
    """A clock that goes on by a minute a look."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while True:
        now += timedelta(minutes=1)
        yield now


def test_a_mapping_applied_anew_changes_nobody_s_age(hub: Hub, tmp_path: Path) -> None:
    """The record is a function of what was landed when; mapping it again lands nothing and wins nothing."""
    clock = ticking()
    hub.clock = lambda: next(clock)
    old = written(tmp_path / "a.csv", row("9", "Ada", "Byron", "ada@x.example", "+14155550100"))
    own = hub.home / "own.yaml"
    own.write_text(hub.library.path("csv/rows.lead").read_text("utf-8"), "utf-8")
    bring(hub, old, source="fair", mapping="own.yaml")
    bring(hub, written(tmp_path / "b.csv", row("1", "Ada", "Byron", "ada@x.example", "+14155550199")))
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550199",)]
    own.write_text(own.read_text("utf-8").replace("  fax: [Fax, Fax Number]\n", ""), "utf-8")
    report = bring(hub, old, source="fair", mapping="own.yaml")
    assert report["unchanged"] >= 1
    assert rows(hub, "SELECT mobile FROM v_leads") == [("+14155550199",)]


def test_one_broken_mapping_stops_its_own_stream_only(hub: Hub) -> None:
    """A stream that fails leaves its cursor where it was, and the others go on."""
    folder = hub.home / "mappings" / "hubspot"
    folder.mkdir(parents=True)
    (folder / "companies.contact.yaml").write_text("from: hubspot.companies\nto: contact\nfields: {nome: x}\n", "utf-8")
    reports = run(hub, {"companies": [company("5", "Acme")], "contacts": [contact("1", "A", "B", "a@x.example")]})
    assert {name: report.state for name, report in reports.items()} == {"companies": "failed", "contacts": "done"}


def test_a_deal_held_once_and_released_in_the_same_run_leaves_the_run_done(hub: Hub) -> None:
    """Counted once, where it ended: nothing is held any more, so `--strict` has nothing to complain of."""
    run(hub, {"deals": [deal("9", "Pilot", ["1"])]})
    report = run(
        hub,
        {"contacts": [customer("1", "Ada", "Byron", "ada@x.example")], "deals": [deal("9", "Pilot!", ["1"])]},
        options=Options(full=True),
    )["deals"]
    assert report.state == "done"
    assert report.counts.read == 1


def test_a_role_deleted_at_the_source_is_no_role_any_more(hub: Hub) -> None:
    """A relation cannot be kept and marked: what is gone is neither listed nor a deal's primary contact."""
    from connectors.connector import SourceRecord

    def person(key: str, last: str) -> SourceRecord:
        return SourceRecord(key, {"Id": key, "LastName": last, "Email": f"{last}@x.example"})

    def role(key: str, who: str, primary: bool) -> SourceRecord:
        return SourceRecord(key, {"Id": key, "OpportunityId": "6", "ContactId": who, "IsPrimary": primary})

    pilot = SourceRecord("6", {"Id": "6", "Name": "Pilot", "ContactId": "3a", "StageName": "Incoming"})
    sf = {"connector": "salesforce", "source": "sf"}
    run(
        hub,
        {
            "Contact": [person("3a", "Byron"), person("3b", "Cole")],
            "Opportunity": [pilot],
            "OpportunityContactRole": [role("1", "3b", True)],
        },
        **sf,  # type: ignore[arg-type]
    )
    assert rows(hub, "SELECT contact FROM v_deals") == [("Cole",)]
    run(hub, {"OpportunityContactRole": [gone("1")]}, **sf)  # type: ignore[arg-type]
    assert rows(hub, "SELECT COUNT(*) FROM association") == [(0,)]
    assert rows(hub, "SELECT contact FROM v_deals") == [("Byron",)]


def test_a_remapping_killed_half_way_ends_where_an_unbroken_one_does(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some records are mapped by the new version, some by the old: the next run maps the rest, and nothing twice."""
    from storage import landing

    run(hub, {"contacts": [contact(str(n), "Ada", f"Byron{n}", f"a{n}@x.example") for n in range(30)]})
    own = hub.home / "mappings" / "hubspot" / "contacts.lead.yaml"
    own.parent.mkdir(parents=True)
    shipped = hub.library.path("hubspot/contacts.lead").read_text("utf-8")
    own.write_text(shipped.replace("  first_name: properties.firstname\n", ""), "utf-8")
    outdated = landing.outdated
    took: list[int] = []

    def few(db: Writer, stream_id: int, version: str, after: int, _limit: int) -> Any:
        if len(took) == 2:
            raise KeyboardInterrupt
        took.append(1)
        return outdated(db, stream_id, version, after, 10)

    with monkeypatch.context() as patch:
        patch.setattr(landing, "outdated", few)
        with pytest.raises(KeyboardInterrupt):
            run(hub, {"contacts": []})
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE first_name IS NULL") == [(20,)]
    assert run(hub, {"contacts": []})["contacts"].remapped == 10
    assert rows(hub, "SELECT COUNT(*), COUNT(first_name), MAX(version) FROM lead") == [(30, 0, 2)]
    assert run(hub, {"contacts": []})["contacts"].remapped == 0
