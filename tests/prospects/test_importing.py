"""Importing: leads of a list, tagged with its name, once; matched, dealt out, undone as any import."""

from __future__ import annotations

from typing import Any

import pytest

from hub.adding import Adding, add
from hub.database import examine
from hub.editing import Editing, edit
from hub.opening import Hub
from hub.prospect_import import import_list
from hub.prospect_lists import all_lists, show
from hub.prospecting import Search, search
from hub.rehearsing import rehearse
from hub.undo import undo_run
from sandbox.prospects import ProspectsSandbox
from sell_model.errors import SetupError
from tests.prospects.test_buying import pay
from tests.prospects.test_searching import added, file, found


def rows(hub: Hub, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def counts(hub: Hub, name: str = "Engineers", **options: Any) -> dict[str, int]:
    (report,) = import_list(hub, name, **options)
    assert report.error is None, report.error
    return {name: count for name, count in report.counts.to_json().items() if count}


def test_leads_come_with_tag_owner_and_what_is_known(hub: Hub) -> None:
    """By the path of any record; the list says who they are."""
    found(hub)
    pay(hub, 2)
    assert counts(hub, pool="Inbound") == {"read": 2, "created": 2}

    lead = rows(
        hub, "SELECT first_name, last_name, email, organization_name, website, owner, title FROM v_leads ORDER BY id"
    )
    assert lead[0] == ("Ann", "p0", "p0@offered.example", "Firm p0", "https://offered.example", "Ann Lee", "CTO")
    assert {made for _, made in show(hub, "Engineers", ("ready",))[1]} == set(
        rows(hub, "SELECT 'lead', id FROM lead ORDER BY id")
    )
    assert all_lists(hub)[0].imported == 2
    found_tags = rows(hub, "SELECT tags FROM lead")
    assert all("Engineers" in str(tags) for (tags,) in found_tags)


def test_again_nothing_is_made_and_who_was_bought_since_comes(hub: Hub) -> None:
    """Twice is once."""
    found(hub)
    pay(hub, 2)
    counts(hub)
    assert counts(hub) == {"read": 2, "unchanged": 2}
    pay(hub)
    assert counts(hub) == {"read": 5, "created": 3, "unchanged": 2}
    found(hub)
    assert counts(hub) == {"read": 5, "unchanged": 5}
    assert [finding.text for finding in examine(hub) if finding.level == "FAIL"] == []


def test_who_is_known_by_the_address_that_was_bought_is_no_second_lead(hub: Hub, provider: ProspectsSandbox) -> None:
    """The hash that a provider shows may be missing: then the address tells, once it is here."""
    for person in provider.people.values():
        person["email"] = None if person["id"] != "p0" else person["email"]
    found(hub)
    pay(hub)
    added(hub, "contact", first_name="Ann", last_name="p0", email="p0@offered.example")

    assert counts(hub) == {"read": 5, "created": 4, "merged": 1}
    assert rows(hub, "SELECT COUNT(*) FROM lead WHERE email IS NOT NULL") == [(0,)]


def test_who_must_not_be_contacted_is_not_imported(hub: Hub, provider: ProspectsSandbox) -> None:
    """It became known after they were paid for."""
    found(hub)
    pay(hub)
    add(hub, Adding("lead", {"last_name": "p0", "email": "p0@offered.example", "email_consent": "unsubscribed"}))
    assert counts(hub) == {"read": 4, "created": 4}


def test_two_lists_with_one_person_make_one_lead(hub: Hub) -> None:
    """It bears both tags."""
    line = "Ann,Li,CTO,Acme,,,,ann@acme.example,,"
    search(hub, Search("One", file=file(hub, line)))
    search(hub, Search("Two", file=file(hub, line)))
    counts(hub, "One")
    counts(hub, "Two")

    ((tags,),) = rows(hub, "SELECT tags FROM lead")
    assert {"One", "Two"} <= set(tags if isinstance(tags, list) else __import__("json").loads(tags))


def test_an_import_is_undone_as_any_other(hub: Hub) -> None:
    """And can be done again: what was paid for is still here."""
    found(hub)
    pay(hub)
    (report,) = import_list(hub, "Engineers")
    undo_run(hub, report.run)
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(0,)]
    assert all_lists(hub)[0].imported == 0
    assert counts(hub) == {"read": 5, "created": 5}


def test_a_rehearsal_stores_nothing(hub: Hub) -> None:
    """It tells what would be made, and who would get it."""
    found(hub)
    pay(hub)
    told = rehearse(hub, lambda: import_list(hub, "Engineers", pool="Inbound"))

    assert told.reports[0].counts.created == 5
    assert [(share.owner, share.count) for share in told.owners] == [("ann@hub.example", 5)]
    assert rows(hub, "SELECT COUNT(*) FROM lead") == [(0,)]


def test_a_row_that_cannot_be_a_lead_is_held_and_said(hub: Hub) -> None:
    """A file may name nobody."""
    search(hub, Search("Fair", file=file(hub, "Ann,,,,,,,ann@acme.example,,", "Bo,Li,,,,,,bo(at)acme,,")))
    assert counts(hub, "Fair") == {"read": 2, "held": 2}


def test_hand_edits_hold_against_a_later_search(hub: Hub) -> None:
    """As against any source."""
    search(hub, Search("Fair", file=file(hub, "Ann,Li,CTO,Acme,,,,ann@acme.example,,")))
    counts(hub, "Fair")
    edit(hub, Editing("lead", 1, {"title": "CEO"}))
    search(hub, Search("Fair", file=file(hub, "Ann,Li,CIO,Acme,,,,ann@acme.example,,")))
    counts(hub, "Fair")

    assert rows(hub, "SELECT title FROM lead") == [("CEO",)]


def test_what_cannot_be_imported_is_told(hub: Hub) -> None:
    """Nobody ready, no such list, no such pool."""
    found(hub)
    for name, told in (("Engineers", "nobody on"), ("Enginers", "did you mean 'Engineers'")):
        with pytest.raises(SetupError, match=told) as error:
            import_list(hub, name)
        assert error.value.fix
    pay(hub, 1)
    (report,) = import_list(hub, "Engineers", pool="Outbound")
    assert (report.state, "no pool called 'Outbound'" in (report.error or "")) == ("failed", True)
