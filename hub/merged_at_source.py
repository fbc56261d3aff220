"""Merged at the source: what the loser fed follows the winner."""

from __future__ import annotations

from hub.batch import Batch, Item
from storage import canonical, identity, journal, landing, turns
from storage.hot import Writer


def follow_winners(db: Writer, batch: Batch, stream_id: int) -> bool:
    """Merge the records of two source records that their source has merged; tells whether any were.

    The loser's record keeps its row with `merged_into`; its other source records and its keys go over
    to the winner's record. Where the winner is not known, the loser counts as deleted.
    """
    losers = [item for item in batch.items if item.record.event == "merged" and item.record.merged_into]
    if not losers:
        return False
    before = len(batch.absorbed)
    winners = _records_of(db, batch, stream_id, [str(item.record.merged_into) for item in losers])
    for item in losers:
        for link in list(item.links.values()):
            winner = winners.get((str(item.record.merged_into), link.record_type))
            if winner is not None and winner != link.record_id and link.record_type in {"lead", "contact"}:
                _merge(db, batch, item, link, winner)
    return len(batch.absorbed) > before


def _records_of(db: Writer, batch: Batch, stream_id: int, source_ids: list[str]) -> dict[tuple[str, str], int]:
    """What the winners feed, by source id and record type; the batch's own come first."""
    found: dict[tuple[str, str], int] = {}
    known = landing.known(db, stream_id, source_ids)
    by_id = {row.id: source_id for source_id, row in known.items()}
    for link in landing.links(db, by_id):
        found[by_id[link.source_record_id], link.record_type] = link.record_id
    for item in batch.items:
        for entity in item.targets.values():
            found[item.record.id, entity.kind] = entity.id
    return found


def _merge(db: Writer, batch: Batch, item: Item, link: landing.LinkRow, winner: int) -> None:
    kind = link.record_type
    winner = canonical.survivor(db, kind, winner)
    rows = canonical.load(db, kind, [link.record_id, winner], lock=True)
    loser = rows.get(link.record_id)
    if loser is None or loser["merged_into"] is not None or winner not in rows or winner == link.record_id:
        return
    after = {**loser, "merged_into": winner, "version": loser["version"] + 1}
    canonical.update(db, kind, [after], batch.now)
    batch.journal.append(journal.changed(kind, link.record_id, after["version"], {"merged_into": None}))
    moved = [other for other in landing.links_to(db, kind, [link.record_id]) if other.source_record_id != item.id]
    db.update(
        "link",
        ("record_id",),
        ("source_record_id", "mapping"),
        [(winner, m.source_record_id, m.mapping) for m in moved],
    )
    batch.journal += [
        journal.Entry("moved", "link", m.source_record_id, None, [m.mapping, m.record_id, winner]) for m in moved
    ]
    winner_identity = int(rows[winner].get("company_id") or rows[winner]["person_id"])
    identity.move(db, [item.id, *(m.source_record_id for m in moved)], winner_identity)
    turns.give_back_open(db, kind, link.record_id, batch.now)
    batch.absorbed.append((kind, link.record_id))
    batch.entities.pop((kind, link.record_id), None)
    batch.entity(kind, winner)  # type: ignore[arg-type]
