"""A hub of the schema before weighed matching, with people in it, is opened: keys and profiles are made anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.importing import Import, import_file
from hub.opening import open_hub
from storage.engine import SCHEMA
from storage.migrations import run_upgrade
from storage.store import Store
from storage.tables import metadata
from tests.conversion.world import TOML, breaches
from tests.hub.test_review_helpers import rows

PEOPLE = 2_500
"""More than two portions of making keys anew."""
OPEN = """
import sys
from hub.opening import open_hub
with open_hub(sys.argv[1]) as hub:
    print(hub.store.upgrade())
"""


def filled(home: Path) -> None:
    """Make a hub of today with people, some of them alike."""
    home.mkdir()
    (home / "hub.toml").write_text(TOML, encoding="utf-8")
    lines = [f"{n},Given{n % 50},Sur{n},p{n}@x{n % 97}.example,+1415555{n % 400:04d}" for n in range(PEOPLE)]
    sheet = home / "people.csv"
    sheet.write_text("\n".join(("id,First Name,Last Name,Email,Phone", *lines)) + "\n", encoding="utf-8")
    with open_hub(home) as hub:
        import_file(hub, Import(sheet, pool="Inbound"))


def found(home: Path) -> list[list[tuple[Any, ...]]]:
    """Keys and profiles, as matching reads them."""
    with open_hub(home) as hub:
        assert breaches(hub) == []
        keys = rows(hub, "SELECT key, source_record_id, identity_id FROM match_key ORDER BY 1, 2")
        profiles = rows(hub, "SELECT source_record_id, sort, identity_id, data FROM profile ORDER BY 1, 2")
        return [keys, profiles, rows(hub, "SELECT value FROM state WHERE name IN ('keys', 'rekeyed')")]


def as_of_0003(home: Path, url: str) -> None:
    """Write what a hub holds into an empty database as the release before would hold it: other keys, no profiles."""
    old, today = Store(url), Store(f"sqlite:///{home}/hub.db")
    run_upgrade(old.engine, "0003")
    with today.engine.connect() as source, old.engine.begin() as target:
        there = sa.inspect(target)
        for table in metadata.sorted_tables:
            if there.has_table(table.name) and table.name not in {"match_key", "state"}:
                names = {column["name"] for column in there.get_columns(table.name)}
                columns = [column for column in table.columns if column.name in names]
                target.execute(sa.delete(table))
                if held := [row._asdict() for row in source.execute(sa.select(*columns))]:
                    target.execute(sa.insert(table), held)
        ids = sa.text("SELECT source_record_id, identity_id FROM profile")
        old_keys = [{"k": n, "s": s, "i": i} for n, (s, i) in enumerate(source.execute(ids))]
        written = "key, source_record_id, identity_id, name"
        target.execute(sa.text(f"INSERT INTO match_key ({written}) VALUES (:k, :s, :i, 'x')"), old_keys)
    old.close()
    today.close()


def test_opened_by_several_processes_at_once_it_is_brought_up_once(tmp_path: Path, empty_database_url: str) -> None:
    """All wait for the one that is at it, none fails, and the end is what a hub of today holds."""
    today, older = tmp_path / "today", tmp_path / "older"
    filled(today)
    expected = found(today)
    as_of_0003(today, empty_database_url)
    older.mkdir()
    (older / "hub.toml").write_text(f'{TOML}\n[storage]\nurl = "{empty_database_url}"\n', encoding="utf-8")
    command = [sys.executable, "-c", OPEN, str(older)]
    opening = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in opening:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, SCHEMA), err
    assert found(older)[:2] == expected[:2]
