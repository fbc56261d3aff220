"""Activities cost by what changed: no query per record, and none that reads what is stored from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.connector import SourceRecord
from hub.opening import Hub, open_hub
from tests.hub.test_review_cost import GROWING, traced
from tests.source_activities.account import gone, note, record, sync, write_mappings
from tests.source_activities.conftest import TOML

STORED = GROWING | {"note", "task", "call", "visit", "email", "ticket", "figure", "facet"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub on SQLite, whose plans can be asked for."""
    (tmp_path / "hub.toml").write_text(TOML, "utf-8")
    write_mappings(tmp_path)
    with open_hub(tmp_path) as opened:
        yield opened


def script(start: int, end: int, text: str = "Spoke") -> dict[str, list[SourceRecord]]:
    """People, and a note, a call and a mail with each, some of which wait."""
    people = [record(str(n), first=f"F{n}", last=f"L{n}", email=f"p{n}@x.example") for n in range(start, end) if n % 5]
    return {
        "people": people,
        "notes": [note(str(n), text, person=str(n)) for n in range(start, end)],
        "calls": [note(str(n), text, person=str(n)) for n in range(start, end)],
        "mails": [note(str(n), text, address=f"p{n}@x.example") for n in range(start, end)],
        "marks": [record(str(n), tags=["fair"], person=str(n)) for n in range(start, end)],
    }


def selects(said: list[str]) -> int:
    """How many queries there were."""
    return sum(sql.upper().startswith("SELECT") for sql in said)


def test_ten_times_as_many_activities_take_no_more_queries(hub: Hub) -> None:
    """New ones, changed ones, and those that go."""
    for n, what in enumerate(("new", "changed", "gone")):
        told = []
        for start, end in ((0, 20), (1_000, 1_200)):
            steps: dict[str, dict[str, list[SourceRecord]]] = {
                "new": script(start, end),
                "changed": script(start, end, "Edited"),
                "gone": {name: [gone(str(k)) for k in range(start, end)] for name in ("notes", "calls", "mails")},
            }
            with traced(hub) as said:
                sync(hub, **steps[what])
            told.append(selects(said))
        assert told[1] <= told[0] * 1.3 + 5, (n, what, told)


def test_every_query_finds_its_rows_by_an_index(hub: Hub) -> None:
    """What is stored is never read from end to end."""
    sync(hub, **script(0, 30))
    with traced(hub) as said:
        sync(hub, **script(20, 40, "Edited"))
        sync(hub, people=[record("21", kind="customer", first="F21", last="L21", email="p21@x.example")])
        sync(hub, notes=[gone("22")], mails=[gone("23")])
    bare: set[str] = set()
    with sqlite3.connect(hub.home / "hub.db") as connection:
        for sql in {re.sub(r"(?<![\w])-?\d+\b", "1", sql) for sql in said}:
            if not sql.upper().startswith(("SELECT", "UPDATE", "DELETE")) or "LIMIT 1" in sql:
                continue
            aliases = dict(re.findall(r'(?:FROM|JOIN)\s+"?(\w+)"?\s+(\w+)', sql))
            names = {alias: table for table, alias in aliases.items()}
            for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                name = detail.removeprefix("SCAN ").split()[0].strip('"')
                if detail.startswith("SCAN ") and names.get(name, name) in STORED:
                    bare.add(sql[:200])
    assert bare == set()
