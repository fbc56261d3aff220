"""What a Sell account calls things: users, stages, sources, reasons and custom fields, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.connector import JsonObject
from connectors.sell.api import RefusedCallError
from connectors.sell.writing import SellWriter

CUSTOM = {"lead": "/lead/custom_fields", "contact": "/contact/custom_fields", "deal": "/deal/custom_fields"}


@dataclass
class Account:
    """The account's small tables, each read once in a push, when first asked for."""

    writer: SellWriter
    _tables: dict[str, dict[Any, int]] = field(default_factory=dict)
    _fields: dict[str, set[str]] = field(default_factory=dict)

    def user(self, email: str) -> int | None:
        """The id of the user with this address; None: nobody has it."""
        return self._table("/users", "email").get(email.casefold())

    def stage(self, pipeline: str, stage: str) -> int | None:
        """The id of a stage by its name and its pipeline's; None: there is none.

        The hub may know the pipeline under another name; then a stage that is the only one of its name is it.
        """
        if "/stages" not in self._tables:
            pipelines = {row["id"]: _folded(row.get("name")) for row in self._rows("/pipelines")}
            rows = self._rows("/stages")
            self._tables["/stages"] = {
                (pipelines.get(row.get("pipeline_id")), _folded(row.get("name"))): row["id"] for row in rows
            }
        known = self._tables["/stages"]
        alike = [id_ for (_, name), id_ in known.items() if name == _folded(stage)]
        return known.get((_folded(pipeline), _folded(stage)), alike[0] if len(alike) == 1 else None)

    def named(self, path: str, name: str) -> int:
        """The id of a source or reason by name; it is made where there is none."""
        known = self._table(path, "name")
        if (id_ := known.get(_folded(name))) is None:
            try:
                id_ = known[_folded(name)] = int(self.writer.create(path, {"name": name})["id"])
            except RefusedCallError as error:
                if "already_exists" not in error.codes:
                    raise
                del self._tables[path]
                id_ = self._table(path, "name")[_folded(name)]
        return id_

    def custom_fields(self, record_type: str) -> set[str]:
        """The names of the account's custom fields of leads, contacts or deals."""
        if record_type not in self._fields:
            self._fields[record_type] = {str(row.get("name")) for row in self._rows(CUSTOM[record_type])}
        return self._fields[record_type]

    def _table(self, path: str, key: str) -> dict[Any, int]:
        if path not in self._tables:
            self._tables[path] = {_folded(row[key]): row["id"] for row in self._rows(path) if row.get(key)}
        return self._tables[path]

    def _rows(self, path: str) -> list[JsonObject]:
        return [row for rows in self.writer.api.every(path) for row in rows]


def _folded(name: Any) -> str:
    return str(name or "").strip().casefold()
