"""An incremental run costs by what changed: every query finds its rows by an index, none is asked per record."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.opening import Hub, open_hub
from hub.undo import undo_run
from tests.hub.test_importing import TOML
from tests.hub.test_review_helpers import Script, company, contact, customer, deal, gone, owner, run

GROWING = frozenset(
    "source_record link lead contact deal match_key journal held pending_ref association outbox assignment "
    "person company run run_stream delivery".split()
)
"""Tables that grow with what is stored; the others are rosters and definitions."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub on SQLite, whose plans can be asked for, with a destination."""
    text = TOML + '[destinations.out]\nconnector = "csv"\nfolder = "out"\n'
    (tmp_path / "hub.toml").write_text(text, "utf-8")
    with open_hub(tmp_path) as opened:
        yield opened


@contextmanager
def traced(hub: Hub) -> Iterator[list[str]]:
    """Collect every statement, its values filled in."""
    said: list[str] = []

    def checked_out(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_trace_callback(said.append)

    sa.event.listen(hub.store.engine, "checkout", checked_out)
    try:
        yield said
    finally:
        sa.event.remove(hub.store.engine, "checkout", checked_out)
        with hub.store.engine.connect() as connection:
            connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]


def scans(hub: Hub, statements: list[str]) -> set[str]:
    """The statements, without their values, that read a growing table from end to end."""
    found: set[str] = set()
    seen: set[str] = set()
    with sqlite3.connect(hub.home / "hub.db") as connection:
        for sql in statements:
            shape = re.sub(r"\s*\((?:\?, )*\?\)", " (?)", re.sub(r"'(?:[^']|'')*'|\bx'\w*'|(?<![\w])-?\d+\b", "?", sql))
            if shape in seen or not sql.upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                continue
            seen.add(shape)
            aliases = {alias or table: table for table, alias in _tables(sql)}
            for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                name = detail.removeprefix("SCAN ").split()[0].strip('"')
                bare = detail.startswith("SCAN ") and aliases.get(name, name) in GROWING
                if bare and "LIMIT 1" not in sql:
                    found.add(shape[:160])
    return found


def _tables(sql: str) -> list[tuple[str, str]]:
    words = r'(?:FROM|JOIN|UPDATE|INTO)\s+"?(\w+)"?(?:\s+(?!SET|WHERE|JOIN|ON|ORDER|VALUES|LIMIT|LEFT|GROUP)(\w+))?'
    return re.findall(words, sql)


def everybody(start: int, end: int) -> Script:
    """Companies, people and deals with these numbers."""
    people = [contact(str(n), f"Ada{n}", f"Byron{n}", f"a{n}@x.example") for n in range(start, end)]
    customers = [
        customer(f"9{n}", f"Bob{n}", f"Cole{n}", f"b{n}@x.example", companies=[str(n)]) for n in range(start, end)
    ]
    return {
        "owners": [owner("77", "bo@example.com")],
        "companies": [company(str(n), f"Acme {n}") for n in range(start, end)],
        "contacts": [*people, *customers, contact(f"8{start}", "Held", "Held", "no address")],
        "deals": [
            *(deal(str(n), f"Deal {n}", [f"9{n}"], [str(n)]) for n in range(start, end)),
            deal(f"7{start}", "Waits", ["404"]),
        ],
    }


CHANGES: Script = {
    "companies": [company("1", "Acme Renamed"), company("2001", "New")],
    "contacts": [
        contact("1", "Ada1", "King1", "king@x.example"),
        contact("2", "Ada2", "Byron2", "no address"),
        customer("3", "Ada3", "Byron3", "a3@x.example"),
        contact("2001", "New", "New", "new@x.example"),
        customer("2002", "Fresh", "Fresh", "fresh@x.example", companies=["2001", "2009"]),
        gone("4"),
        gone("5", "merged", "6"),
    ],
    "deals": [deal("1", "Deal One", ["91"], ["2"]), deal("2001", "New", ["2002"]), gone("3")],
}


def test_no_query_of_an_incremental_run_reads_a_growing_table_from_end_to_end(hub: Hub) -> None:
    """New, changed, held, converted, merged, deleted, waiting: each row is found by an index."""
    run(hub, everybody(0, 300))
    with traced(hub) as statements:
        run(hub, CHANGES)
    assert len(statements) > 50
    assert sorted(scans(hub, statements)) == []


def test_no_query_of_an_undo_reads_a_growing_table_from_end_to_end(hub: Hub) -> None:
    """Taking back a small run of a large hub costs by the run."""
    run(hub, everybody(0, 300))
    run(hub, CHANGES)
    with traced(hub) as statements:
        undo_run(hub, 2)
    assert sorted(scans(hub, statements)) == []


def test_the_number_of_questions_does_not_grow_with_the_batch(hub: Hub) -> None:
    """Each table is asked once a batch, not once a record."""
    asked = []
    for start, end in ((0, 20), (100, 300)):
        with traced(hub) as statements:
            run(hub, everybody(start, end))
        asked.append(sum(1 for sql in statements if sql.upper().startswith("SELECT")))
    assert asked[1] < asked[0] * 1.5


@pytest.mark.parametrize("kind", ["owners", "merges"])
def test_the_number_of_questions_does_not_grow_with_users_or_merges(hub: Hub, kind: str) -> None:
    """Small as their tables are, five thousand users of an org are not five thousand times all users."""
    run(hub, everybody(0, 60))
    many: Callable[[int, int], Script] = {
        "owners": lambda a, b: {"owners": [owner(f"1{n}", f"user{n}@x.example") for n in range(a, b)]},
        "merges": lambda a, b: {"contacts": [gone(str(n), "merged", "59") for n in range(a, b)]},
    }[kind]
    asked = []
    for start, end in ((0, 5), (5, 55)):
        with traced(hub) as statements:
            run(hub, many(start, end))
        asked.append(sum(1 for sql in statements if sql.upper().startswith("SELECT")))
    assert asked[1] < asked[0] * 2
