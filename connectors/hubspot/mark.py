"""Where the next read of changes begins, and which records of the last one need no second look."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.connector import JsonObject

MOST_KNOWN = 200
"""Versions that are remembered, so that a cursor stays small."""


@dataclass(slots=True)
class Mark:
    """The latest time of change that was read, and the versions read near it.

    The vendor's own times lead, not our clock: the next read begins `overlap` before the latest change
    seen, or, if that is earlier, before the time up to which search can be trusted. What is read twice
    for it is known by (id, time) and passed over. All times are epoch milliseconds.

    Attributes:
        start: where the read of changes begins, inclusive.
        high: the latest change seen; None: nothing was seen yet.
        known: time of change by id, of records changed at or after `high - overlap`.
        crowded: latest time of a version that was forgotten because there were too many.
    """

    start: int = 0
    high: int | None = None
    known: dict[str, int] = field(default_factory=dict)
    crowded: int = -1

    @classmethod
    def of(cls, written: JsonObject) -> Mark:
        """Read a mark from a cursor."""
        return cls(written["start"], written["high"], dict(written["known"]), written["crowded"])

    def knows(self, id_: str, changed: int) -> bool:
        """Say whether this very version of a record was read before."""
        return self.known.get(id_) == changed

    def note(self, id_: str, changed: int, overlap: int, *, final: bool = True) -> None:
        """Note a version that was read.

        Args:
            final: nothing else can have been written at the same time any more. A version that may yet
                prove to be one of two within a millisecond is read again.
        """
        if self.high is None or changed > self.high:
            self.high = changed
            if len(self.known) >= MOST_KNOWN:
                self._forget_before(changed - overlap)
        if final and changed >= self.high - overlap:
            self.known[id_] = changed
            self._make_room(overlap)

    def finish(self, safe: int, overlap: int) -> None:
        """Set where the next read begins, now that one is complete.

        Args:
            safe: search shows every change up to this time.
        """
        if self.high is None:
            return
        settled = self.high <= safe - overlap
        self._forget_before(self.high - overlap)
        if self.crowded >= self.high - overlap and settled:
            self.start, self.known = self.high + 1, {}
        else:
            self.start = min(self.high, safe) - overlap

    def _make_room(self, overlap: int) -> None:
        if self.high is None or len(self.known) <= MOST_KNOWN:
            return
        self._forget_before(self.high - overlap)
        if len(self.known) > MOST_KNOWN:
            self.crowded = max(self.crowded, *self.known.values())
            self.known = {}

    def _forget_before(self, time: int) -> None:
        self.known = {id_: changed for id_, changed in self.known.items() if changed >= time}
