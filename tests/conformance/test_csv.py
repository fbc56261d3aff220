"""CSV files, by the conformance kit."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.csv import connector as csv_connector
from connectors.csv.connector import CsvFile
from connectors.testing import ConformanceSuite, StandIn
from tests.conformance.vendors import NO_ARCHIVE, NO_HOOKS, NO_MERGE


class CsvFolder(StandIn):
    """A file that somebody exports anew; the id column names its rows."""

    stream = "rows"
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS | {
        "start": "a file lies on this machine",
        "add_at": "rows have no time",
        "revoke": "a file asks for no credentials",
        "expire_token": "a file asks for no credentials",
        "expire_cursor": "a file's rows are counted by us",
        "refuse_rights": "who may not read the file is told by the system: tests/connectors/test_csv_bad_input.py",
        "retype": "cells are text, whatever they hold",
    }  # fmt: skip
    untold = {"delete": "a row that is gone from a file is not told: exports are parts as often as wholes"}

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sell-hub-kit-")
        self._path = Path(self._folder.name) / "people.csv"

    def reset(self) -> None:
        self._header = ["id", "name", "note"]
        self._rows: dict[str, list[str]] = {}
        self._write()

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"path": str(self._path)}

    def secrets(self) -> Sequence[str]:
        return []

    def _write(self) -> None:
        with self._path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([self._header, *self._rows.values()])

    def add(self, text: str) -> str:
        id_ = f"n{len(self._rows) + 1}"
        while id_ in self._rows:
            id_ += "x"
        self._rows[id_] = [id_, text, ""]
        self._write()
        return id_

    def change(self, id_: str, text: str) -> None:
        self._rows[id_][1] = text
        self._write()

    def delete(self, id_: str) -> None:
        del self._rows[id_]
        self._write()

    def extend(self, id_: str, text: str) -> None:
        self.add_field("new")
        self._rows[id_][-1] = text
        self._write()

    def enlarge(self, id_: str, size: int) -> None:
        self._rows[id_][2] = "x" * size
        self._write()

    def add_field(self, text: str) -> None:
        self._header.append(text)
        for row in self._rows.values():
            row.append("")
        self._write()


class TestCsv(ConformanceSuite):
    connector, standin = CsvFile, CsvFolder

    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page of a thousand rows would hold all of them."""
        monkeypatch.setattr(csv_connector, "PAGE", CsvFolder.page)
