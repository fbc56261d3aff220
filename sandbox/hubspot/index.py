"""Finding records without looking at all: by id, by time of change, in the recycle bin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort


class Index:
    """What is known of the records of one type, so that a large account answers as fast as a small one."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._changes: list[tuple[int, int]] = []
        self.archived: set[int] = set()

    def add(self, id_: int, at: int) -> None:
        """Note a new record and when it was made (epoch milliseconds)."""
        insort(self._ids, id_)
        self.changed(id_, at)

    def changed(self, id_: int, at: int) -> None:
        """Note that a record was changed."""
        insort(self._changes, (at, id_))

    def remove(self, id_: int) -> None:
        """Forget a record that was merged away."""
        del self._ids[bisect_left(self._ids, id_)]
        self.archived.discard(id_)

    def listed(self, start: int, count: int, *, archived: bool) -> list[int]:
        """Give the next so many ids from one on, in their order, of the bin or of what is live."""
        if archived:
            return sorted(id_ for id_ in self.archived if id_ >= start)[:count]
        found: list[int] = []
        for place in range(bisect_left(self._ids, start), len(self._ids)):
            if len(found) == count:
                break
            if self._ids[place] not in self.archived:
                found.append(self._ids[place])
        return found

    def ids_above(self, id_: int) -> list[int]:
        """Give the ids above one, in their order."""
        return self._ids[bisect_right(self._ids, id_) :]

    def changed_since(self, at: int) -> set[int]:
        """Give the ids of all that were changed at a time or later, then or once more since."""
        return {id_ for _, id_ in self._changes[bisect_left(self._changes, (at, 0)) :]}
