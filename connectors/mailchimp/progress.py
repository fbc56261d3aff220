"""How far the audiences of an account are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from connectors.connector import Cursor, JsonObject
from connectors.mailchimp.walk import SECOND, Place, iso, time_of


class Progress:
    """What is read of which audience: the stream's cursor, taken apart.

    The cursor is `{"since": …, "audiences": {id: {"since": …, "newest": …, "swept": …, "walk": Place}}}`: per audience
    the time up to which it is read, the latest change that was met, when all its ids were last listed, and the place
    where a walk was broken off; `since` is for the others.
    """

    def __init__(self, cursor: Cursor | None) -> None:
        self._cursor = cursor or {}
        self._audiences: JsonObject = dict(self._cursor.get("audiences") or {})

    def place(self, audience: str, now: datetime, lag: timedelta, overlap: timedelta) -> Place:
        """Where to go on with an audience: in mid-walk, or a new walk of what changed since the last.

        Args:
            lag: a walk claims to know members changed up to so long before it began, and no later.
            overlap: how far a new walk reaches back before the end of the last.
        """
        if broken_off := self._state(audience).get("walk"):
            return Place(**broken_off)
        return Place(self._floor(audience, overlap), iso(now - lag))

    def is_whole(self, audience: str) -> bool:
        """Whether the next walk begins at the beginning, and so meets everybody."""
        state = self._state(audience)
        return not state.get("since") and not state.get("walk")

    def is_swept(self, audience: str, now: datetime, every: timedelta) -> bool:
        """Whether all ids were listed within a time."""
        swept = self._state(audience).get("swept")
        return swept is not None and now - datetime.fromisoformat(swept) < every

    def archived(self, audience: str, place: Place, overlap: timedelta) -> Place:
        """The walk of archived members that follows a walk of the others."""
        return Place(self._floor(audience, overlap), place.until, archived=True)

    def met(self, audience: str, rows: Iterable[JsonObject]) -> None:
        """Note when the latest change among members took place, by the vendor's clock."""
        times = [time for row in rows if (time := time_of(row))]
        known = self._state(audience).get("newest")
        if times and (known is None or max(times) > datetime.fromisoformat(known)):
            self._cursor_with(audience, {**self._state(audience), "newest": iso(max(times))})

    def at(self, audience: str, place: Place) -> Cursor:
        """The cursor in the middle of a walk."""
        return self._cursor_with(audience, {**self._state(audience), "walk": asdict(place)})

    def done(self, audience: str, until: str, *, is_whole: bool = False) -> Cursor:
        """The cursor behind an audience's last walk.

        Args:
            is_whole: it met everybody, which does for a sweep.
        """
        state = self._state(audience)
        kept = {"newest": state.get("newest"), "swept": until if is_whole else state.get("swept")}
        return self._cursor_with(audience, {"since": until} | {key: time for key, time in kept.items() if time})

    def swept(self, audience: str, now: datetime) -> Cursor:
        """The cursor behind a sweep."""
        return self._cursor_with(audience, {**self._state(audience), "swept": iso(now)})

    def _state(self, audience: str) -> JsonObject:
        state: JsonObject = self._audiences.get(audience) or {"since": self._cursor.get("since")}
        return state

    def _floor(self, audience: str, overlap: timedelta) -> str | None:
        """From when on a new walk reads: the overlap before the end of the last, but nothing later than right behind
        the latest change that was met, since the vendor's clock may be far behind ours."""
        state = self._state(audience)
        if not state.get("since"):
            return None
        floor = datetime.fromisoformat(state["since"]) - overlap
        return iso(min(floor, datetime.fromisoformat(state["newest"]) + SECOND) if state.get("newest") else floor)

    def _cursor_with(self, audience: str, state: JsonObject) -> Cursor:
        self._audiences = {**self._audiences, audience: state}
        return {**self._cursor, "audiences": self._audiences}
