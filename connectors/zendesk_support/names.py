"""Groups, brands and ticket forms by name: a ticket bears their ids, and people know them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, SetupError

NAMED = {
    "group": ("group_id", "/groups", "groups"),
    "brand": ("brand_id", "/brands", "brands"),
    "form": ("ticket_form_id", "/ticket_forms", "ticket_forms"),
}
"""What we put into a ticket → the ticket's id of it, the list that knows its name, where the rows lie."""

Every = Callable[[str, str], Iterable[JsonObject]]
"""Gets all rows of a small list: its path, its key."""


@dataclass
class Names:
    """The account's small tables.

    Groups and forms are side-loaded. What is not is read by its list when a ticket bears an id that is not known, and
    kept with the cursor, so that a read of a few changes costs no call more.
    """

    every: Every
    _tables: dict[str, dict[int, str | None]] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)
    _told: list[str] = field(default_factory=list)

    def recall(self, kept: Mapping[str, Mapping[str, str | None]]) -> None:
        """Take up what `listed` gave at an earlier run."""
        for name, table in kept.items():
            self._tables.setdefault(name, {}).update({int(id_): said for id_, said in table.items()})
            self._listed.add(name)

    def listed(self) -> dict[str, dict[str, str | None]]:
        """Give the tables that were read by their lists, as JSON to keep."""
        return {name: {str(id_): said for id_, said in self._tables[name].items()} for name in sorted(self._listed)}

    def beside(self, tickets: Sequence[JsonObject], answer: JsonObject) -> list[JsonObject]:
        """Give the tickets with `group`, `brand` and `form` in them: id and name, or null where there is none.

        One that the vendor does not know has a null for its name.
        """
        for name, (column, path, key) in NAMED.items():
            self._learn(name, answer.get(key) or ())
            self._read(name, path, key, {t[column] for t in tickets if isinstance(t.get(column), int)})
        return [t | {name: self._named(name, t.get(column)) for name, (column, *_) in NAMED.items()} for t in tickets]

    def notices(self) -> tuple[str, ...]:
        """Tell once what could not be named."""
        told, self._told = tuple(self._told), []
        return told

    def _named(self, name: str, id_: Any) -> JsonObject | None:
        return {"id": id_, "name": self._tables[name].get(id_)} if isinstance(id_, int) else None

    def _learn(self, name: str, rows: Iterable[JsonObject]) -> None:
        known = self._tables.setdefault(name, {})
        known |= {row["id"]: str(row.get("name") or "") for row in rows if isinstance(row.get("id"), int)}

    def _read(self, name: str, path: str, key: str, wanted: set[int]) -> None:
        if wanted <= self._tables[name].keys():
            return
        try:
            self._learn(name, self.every(path, key))
            self._listed.add(name)
        except CredentialsError:
            raise
        except SetupError as error:
            self._told.append(f"{error}: tickets keep the ids of their {name}s, without names")
        self._tables[name] |= dict.fromkeys(wanted - self._tables[name].keys())
