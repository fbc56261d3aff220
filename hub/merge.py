"""Merging: what each touched record is, computed from the good drafts of all its live source records."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace

import orjson

from hub.batch import Batch, Entity, Resolved
from hub.custom_values import draft_today, edits_today, row_today
from hub.gone_ids import GoneIds
from hub.last_words import LastWords
from hub.lead_voices import LeadVoices
from hub.resolve import Resolver
from hub.rows import overlaid, row_of
from hub.taggings import only_tags, taken_back, with_tags
from sell_model.custom_fields import Changes
from sell_model.draft import Draft
from sell_model.survivorship import Contribution, survive
from sell_model.survivorship_rules import Survival
from storage import canonical, landing, references
from storage.canonical import CanonicalRow
from storage.custom_fields import changed_fields
from storage.hand_edits import HandEdit, any_hand_edits, hand_edits
from storage.hot import Writer

RANKED = 1_000_000
"""What `--existing overwrite` adds to a source's priority: more than anybody gives one."""
_POINTING = ("contact_id", "organization_id", "parent_organization_id")
"""Columns of deals and contacts that hold a contact."""


@dataclass(slots=True)
class Merger:
    """Computes the rows of canonical records within one transaction.

    Args:
        resolver_of: the resolver of a source, by the source's name.
        priority_of: a source's priority, by the source's name.
        currency: of amounts that come without one.
        value_basis: what the account's deal values are; stamped on each deal at its first value.
        survival: by which rules fields survive.
    """

    db: Writer
    batch: Batch
    resolver_of: Callable[[str], Resolver]
    priority_of: Callable[[str], int]
    currency: str
    value_basis: str | None = None
    survival: Survival = field(default_factory=Survival)
    recalled: list[references.PendingRef] = field(default_factory=list)
    """What the source records outside this batch still wait for."""
    renewed: list[tuple[int, str]] = field(default_factory=list)
    """Source records and mappings outside this batch whose references were resolved anew."""
    _lead_voices: LeadVoices = field(init=False)
    _last_words: LastWords = field(default_factory=LastWords)
    _gone_ids: GoneIds = field(default_factory=GoneIds)
    _taken_back: dict[tuple[str, int], set[str]] | None = None
    """The tags that this batch's taggings gave until now, by record; None: not looked for yet."""
    _changed: dict[str, Changes | None] = field(default_factory=dict)
    """What became of each record type's custom fields."""

    def __post_init__(self) -> None:
        self._lead_voices = LeadVoices(self.db)

    def merge(self, entities: Iterable[Entity]) -> None:
        """Compute what these records are to be; leaves it in `after`."""
        touched = list(entities)
        self._load(touched)
        self._last_words.hear_batch(self.batch)
        adopting = {id(entity) for _, entity in self.batch.moved}
        heirs = {(kind, id_) for copied in self.batch.copied.values() for kind, id_, _ in copied}
        heirs |= {(e.kind, e.id) for e in touched if self.batch.absorbed}  # who was merged into them spoke of them
        standing = [e for e in touched if e.row is not None or id(e) in adopting or (e.kind, e.id) in heirs]
        others = self._others(standing) if standing else {}
        edits = self._edits(standing)
        for entity in touched:
            voices = [*entity.voices, *others.get((entity.kind, entity.id), ())]
            voices = [voice for voice in voices if not self._gone_ids.silences(entity, voice[0])]
            if entity.kind == "contact":
                self._lead_voices.hear(entity, voices)
            told = not only_tags(contribution.draft for contribution, _ in voices)
            entity.after = self._computed(entity, voices) if told else self._orphaned(entity, voices)
            if entity.after is not None:
                held = edits.get((entity.kind, entity.id), {})
                overlaid(entity, entity.after, held)
                self._point_at_survivors(entity, _POINTING if self.batch.absorbed else held)
                entity.owner_held = "owner_id" in held
                if entity.kind == "deal" and entity.after["value_minor"] is not None:  # it may be set by hand
                    entity.after["value_basis"] = entity.after["value_basis"] or self.value_basis
                entity.after.update(entity.forced)
                self._note_move(entity, entity.after)
            if not voices and entity.kind == "association" and entity.row is not None:
                self.batch.removed.append(entity)

    def _load(self, entities: list[Entity]) -> None:
        """Fetch how they stand; what this batch makes stands nowhere."""
        new = {(link.entity.kind, link.entity.id) for link in self.batch.new_links if link.entity.is_new}
        for kind in sorted({e.kind for e in entities}):
            wanted = [e for e in entities if e.kind == kind and (kind, e.id) not in new]
            rows = canonical.load(self.db, kind, [e.id for e in wanted], lock=True) if wanted else {}
            for entity in wanted:
                entity.row = rows.get(entity.id)
                if entity.row is not None and kind in {"lead", "contact"}:
                    entity.is_company = bool(entity.row.get("company_id"))
                    entity.identity_id = entity.row.get("company_id") or entity.row.get("person_id")

    def _computed(self, entity: Entity, voices: list[tuple[Contribution, Resolved]]) -> CanonicalRow:
        if changes := self._changes(entity.kind):
            for contribution, _ in voices:
                contribution.draft = draft_today(contribution.draft, changes)
        said, gone = [contribution for contribution, _ in voices], self._last_words.of(entity)
        survivors = survive(said, gone, self.survival.of(entity.kind))
        resolved = {id(contribution): result for contribution, result in voices}
        entity.associated = _united(voices)
        if origin := survivors.origin.get("owner"):
            entity.pool_id = resolved[id(origin)].pool_id
            entity.owner_awaited = "owner" in resolved[id(origin)].pending
        row = row_of(entity, survivors, resolved, self.currency)
        if entity.kind == "association":
            row["is_primary"] = any(contribution.draft.fields.get("is_primary") for contribution, _ in voices)
        if entity.kind == "deal" and row["stage_id"] is None:
            row["stage_id"] = self.resolver_of("").first_stage(voices[0][0].draft)
        return row

    def _edits(self, entities: list[Entity]) -> dict[tuple[str, int], dict[str, HandEdit]]:
        """What people set by hand on records that stand; they are locked by now."""
        kinds = {e.kind for e in entities} - {"association"}
        if not kinds or not any_hand_edits(self.db):
            return {}
        return {
            (kind, id_): edits_today(edits, changes) if (changes := self._changes(kind)) else edits
            for kind in kinds
            for id_, edits in hand_edits(self.db, kind, [e.id for e in entities if e.kind == kind]).items()
        }

    def _point_at_survivors(self, entity: Entity, columns: Container[str]) -> None:
        """Whom people named by hand, or who stood there before, may have been merged into another one since."""
        row = entity.after or {}
        for column in _POINTING:
            if column in columns and row.get(column) is not None:
                row[column] = canonical.survivor(self.db, "contact", row[column])
        for beside in entity.associated:
            if beside.get("by_hand"):
                beside["contact_id"] = canonical.survivor(self.db, "contact", beside["contact_id"])
                beside["is_primary"] = beside["contact_id"] == row["contact_id"]

    def _changes(self, kind: str) -> Changes | None:
        """What became of a record type's custom fields; None, as mostly: nothing."""
        if kind not in self._changed:
            self._changed[kind] = changed_fields(self.db, kind) if kind != "association" else None
        return self._changed[kind]

    def _orphaned(self, entity: Entity, taggings: list[tuple[Contribution, Resolved]]) -> CanonicalRow | None:
        row = _orphaned(entity, self.batch)
        if row is not None:
            self._last_words.hold(entity, row, [tagging for tagging, _ in taggings])
            given = [tag for tagging, _ in taggings for tag in tagging.draft.fields.get("tags") or ()]
            if self._taken_back is None:
                self._taken_back = taken_back(self.batch)
            taken = self._taken_back.get((entity.kind, entity.id), set())
            if given or taken:
                with_tags(row, given, taken)
        changes = self._changes(entity.kind)
        return row_today(row, changes) if row is not None and changes else row

    def _note_move(self, entity: Entity, row: CanonicalRow) -> None:
        """A deal that stands in another stage than before moved now, unless its source says when."""
        if entity.kind != "deal" or row["stage_id"] is None:
            return
        before = entity.row or {}
        if row["stage_id"] != before.get("stage_id") and row["last_stage_change_at"] in (
            None,
            before.get("last_stage_change_at"),
        ):
            row["last_stage_change_at"] = self.batch.now if entity.row else row["added_at"] or self.batch.now

    def _others(self, entities: list[Entity]) -> dict[tuple[str, int], list[tuple[Contribution, Resolved]]]:
        """What source records outside this batch, or not drafted anew in it, say of these records."""
        silent = {(link.source_record_id, link.mapping) for link in self.batch.dead_links}
        silent -= {(link.item.id, link.mapping) for link in self.batch.new_links}
        silent |= {(item.id, mapping) for item in self.batch.items for mapping in item.drafts}
        moved = [replace(k, record_type=e.kind, record_id=e.id) for k, e in self.batch.moved]
        left = {(link.source_record_id, link.mapping, link.record_id) for link, _ in self.batch.moved}
        gone = {item.id for item in self.batch.items if item.is_gone}
        found: dict[tuple[str, int], list[tuple[Contribution, Resolved]]] = {}
        for kind in {e.kind for e in entities}:
            ids = {e.id for e in entities if e.kind == kind}
            links = landing.links_to(self.db, kind, ids)
            links = [k for k in links if (k.source_record_id, k.mapping, k.record_id) not in left]
            links += [k for k in moved if k.record_type == kind and k.record_id in ids]
            links = [k for k in links if (k.source_record_id, k.mapping) not in silent]
            rows = landing.spoken(self.db, {link.source_record_id for link in links})
            self._last_words.hear(self.db, self.batch, kind, ids, links, rows, self.priority_of)
            self._gone_ids.note(kind, links, rows, gone)
            live = {id_: row for id_, row in rows.items() if row.deleted_at is None and id_ not in gone}
            for link, voice in self._recall(links, live):
                found.setdefault((kind, link.record_id), []).append(voice)
        return found

    def _recall(
        self, links: list[landing.LinkRow], live: dict[int, landing.LiveRow]
    ) -> list[tuple[landing.LinkRow, tuple[Contribution, Resolved]]]:
        """Take the standing drafts behind links, and resolve their references anew."""
        drafts: list[tuple[landing.LinkRow, landing.LiveRow, Draft]] = []
        for link in links:
            row = live.get(link.source_record_id)
            standing = orjson.loads(row.good_drafts).get(link.mapping) if row and row.good_drafts else None
            if row and standing is not None:
                drafts.append((link, row, Draft.from_json(standing)))
        for source in {row.source for _, row, _ in drafts}:
            self.resolver_of(source).prefetch(draft for _, row, draft in drafts if row.source == source)
        implied = self._implied(drafts)
        return [(link, self._voice(link, row, draft, implied)) for link, row, draft in drafts]

    def _voice(
        self,
        link: landing.LinkRow,
        row: landing.LiveRow,
        draft: Draft,
        implied: dict[tuple[int, str], dict[str, int]],
    ) -> tuple[Contribution, Resolved]:
        resolved = self.resolver_of(row.source).resolve(
            draft, implied.get((row.id, link.mapping.partition("#")[0]), {})
        )
        self.renewed.append((row.id, link.mapping))
        self.recalled += waits(row.source, row.id, link.mapping, resolved)
        priority = self.priority_of(row.source) + link.rank * RANKED
        changed_at = row.changed_at or row.landed_at
        return Contribution(row.id, draft, priority, changed_at, row.source, link.rank), resolved

    def _implied(
        self, drafts: list[tuple[landing.LinkRow, landing.LiveRow, Draft]]
    ) -> dict[tuple[int, str], dict[str, int]]:
        """Which records were made from these very drafts, by reference: links whose mapping is `NAME#REF`."""
        makers = [row.id for _, row, draft in drafts if any(r.otherwise == "create" for r in draft.refs.values())]
        found: dict[tuple[int, str], dict[str, int]] = {}
        for link in landing.links(self.db, makers) if makers else ():
            mapping, _, ref = link.mapping.partition("#")
            if ref:
                found.setdefault((link.source_record_id, mapping), {})[ref] = link.record_id
        return found


def waits(source: str, source_record_id: int, mapping: str, resolved: Resolved) -> list[references.PendingRef]:
    """Say what a draft still waits for."""
    return [
        references.PendingRef(source, ref.lookup, ref.value, source_record_id, mapping, name, ref.stream)
        for name, ref in resolved.pending.items()
    ]


def _united(voices: list[tuple[Contribution, Resolved]]) -> list[dict[str, object]]:
    """The contacts that all voices list beside a deal, each once; the strongest voice's word on each stands."""
    found: dict[int, dict[str, object]] = {}
    for _, resolved in sorted(voices, key=lambda voice: voice[0].order):
        found.update({a["contact_id"]: a for a in resolved.associated})
    return sorted(found.values(), key=lambda a: (not a["is_primary"], a["contact_id"]))


def _orphaned(entity: Entity, batch: Batch) -> CanonicalRow | None:
    """What becomes of a record that no source feeds any more: it stays as it is, marked."""
    if entity.row is None or entity.kind == "association":
        return None
    return {**entity.row, "gone_at_source": entity.row["gone_at_source"] or _how_gone(entity, batch)}


def _how_gone(entity: Entity, batch: Batch) -> str:
    for item in batch.items:
        for link in item.links.values():
            if (link.record_type, link.record_id) == (entity.kind, entity.id):
                if item.is_gone:
                    return item.record.event
                return "converted" if any(t.kind == "contact" for t in item.targets.values()) else "left"
    return "left"
