"""Changed records are written by the columns that differ, and stand as if all had been written; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.opening import Hub
from storage import canonical

NOW, LATER = "2026-11-25T09:00:00.000000Z", "2026-11-25T10:00:00.000000Z"
_SAME_HUB = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

changes = st.fixed_dictionaries(
    {},
    optional={
        "last_name": st.sampled_from(["Li", "Sun", None]),
        "status": st.sampled_from(["New", "Working"]),
        "owner_id": st.sampled_from([None, 7]),
        "phone": st.sampled_from(["+14155550100", None]),
        "tags": st.sampled_from([["fair"], None]),
        "address": st.sampled_from([{"city": "Oslo"}, {}]),
    },
)


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with nobody in it."""
    return opened("")


@_SAME_HUB
@given(st.lists(changes, min_size=1, max_size=6))
def test_what_differs_is_written_and_found_by_its_index(hub: Hub, some: list[dict[str, Any]]) -> None:
    """An index that still names the old value would hide a record from lists, and from whoever is asked for it."""
    first = [
        {"id": n + 1, "last_name": "Fox", "status": "New", "owner_id": 3, "tags": ["web"]} for n in range(len(some))
    ]
    with hub.store.write() as db:
        for table in ("facet", "lead"):
            db.execute(f"DELETE FROM {table}")
        canonical.insert(db, "lead", [_whole(row) for row in first], NOW)
        after = [{**_whole(row), **change, "version": 2} for row, change in zip(first, some, strict=True)]
        canonical.update(db, "lead", after, LATER, {row["id"]: change for row, change in zip(after, some, strict=True)})
        stored = canonical.load(db, "lead", range(1, len(some) + 1))
        for row in after:
            assert {name: stored[row["id"]][name] for name in row} == row
            assert stored[row["id"]]["updated_at"] == LATER
            for column in ("last_name", "status", "owner_id"):
                if row[column] is not None:
                    found = db.select(f"SELECT id FROM lead WHERE {column} = ?", (row[column],))
                    assert (row["id"],) in [tuple(each) for each in found]
        if db.is_sqlite:
            assert [row[0] for row in db.select("PRAGMA integrity_check")] == ["ok"]


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(canonical.COLUMNS["lead"]), **row}
