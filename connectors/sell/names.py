"""Sources, reasons, outcomes and authors by name: records bear their ids, and mappings want what people call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, SetupError
from connectors.sell.api import SellApi

USERS = "/users"

NAMED: dict[str, dict[str, tuple[str, str]]] = {
    "leads": {
        "source_id": ("source_name", "/lead_sources"),
        "unqualified_reason_id": ("unqualified_reason_name", "/lead_unqualified_reasons"),
    },
    "deals": {
        "source_id": ("source_name", "/deal_sources"),
        "loss_reason_id": ("loss_reason_name", "/loss_reasons"),
        "unqualified_reason_id": ("unqualified_reason_name", "/deal_unqualified_reasons"),
    },
    "notes": {"creator_id": ("creator_name", USERS)},
    "tasks": {"creator_id": ("creator_name", USERS)},
    "calls": {"user_id": ("user_name", USERS), "outcome_id": ("outcome_name", "/call_outcomes")},
    "visits": {"creator_id": ("creator_name", USERS), "outcome_id": ("outcome_name", "/visit_outcomes")},
}
"""Stream → field with an id → the field we put beside it, and the list that knows its name."""


@dataclass
class Names:
    """The account's small tables, each read when a record first asks for it."""

    api: SellApi
    _tables: dict[str, dict[int, str]] = field(default_factory=dict)
    _unknown: set[tuple[str, int]] = field(default_factory=set)
    _told: list[str] = field(default_factory=list)

    def learn(self, path: str, rows: Iterable[JsonObject]) -> None:
        """Remember names that the run has read anyhow."""
        named = {row["id"]: str(row.get("name") or "") for row in rows if isinstance(row.get("id"), int)}
        self._tables[path] = self._tables.get(path, {}) | named

    def beside(self, stream: str, rows: list[JsonObject]) -> list[JsonObject]:
        """Give the rows with names beside the ids; null where there is no id, or none that the vendor knows."""
        fields = NAMED.get(stream, {})
        for column, (_, path) in fields.items():
            self._learn(path, {row[column] for row in rows if isinstance(row.get(column), int)})
        return [
            row | {name: self._name(path, row.get(column)) for column, (name, path) in fields.items()} for row in rows
        ]

    def notices(self) -> tuple[str, ...]:
        """Tell once what could not be named."""
        told, self._told = tuple(self._told), []
        return told

    def _name(self, path: str, id_: Any) -> str | None:
        return self._tables.get(path, {}).get(id_) if isinstance(id_, int) else None

    def _learn(self, path: str, wanted: set[int]) -> None:
        """Read a table (anew) when it lacks somebody: sources are added while we read."""
        known = self._tables.get(path, {})
        if not {id_ for id_ in wanted - known.keys() if (path, id_) not in self._unknown}:
            return
        try:
            self._tables[path] = {
                row["id"]: str(row.get("name") or "") for rows in self.api.every(path) for row in rows
            }
        except CredentialsError:
            raise
        except SetupError as error:
            self._tables.setdefault(path, {})
            self._told.append(f"{error}: records keep the ids, without names")
        missing = wanted - self._tables[path].keys()
        if missing and path in self._tables and self._tables[path]:
            self._told.append(f"{path} does not know {len(missing)} ids that records bear; they stay without a name")
        self._unknown |= {(path, id_) for id_ in missing}
