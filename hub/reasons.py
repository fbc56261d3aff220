"""Why a record has the owner it has, and beside it why its source records are one record."""

from __future__ import annotations

from dataclasses import dataclass

from hub.batch import Kind
from hub.joining import Join, joins_of
from hub.opening import Hub
from hub.owner_reasons import Change, OwnerReason, Owning, history
from hub.records import existing
from hub.voices import voices_of
from sell_model.types import JsonObject
from storage import stories, turns


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons for a record's owner and for what is merged in it."""

    kind: Kind
    id: int
    owner: OwnerReason
    history: list[Change]
    """Its assignments, latest first; at most 100."""
    joins: list[Join]
    absorbed: list[int]

    def to_json(self) -> JsonObject:
        """Give the object that `why --json` prints."""
        return {
            "record_type": self.kind,
            "id": self.id,
            "owner": self.owner.to_json(),
            "assignments": [change.to_json() for change in self.history],
            "source_records": [join.to_json() for join in self.joins],
            "merged_from": self.absorbed,
        }


def why(hub: Hub, kind: Kind, id_: int) -> Why:
    """Tell why a record has its owner, whom it had before, and why its source records are one.

    Raises:
        SetupError: there is no such record.
    """
    with hub.store.read() as db:
        row = existing(db, kind, id_)
        feeds = stories.feeds(db, kind, id_)
        voices = sorted(voices_of(hub, feeds), key=lambda voice: voice.contribution.order, reverse=True)
        given = turns.turns_of(db, kind, id_)
        owner = Owning(hub, db, kind, row, feeds, voices, given).reason()
        absorbed = stories.absorbed(db, kind, id_) if kind != "deal" else []
        return Why(kind, id_, owner, history(db, given), joins_of(db, feeds, voices), absorbed)
