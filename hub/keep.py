"""Keeping: one transaction's writes, each table in bulk, each change in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from hub.batch import Batch, Entity, Item, Question
from hub.key_keeping import key_rows, profile_rows
from hub.rows import difference
from sell_model.draft import Reason
from sell_model.types import JsonObject
from storage import (
    activity_figures,
    associations,
    canonical,
    conversions,
    duplicates,
    holding,
    identity,
    journal,
    landing,
    turns,
)
from storage.hot import Writer
from storage.looking_through import turned
from storage.references import PendingRef, replace_pending, waiting_of
from storage.streams import json_text
from storage.turns import Assigned

_LINK = ("source_record_id", "mapping", "record_type", "record_id", "role", "identity", "rank")


def keep_source_records(db: Writer, batch: Batch, stream_id: int, version: str) -> None:
    """Land the batch's records: payload, good drafts, outcome."""
    new = [_landed(item, batch, stream_id, version) for item in batch.items if item.known is None]
    db.insert("source_record", landing.COLUMNS, new)
    if new:
        batch.journal.append(journal.created("source_record", [row[0] for row in new]))
    known = [item for item in batch.items if item.known is not None]
    if not known:
        return
    before = landing.standing(db, [item.id for item in known])
    waiting = waiting_of(db, [item.id for item in known])
    rows = []
    for item in known:
        row = _landed(item, batch, stream_id, version)
        if item.is_gone and not item.raw:
            row = (*row[:3], *before[item.id][:2], *row[5:])
        rows.append((*row[3:], item.id))
        was = _as_before(before[item.id], row[3:])
        if item.id in waiting:
            was["waiting"] = waiting[item.id]
        batch.journal.append(journal.changed("source_record", item.id, 0, was))
    db.update("source_record", landing.CHANGING, ("id",), rows)


def _landed(item: Item, batch: Batch, stream_id: int, version: str) -> tuple[Any, ...]:
    drafts = {name: d for name, d in item.standing.items() if item.is_gone or name.partition("#")[0] in item.held}
    drafts |= {mapping: draft.to_json() for mapping, draft in item.drafts.items()}
    return (
        item.id,
        stream_id,
        item.record.id,
        item.raw.decode(),
        item.raw_hash,
        orjson.dumps(drafts).decode() if drafts else None,
        version,
        item.record.changed_at,
        item.landed_at,
        batch.now if item.is_gone else None,
        item.outcome,
        batch.run_id,
    )


def _as_before(before: tuple[Any, ...], after: tuple[Any, ...]) -> dict[str, Any]:
    """The columns that change, as they were; the hash as hexadecimal text."""
    return {
        name: old.hex() if isinstance(old, (bytes, memoryview)) else old
        for name, old, new in zip(landing.CHANGING, before, after, strict=True)
        if old != new
    }


def keep_records(db: Writer, batch: Batch, entities: Iterable[Entity]) -> list[Entity]:
    """Write new and changed canonical records; gives those that were written."""
    columns = ("id", "created_at", "updated_at")
    for table, ids in (("person", batch.new_people), ("company", batch.new_companies)):
        db.insert(table, columns, [(id_, batch.now, batch.now) for id_ in ids])
        if ids:
            batch.journal.append(journal.created(table, ids))
    by_kind: dict[str, list[Entity]] = {}
    for entity in entities:
        if entity.after is not None:
            by_kind.setdefault(entity.kind, []).append(entity)
    written: list[Entity] = []
    for kind, touched in by_kind.items():
        written += _insert(db, batch, kind, [e for e in touched if e.is_new])
        written += _update(db, batch, kind, [e for e in touched if not e.is_new])
    _remove(db, batch)
    return written


def _remove(db: Writer, batch: Batch) -> None:
    """Take away relations that nothing feeds any more."""
    for entity in batch.removed:
        row = entity.row or {}
        batch.journal.append(journal.Entry("removed", entity.kind, entity.id, row.get("version"), row))
        db.delete(entity.kind, ("id",), [(entity.id,)])


def _insert(db: Writer, batch: Batch, kind: str, entities: list[Entity]) -> list[Entity]:
    if entities:
        canonical.insert(db, kind, [e.after for e in entities if e.after is not None], batch.now)
        batch.journal.append(journal.created(kind, [e.id for e in entities]))
    return entities


def _update(db: Writer, batch: Batch, kind: str, entities: list[Entity]) -> list[Entity]:
    written = []
    differing: dict[int, JsonObject] = {}
    for entity in entities:
        changed = difference(entity.row or {}, entity.after or {})
        changed.pop("version", None)
        if changed and entity.row is not None and entity.after is not None:
            entity.after["version"] = entity.row["version"] + 1
            batch.journal.append(journal.changed(kind, entity.id, entity.after["version"], changed))
            written.append(entity)
            differing[entity.id] = changed
    canonical.update(db, kind, [e.after for e in written if e.after is not None], batch.now, differing)
    return written


def keep_stage_changes(db: Writer, batch: Batch, written: Iterable[Entity]) -> None:
    """Note where deals moved: the history that reports read. A new deal's first stage is its first step."""
    moved = [
        (e.id, (e.row or {}).get("stage_id"), e.after["stage_id"], e.after["last_stage_change_at"] or batch.now)
        for e in written
        if e.kind == "deal" and e.after is not None and e.after["stage_id"] != (e.row or {}).get("stage_id")
    ]
    columns = ("deal_id", "from_stage_id", "to_stage_id", "changed_at", "changed_by", "run_id")
    db.insert("stage_change", columns, [(*move, batch.by, batch.run_id) for move in moved])


def keep_figures(db: Writer, written: Iterable[Entity]) -> None:
    """Bring figures in step with deals that moved, and with records that others look through to, or no more."""
    stood = [(e, e.row, e.after) for e in written if e.row is not None and e.after is not None]
    moved = [("deal", e.id) for e, row, after in stood if e.kind == "deal" and row["stage_id"] != after["stage_id"]]
    if moved:
        activity_figures.refresh(db, moved)
    seen_anew = {place for e, row, after in stood for place in turned(e.kind, row, after)}
    if seen_anew and activity_figures.any_figures(db):
        activity_figures.follow(db, seen_anew)


def keep_links(db: Writer, batch: Batch) -> None:
    """Write what source records feed now, and the keys by which others will find the same identity."""
    going = [*batch.dead_links, *(link for link, _ in batch.moved)]
    for link in going:
        data = [link.mapping, link.record_type, link.record_id, link.role, link.identity, link.rank]
        batch.journal.append(journal.Entry("unlinked", "link", link.source_record_id, None, data))
    db.delete("link", ("source_record_id", "mapping"), [(k.source_record_id, k.mapping) for k in going])
    rows = [(k.item.id, k.mapping, k.entity.kind, k.entity.id, k.role, k.identity, k.rank) for k in batch.new_links]
    rows += [(k.source_record_id, k.mapping, e.kind, e.id, k.role, k.identity, k.rank) for k, e in batch.moved]
    db.insert("link", _LINK, rows)
    added = [(k.item.id, k.mapping) for k in batch.new_links if k.item.known is not None]
    added += [(k.source_record_id, k.mapping) for k, _ in batch.moved]
    batch.journal += [journal.Entry("linked", "link", id_, None, mapping) for id_, mapping in added]
    faces = [(item.id, identity_id, face) for item, identity_id, face in batch.faces]
    renewed = {item.id for item, _, _ in batch.faces if item.known is not None}
    identity.replace_keys(db, renewed, key_rows(faces), profile_rows(faces))


def keep_held(db: Writer, batch: Batch) -> None:
    """Note what is held and why; what was held of the same records before is released."""
    rows = [
        (item.id, mapping, _reasons(reasons), reasons[0].code, reasons[0].field, batch.run_id, batch.now)
        for item in batch.items
        for mapping, reasons in item.held.items()
    ]
    renewed = [item.id for item in batch.items if item.known is not None]
    holding.replace_held(db, renewed, rows, batch.now)


def _reasons(reasons: tuple[Reason, ...]) -> str | None:
    return json_text([reason.to_json() for reason in reasons])


def keep_pending(db: Writer, renewed: Sequence[tuple[int, str]], refs: Sequence[PendingRef]) -> None:
    """Note what waits for something not yet here."""
    distinct = {(r.source_record_id, r.mapping, r.field): r for r in refs}
    replace_pending(db, dict.fromkeys(renewed), list(distinct.values()))


def keep_recalled(db: Writer, renewed: Sequence[tuple[int, str]], refs: Sequence[PendingRef]) -> None:
    """Note what standing drafts wait for that were heard anew; while a newer one is held, what that waits for stays."""
    held = holding.waiting(db, {id_ for id_, _ in renewed})
    standing = [ref for ref in refs if (ref.source_record_id, ref.mapping) not in held]
    keep_pending(db, [place for place in renewed if place not in held], standing)


def keep_associations(db: Writer, entities: Iterable[Entity], now: str) -> None:
    """Bring deals' contacts in line with what their sources list; the rows of relation records stay."""
    listed = {e.id: e.associated for e in entities if e.kind == "deal" and e.after is not None}
    if not listed:
        return
    there = associations.listed(db, listed)
    wanted = {(deal_id, a["contact_id"]): a for deal_id, rows in listed.items() for a in rows}
    associations.bring_in_line(db, there, wanted, now)


def keep_outbox(db: Writer, batch: Batch, written: Iterable[Entity], destinations: Sequence[str]) -> None:
    """Queue what was written for each destination, and what was merged away."""
    upserts = [(e.kind, e.id, "upsert") for e in written if e.kind in {"lead", "contact", "deal"}]
    deletes = [(kind, id_, "delete") for kind, id_ in batch.absorbed]
    rows = [(name, *line, batch.run_id, batch.now) for name in destinations for line in (*upserts, *deletes)]
    db.insert("outbox", ("destination", "record_type", "record_id", "action", "run_id", "created_at"), rows)


def keep_conversions(db: Writer, batch: Batch) -> None:
    """Note which leads their sources made contacts of; written last, so that an undo takes it back first."""
    if batch.converted:
        if made := conversions.keep_by_sources(db, batch.converted, batch.copied, batch.run_id, batch.now):
            batch.journal.append(journal.created("conversion", made))
        activity_figures.follow(db, [("lead", lead_id) for lead_id, _ in batch.converted])


def keep_questions(db: Writer, batch: Batch) -> None:
    """Note who may be one, for people to say; what was asked or answered before stays as it is."""
    duplicates.ask(db, [_asked(question) for question in batch.questions], batch.run_id, batch.now)


def _asked(question: Question) -> duplicates.Asked:
    one, other = sorted((question.one_id, question.likeness.identity_id))
    evidence = question.likeness.evidence
    parts = [["prior", "", evidence.prior], *map(list, evidence.parts)]
    return duplicates.Asked(question.sort, one, other, evidence.bits, question.likeness.guard, parts)


def keep_turns(db: Writer, batch: Batch, given: Sequence[Assigned]) -> None:
    """Write into the ledger whom the batch gave what."""
    turns.write(db, given, batch.run_id, batch.now)
