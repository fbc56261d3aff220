"""What an undo did, and what it left alone and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sell_model.types import JsonObject


@dataclass(frozen=True, slots=True)
class Left:
    """A record that an undo left alone, and why."""

    record_type: str
    record_id: int
    why: str


@dataclass(slots=True)
class UndoReport:
    """What an undo did."""

    run_id: int
    """The undo's own run."""
    undoes: int
    undone: Counter[str] = field(default_factory=Counter)
    """Record type → how many were removed or restored."""
    left: list[Left] = field(default_factory=list)
    turns_given_back: int = 0
    cursors: list[str] = field(default_factory=list)
    """What became of each stream's cursor, in a sentence."""
    _known: set[tuple[str, int]] = field(default_factory=set)

    def leave(self, kind: str, left: Mapping[int, str]) -> None:
        """Note records as left, by id and reason; the first reason told of a record stands."""
        for id_, why in sorted(left.items()):
            if (kind, id_) not in self._known:
                self._known.add((kind, id_))
                self.left.append(Left(kind, id_, why))

    def is_left(self, kind: str, id_: int) -> bool:
        """Whether a record was left alone."""
        return (kind, id_) in self._known

    def to_json(self) -> JsonObject:
        """Give the object that `sellhub run undo --json` prints."""
        return {
            "run": self.run_id,
            "undoes": self.undoes,
            "undone": dict(self.undone),
            "left": [{"record_type": x.record_type, "record_id": x.record_id, "why": x.why} for x in self.left],
            "turns_given_back": self.turns_given_back,
            "cursors": self.cursors,
        }
