"""What reading costs in calls: by what changed, not by what is there, and as few as the vendor allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.accounts import KINDS, account, fewest
from benchmarks.incremental import compared
from tests.conftest import SHARED, needs_shared

WHOLE = {"google_sheets"}
"""Vendors who cannot be asked for what changed: a sheet that changed is read whole."""

ABOVE = {"hubspot": (0, 1), "wufoo": (0, 1), "sell": (2, 0), "gravity_forms": (1, 0)}
"""By how many calls a first and a later read are above the fewest; `Kind.above` says why it is worth that."""


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_later_read_costs_as_many_calls_in_a_large_account(name: str) -> None:
    """Ten times the records, the same changes: the same calls."""
    calls = []
    for records in (200, 2_000):
        with account(name, records) as made:
            settled = made.read(made.read(None).cursor)
            made.change(20)
            later = made.read(settled.cursor)
        assert later.records >= 20
        calls.append(later.calls)

    assert calls[0] == calls[1] or name in WHOLE
    assert max(calls) <= calls[0] + 1


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_call_is_made_that_need_not_be(name: str) -> None:
    """A first read and a later one make the fewest calls that the vendor allows."""
    with account(name, 300) as made:
        first = made.read(None)
        settled = made.read(first.cursor)
        made.change(20)
        later = made.read(settled.cursor)

    at_first, at_later = ABOVE.get(name, (0, 0))
    assert first.records == 300
    assert first.calls <= fewest(name, 300, "first") + at_first
    assert later.calls <= fewest(name, later.records, "later") + at_later
    assert KINDS[name].above or name not in ABOVE


@pytest.mark.parametrize("name", ["hubspot", "mailchimp", "sell", "zendesk_support", "zendesk_chat"])
def test_a_later_read_is_as_much_work_in_a_large_account(name: str) -> None:
    """Counted in functions called, which no busy machine changes."""
    assert compared(name, 200, 2_000, changes=20, repeats=1)["steps_ratio"] < 1.2


@needs_shared
def test_page_sizes_are_those_of_the_vendors_own_descriptions() -> None:
    """Where the vendor has one that a program can read."""
    members = _read("mailchimp/marketing-audiences.json")["paths"]["/lists/{list_id}/members"]["get"]["parameters"]
    count = next(each for each in members if each.get("name") == "count")
    forms = _read("google/forms.v1.json")["resources"]["forms"]["resources"]["responses"]["methods"]["list"]

    assert KINDS["mailchimp"].first.most == (count.get("maximum") or count["schema"]["maximum"])
    assert f"at most {KINDS['google_forms'].first.most} " in forms["parameters"]["pageSize"]["description"]


def _read(name: str) -> Any:
    return json.loads((SHARED / "contracts" / name).read_text(encoding="utf-8"))
