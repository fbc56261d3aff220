"""Organizations by id: from what comes along with a page, and looked up where nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, SetupError
from connectors.zendesk_support.requesters import MANY, by_id

PATH = "/organizations/show_many"
KEPT_IN_MIND = 100_000
"""Organizations that are remembered within a run; which is forgotten is asked for."""

Get = Callable[[str, Mapping[str, Any]], JsonObject]
"""Asks for one object: its path and query."""


@dataclass
class Organizations:
    """What a page's records belong to. A host that side-loads no `organizations` is asked for 100 in a call."""

    get: Get
    _known: dict[int, JsonObject] = field(default_factory=dict)
    _told: list[str] = field(default_factory=list)
    _is_refused: bool = False

    def beside(self, answer: JsonObject, rows: Iterable[JsonObject]) -> dict[int, JsonObject]:
        """Give the organizations of the rows by id.

        Args:
            answer: the page, with `organizations` where they came along.
            rows: tickets and users, each with `organization_id`.
        """
        if isinstance(answer.get("organizations"), list):
            return by_id(answer["organizations"])
        wanted = {row["organization_id"] for row in rows if isinstance(row.get("organization_id"), int)}
        self._read(sorted(wanted - self._known.keys()))
        found = {id_: self._known[id_] for id_ in wanted if id_ in self._known}
        if len(self._known) > KEPT_IN_MIND:
            self._known.clear()
        return found

    def notices(self) -> tuple[str, ...]:
        """Tell once that they could not be read."""
        told, self._told = tuple(self._told), []
        return told

    def _read(self, missing: list[int]) -> None:
        for at in range(0, 0 if self._is_refused else len(missing), MANY):
            some = missing[at : at + MANY]
            try:
                answer = self.get(PATH, {"ids": ",".join(map(str, some))})
            except CredentialsError:
                raise
            except SetupError as error:
                self._is_refused = True
                self._told.append(f"{error}: tickets and users keep the ids of their organizations, without names")
                return
            self._known |= by_id(answer.get("organizations"))
