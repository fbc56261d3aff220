"""Tags as a whole: which there are, and one renamed or taken off all records, by hand edits in portions.

Killed anywhere and run again it ends in the same state: what was done bears the tag no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.custom_fields import checked_name, rehearsed
from hub.finding_stages import nearest
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import canonical, hand_edits, tags

PORTION = 500
"""Records a transaction."""
MOST = 10_000
"""Tags that are listed."""


@dataclass(slots=True)
class TagChange:
    """What was done to a tag."""

    of: str
    name: str
    new: str | None
    """What it is called now; None: it was taken off."""
    records: int = 0

    def to_json(self) -> JsonObject:
        """Give the object that `tag rename --json` and `tag remove --json` print."""
        return asdict(self)


def list_tags(hub: Hub, of: Kind, limit: int) -> list[tuple[str, int]]:
    """List the tags of a type of record with how many records bear each, the most used first.

    Raises:
        SetupError: a list of no size.
    """
    if not 1 <= limit <= MOST + 1:
        raise SetupError(f"--limit: a list holds from 1 to {MOST:,}", fix=f"--limit {MOST}")
    with hub.store.read() as db:
        return tags.tags_used(db, of, limit)


def rename_tag(hub: Hub, of: Kind, name: str, new: str, *, by: str | None = None, dry_run: bool = False) -> TagChange:
    """Put a tag in another one's place on every record that bears it.

    Raises:
        SetupError: no record bears it; the new one cannot be a tag.
    """
    wanted = checked_tag(new)
    change = TagChange(of, name, wanted)
    if wanted == name:
        raise SetupError(f"it is called {name!r} already", fix="say another name")

    def renamed(held: Any) -> Any:
        added = [wanted if tag == name else tag for tag in held["add"]]
        return {
            "add": list(dict.fromkeys([*added, wanted])),
            "remove": list(dict.fromkeys([*(tag for tag in held["remove"] if tag != wanted), name])),
        }

    with rehearsed(hub, dry_run):
        change.records = _everywhere(hub, of, name, f"tag rename {name}", by, renamed)
    return change


def remove_tag(hub: Hub, of: Kind, name: str, *, by: str | None = None, dry_run: bool = False) -> TagChange:
    """Take a tag off every record that bears it, as Sell does when a tag is deleted.

    Raises:
        SetupError: no record bears it.
    """

    def removed(held: Any) -> Any:
        return {
            "add": [tag for tag in held["add"] if tag != name],
            "remove": list(dict.fromkeys([*held["remove"], name])),
        }

    with rehearsed(hub, dry_run):
        count = _everywhere(hub, of, name, f"tag remove {name}", by, removed)
    return TagChange(of, name, None, count)


def checked_tag(name: str) -> str:
    """Check the name of a tag.

    Raises:
        SetupError: it cannot be a name, or holds a comma, which parts tags.
    """
    text = checked_name(name)
    if "," in text:
        raise SetupError(f"{text!r} holds a comma, which parts tags", fix="say a name without")
    return text


def _everywhere(hub: Hub, of: Kind, name: str, what: str, by: str | None, change: Callable[[Any], Any]) -> int:
    after = count = 0
    while True:
        with hub.store.read() as db:
            ids = tags.tagged(db, of, name, after, PORTION)
            if not ids and not count:
                used = [tag for tag, _ in tags.tags_used(db, of, 1_000)]
                raise SetupError(
                    f"no {of} has a tag {name!r}{nearest(name, used)}", fix=f"tags: {', '.join(used[:20]) or 'none'}"
                )
        if not ids:
            return count
        with by_hand(hub, what, by=by) as hand:
            count += _portion(hand, of, ids, name, change)
        after = ids[-1]


def _portion(hand: Hand, of: Kind, ids: list[int], name: str, change: Callable[[Any], Any]) -> int:
    rows = canonical.load(hand.db, of, ids, lock=True)
    bearing = [id_ for id_, row in rows.items() if name in (row["tags"] or ())]
    held = hand_edits.hand_edits(hand.db, of, bearing)
    none: JsonObject = {"add": [], "remove": []}
    edits = {id_: change(held[id_]["tags"].value if "tags" in held.get(id_, {}) else none) for id_ in bearing}
    hand_edits.keep_field(hand.db, of, "tags", edits, hand.by, hand.now)
    hand.recompute((of, id_) for id_ in bearing)
    return len(bearing)
