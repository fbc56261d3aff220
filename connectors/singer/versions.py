"""Which records a version of a stream holds, so that those of older versions can be told as deleted.

A tap says only that a version is complete. Which records it lacks must be known here, so their ids ride in
the cursor, packed, as long as there are not too many.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

from connectors.connector import JsonObject


class Versions:
    """The ids met in the version that is being read, and those met in older ones alone.

    Args:
        stored: as `stored()` gave it; None: nothing was read yet.
        up_to: ids that are remembered at most; beyond, deletions are not followed.
    """

    def __init__(self, stored: JsonObject | None, up_to: int) -> None:
        stored = stored or {}
        self._version: int | None = stored.get("version")
        self._here, self._older = _unpacked(stored.get("here")), _unpacked(stored.get("older"))
        self._up_to = up_to
        self.is_lost: bool = stored.get("lost", False)
        """Whether there were too many to remember."""

    @property
    def is_used(self) -> bool:
        """Whether the tap tells versions at all."""
        return self._version is not None

    def met(self, id_: str, version: int) -> None:
        """Note a record of a version."""
        self._begin(version)
        if self.is_lost:
            return
        self._here.add(id_)
        self._older.discard(id_)
        if len(self._here) + len(self._older) > self._up_to:
            self.is_lost = True
            self._here, self._older = set(), set()

    def complete(self, version: int) -> list[str]:
        """Note that a version is complete; gives the ids that are no more."""
        self._begin(version)
        gone, self._older = sorted(self._older), set()
        return gone

    def stored(self) -> JsonObject | None:
        """Give what to keep in the cursor; None where the tap tells no versions."""
        if not self.is_used:
            return None
        kept: dict[str, Any] = {"version": self._version, "here": _packed(self._here), "older": _packed(self._older)}
        return {**kept, "lost": True} if self.is_lost else kept

    def _begin(self, version: int) -> None:
        if version != self._version:
            self._older |= self._here
            self._here, self._version = set(), version


def _packed(ids: Iterable[str]) -> str:
    return base64.b64encode(zlib.compress(json.dumps(sorted(ids)).encode())).decode()


def _unpacked(text: str | None) -> set[str]:
    return set(json.loads(zlib.decompress(base64.b64decode(text)))) if text else set()
