"""Tags that one record gives to a person whom another one feeds."""

from __future__ import annotations

import json

from connectors.connector import SourceRecord
from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.database import examine
from hub.editing import Editing, edit
from hub.opening import Hub
from hub.tracing import trace
from tests.source_activities.account import fed, gone, record, rows, sync

ANN = record("1", first="Ann", last="Costa", email="ann@vela.example", tags=["own"])


def mark(key: str, *tags: str, person: str = "1") -> SourceRecord:
    """A record that tags a person."""
    return record(key, tags=list(tags), person=person)


def tags(hub: Hub, kind: str = "lead") -> set[str]:
    """The tags of the only record of a type."""
    (found,) = rows(hub, f"SELECT COALESCE(CAST(tags AS text), '[]') FROM {kind}")
    return set(json.loads(found[0]))


def whole(hub: Hub) -> None:
    """Nothing that is stored contradicts itself."""
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def test_tags_are_united_traced_and_gone_with_what_brought_them(hub: Hub) -> None:
    """One more voice, of tags alone; it is never the person's identity."""
    report = sync(hub, people=[ANN], marks=[mark("m", "fair", "own"), mark("n", "vip")])
    assert report["marks"].counts.merged == 2
    assert tags(hub) == {"own", "fair", "vip"}
    (told,) = trace(hub, "lead", fed(hub, "people", "1", "lead") or 0, "tags")
    assert {said.record for said in (told.said, *told.others) if said} == {"crm.people:1", "crm.marks:m", "crm.marks:n"}
    assert rows(hub, "SELECT stream FROM v_source_links") == [("people",)]
    sync(hub, marks=[mark("m", "own")])
    assert tags(hub) == {"own", "vip"}
    sync(hub, marks=[gone("m"), gone("n")])
    assert tags(hub) == {"own"}
    sync(hub, marks=[mark("n", "vip")])
    assert tags(hub) == {"own", "vip"}
    whole(hub)


def test_a_tagging_waits_for_its_person(hub: Hub) -> None:
    """Held until they come, as any activity is."""
    report = sync(hub, marks=[mark("m", "fair")])
    assert report["marks"].counts.held == 1
    sync(hub, people=[ANN], marks=[])
    assert tags(hub) == {"own", "fair"}


def test_a_tagging_that_names_somebody_else_now_goes_over_to_them(hub: Hub) -> None:
    """And converts nobody."""
    sync(hub, people=[ANN, record("2", kind="customer", last="Two", email="two@x.example")], marks=[mark("m", "fair")])
    sync(hub, marks=[mark("m", "fair", person="2")])
    assert (tags(hub), tags(hub, "contact")) == ({"own"}, {"fair"})
    assert rows(hub, "SELECT 1 FROM conversion") == []
    whole(hub)


def test_a_person_whom_nobody_but_tags_speaks_for_any_more_stays_as_they_are(hub: Hub) -> None:
    """A tagging knows no name: it blanks none."""
    sync(hub, people=[ANN], marks=[mark("m", "fair")])
    sync(hub, people=[gone("1")])
    sync(hub, marks=[mark("m", "show")])
    assert rows(hub, "SELECT first_name, last_name, gone_at_source FROM lead") == [("Ann", "Costa", "deleted")]
    assert tags(hub) == {"own", "show"}
    sync(hub, marks=[gone("m")])
    assert tags(hub) == {"own"}
    sync(hub, people=[ANN])
    assert tags(hub) == {"own"}
    whole(hub)


def test_tags_taken_off_by_hand_stay_off_and_tags_go_along_to_the_contact(hub: Hub) -> None:
    """Hand edits hold against taggings, too."""
    sync(hub, people=[ANN], marks=[mark("m", "fair", "vip")])
    lead = fed(hub, "people", "1", "lead") or 0
    edit(hub, Editing("lead", lead, remove_tags=["fair"]), by="ann@example.com")
    sync(hub, marks=[mark("m", "fair", "vip", "new")])
    assert tags(hub) == {"own", "vip", "new"}
    convert_lead(hub, lead, Wishes(), by="ann@example.com")
    sync(hub, marks=[mark("m", "fair", "vip", "newer")])
    assert tags(hub, "contact") == {"own", "vip", "newer"}
    whole(hub)
