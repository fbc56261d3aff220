"""Records whose custom values are called otherwise now, computed anew in portions, each one transaction.

What a portion did is not done again: killed anywhere and run again, all of them end in the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.match import kind_of
from hub.opening import Hub
from sell_model.custom_fields import CUSTOM, CustomField, changes_of
from storage import hand_edits
from storage.custom_field_uses import drafted
from storage.custom_fields import drop_edits, edited, holding, rename_edits
from storage.hot import Writer

PORTION = 500
"""Records a transaction."""

Ids: TypeAlias = Callable[[Writer, int, int], list[int]]
"""Gives records by rising id: `(db, after, limit)`."""


def _anew(hub: Hub, kind: Kind, ids_of: Ids, by: str | None, first: Callable[[Hand, list[int]], None]) -> int:
    """Compute records anew, portion by portion; gives how many.

    Args:
        first: what is done to a portion's hand edits before, in the same transaction.
    """
    after = count = 0
    while True:
        with hub.store.read() as db:
            ids = ids_of(db, after, PORTION)
        if not ids:
            return count
        with by_hand(hub, "field", by=by) as hand:
            first(hand, ids)
            hand.recompute((kind, id_) for id_ in ids)
        count += len(ids)
        after = ids[-1]


def rename(hub: Hub, field: CustomField, by: str | None) -> int:
    """Put values and hand edits that stand under a field's former names under today's; gives how many records."""
    return sum(_renamed(hub, kind_of(field.record_type), former, field.name, by) for former in field.former_names)


def _renamed(hub: Hub, kind: Kind, former: str, name: str, by: str | None) -> int:
    def edits(hand: Hand, ids: list[int]) -> None:
        rename_edits(hand.db, kind, ids, former, name)

    def values(db: Writer, after: int, limit: int) -> list[int]:
        return holding(db, kind, former, None, after, limit)

    def only_edited(db: Writer, after: int, limit: int) -> list[int]:
        return edited(db, kind, former, after, limit)

    return _anew(hub, kind, values, by, edits) + _anew(hub, kind, only_edited, by, edits)


def clear(hub: Hub, field: CustomField, by: str | None) -> int:
    """Take the values and the hand edits of a field that was taken out off all records; gives how many."""
    kind = kind_of(field.record_type)
    total = 0
    for name in (*field.former_names, field.name):

        def edits(hand: Hand, ids: list[int], name: str = name) -> None:
            drop_edits(hand.db, kind, ids, name)

        def values(db: Writer, after: int, limit: int, name: str = name) -> list[int]:
            return holding(db, kind, name, None, after, limit)

        def only_edited(db: Writer, after: int, limit: int, name: str = name) -> list[int]:
            return edited(db, kind, name, after, limit)

        total += _anew(hub, kind, values, by, edits) + _anew(hub, kind, only_edited, by, edits)
    return total


def choose(hub: Hub, field: CustomField, by: str | None) -> int:
    """Put today's choices in the place of former ones, in values and in hand edits; gives how many records."""
    kind = kind_of(field.record_type)
    changes = changes_of([field])

    def edits(hand: Hand, ids: list[int]) -> None:
        column = f"{CUSTOM}{field.name}"
        for id_, held in hand_edits.hand_edits(hand.db, kind, ids).items():
            value = held[column].value if column in held else None
            today = changes.value(field.name, value) if changes else value
            if today != value:
                edit = held[column]
                hand_edits.keep_hand_edits(hand.db, kind, id_, {column: today}, edit.edited_by, edit.edited_at)

    def only_edited(db: Writer, after: int, limit: int) -> list[int]:
        return edited(db, kind, field.name, after, limit)

    total = _anew(hub, kind, only_edited, by, edits)
    for choice in field.former_choices:

        def values(db: Writer, after: int, limit: int, choice: str = choice) -> list[int]:
            return holding(db, kind, field.name, choice, after, limit)

        total += _anew(hub, kind, values, by, edits)
    return total


def renew(hub: Hub, kind: Kind, text: str, by: str | None) -> int:
    """Compute anew what sources may say a text of, a field's name or a choice that is back; gives how many records."""

    def ids(db: Writer, after: int, limit: int) -> list[int]:
        return drafted(db, kind, text, after, limit)

    return _anew(hub, kind, ids, by, lambda _hand, _ids: None)
