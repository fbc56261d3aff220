"""A hub with three salespeople in a pool, on each database, and short ways to bring leads and to look."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.importing import Import, import_file
from hub.opening import Hub
from storage import canonical, turns
from storage.turns import TurnRow
from tests.conftest import OpenHub

TOML = """
[hub]
timezone = "Europe/Berlin"
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[users]]
name = "Cy Dunn"
email = "cy@example.com"
[[users]]
name = "Di Eng"
email = "di@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com", "cy@example.com"]
"""
ANN, BO, CY, DI = "ann@example.com", "bo@example.com", "cy@example.com", "di@example.com"
NAMES = {1: ANN, 2: BO, 3: CY, 4: DI}
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Desk:
    """The hub as a test uses it, at a time of its own."""

    hub: Hub
    folder: Path
    brought: int = 0

    def at(self, moment: datetime) -> Desk:
        """The same hub at another time."""
        return Desk(replace(self.hub, clock=lambda: moment), self.folder, self.brought)

    def bring(self, count: int = 1, pool: str = "Inbound", **columns: str) -> list[str | None]:
        """Import new leads, told apart by their addresses; gives the owners in the order of the file."""
        rows = [{"Last Name": f"Li{n}", "Email": f"p{n}@x.example", **columns} for n in self._numbers(count)]
        first = self.last_id("lead")
        self.sheet("lead", rows, pool)
        return [NAMES.get(row[0]) for row in self.select(f"SELECT owner_id FROM lead WHERE id > {first} ORDER BY id")]

    def _numbers(self, count: int) -> range:
        self.brought += count
        return range(self.brought - count, self.brought)

    def sheet(self, kind: str, rows: list[dict[str, str]], pool: str | None = None, existing: str = "update") -> None:
        """Import rows."""
        path = self.folder / f"{kind}s.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
            writer.writeheader()
            writer.writerows(rows)
        report = import_file(self.hub, Import(path, kind, pool=pool, existing=existing))[0]  # type: ignore[arg-type]
        assert report.counts.held == 0, report

    def last_id(self, kind: str) -> int:
        """The highest id there is."""
        return int(self.select(f"SELECT COALESCE(MAX(id), 0) FROM {kind}")[0][0])

    def owner(self, kind: str, id_: int) -> str | None:
        """Who owns a record, by address."""
        with self.hub.store.read() as db:
            owner_id = canonical.load(db, kind, [id_])[id_]["owner_id"]
        return NAMES[owner_id] if owner_id is not None else None

    def ledger(self, kind: str, id_: int) -> list[TurnRow]:
        """A record's assignments, latest first."""
        with self.hub.store.read() as db:
            return turns.turns_of(db, kind, id_)

    def select(self, sql: str) -> list[Any]:
        """Ask the database."""
        with self.hub.store.read() as db:
            return db.select(sql)

    def inactive(self, email: str, status: str = "inactive") -> None:
        """Let a user be inactive, as a sync of users would."""
        with self.hub.store.write() as db:
            db.execute('UPDATE "user" SET status = ? WHERE email = ?', (status, email))


@pytest.fixture
def desk_of(opened: OpenHub, tmp_path: Path) -> Callable[[str], Desk]:
    """Opens a hub by its hub.toml."""
    return lambda toml: Desk(opened(toml), tmp_path)


@pytest.fixture
def desk(desk_of: Callable[[str], Desk]) -> Desk:
    """Three in the pool Inbound, at noon."""
    return desk_of(TOML).at(NOON)


def days(count: float) -> timedelta:
    """So many days."""
    return timedelta(days=count)
