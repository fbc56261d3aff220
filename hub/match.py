"""Matching: which known person, company or deal a draft belongs to; somebody new gets an identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hub.batch import Batch, Entity, Item, Kind, NewLink
from sell_model.draft import Draft
from sell_model.matching.decide import CROWDED, Candidate, same_identity
from sell_model.matching.keys import Face, face_of, is_company
from storage import canonical, identity
from storage.hot import Writer

IDENTITY_COLUMN = {"person": "person_id", "company": "company_id"}


@dataclass(slots=True)
class _Seeker:
    """A draft that looks for the record it belongs to."""

    item: Item
    mapping: str
    draft: Draft
    face: Face
    company: bool


@dataclass(slots=True)
class Matcher:
    """Finds or makes the lead or contact of each draft of a batch, in the batch's order.

    Args:
        reopen_leads: a new source record of somebody who is a contact makes a lead again.
        existing: what an import does with records that are there: `update`, `skip` or `overwrite`.
    """

    db: Writer
    batch: Batch
    reopen_leads: bool = False
    existing: str = "update"
    _local: dict[int, list[Candidate]] = field(default_factory=dict)
    _records: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """Identity → its live records by kind; the identity is (`person` or `company`, id)."""

    def match(self, drafts: Iterable[tuple[Item, str, Draft]]) -> None:
        """Give every draft its entity: by its standing link, by its keys, or a new one."""
        seekers = []
        for item, mapping, draft in drafts:
            link = item.links.get(mapping)
            if link is not None:
                self._keep_link(item, mapping, draft, link.record_id)
            else:
                seekers.append(_Seeker(item, mapping, draft, face_of(draft), is_company(draft)))
        if seekers:
            self._seek(seekers)

    def _keep_link(self, item: Item, mapping: str, draft: Draft, record_id: int) -> None:
        entity = item.targets[mapping] = self.batch.entity(_kind(item, mapping), record_id)
        item.made.append("updated")
        self.batch.faces.append((item, entity, face_of(draft)))

    def _seek(self, seekers: list[_Seeker]) -> None:
        keys = {key.key for seeker in seekers for key in seeker.face.keys}
        identity.claim(self.db, keys)
        known = identity.bearers(self.db, keys)
        self._read_records(known, seekers)
        ids = _Ids(self.db, len(seekers))
        for seeker in seekers:
            self._place(seeker, known, ids)

    def _place(self, seeker: _Seeker, known: dict[int, list[identity.KeyRow]], ids: _Ids) -> None:
        kind: Kind = "contact" if seeker.draft.record_type == "contact" else "lead"
        found = same_identity(seeker.face.name, self._candidates(seeker, known), company=seeker.company)
        sort = "company" if seeker.company else "person"
        identity_id = found if found is not None else ids.take(sort)
        records = self._records.setdefault((sort, identity_id), {})
        if kind == "lead" and "contact" in records and not self.reopen_leads:
            kind = "contact"
        if kind in records and self.existing == "skip":
            seeker.item.made.append("skipped")
            seeker.item.drafts.pop(seeker.mapping)
            return
        if kind in records:
            entity = self.batch.entity(kind, records[kind])
            seeker.item.made.append("merged")
        else:
            entity = Entity(kind, ids.take(kind), True, None, identity_id, seeker.company)
            self.batch.entities[kind, entity.id] = entity
            records[kind] = entity.id
            seeker.item.made.append("created")
            if found is None:
                (self.batch.new_companies if seeker.company else self.batch.new_people).append(identity_id)
        self._join(seeker, entity, identity_id)

    def _join(self, seeker: _Seeker, entity: Entity, identity_id: int) -> None:
        is_identity = not any(link.identity for link in seeker.item.links.values()) and "#" not in seeker.mapping
        rank = 1 if self.existing == "overwrite" else 0
        self.batch.new_links.append(NewLink(seeker.item, seeker.mapping, entity, "self", is_identity, rank))
        seeker.item.targets[seeker.mapping] = entity
        self.batch.faces.append((seeker.item, entity, seeker.face))
        for key in seeker.face.keys:
            self._local.setdefault(key.key, []).append(Candidate(identity_id, seeker.face.name, key.kind))

    def _candidates(self, seeker: _Seeker, known: dict[int, list[identity.KeyRow]]) -> Iterator[Candidate]:
        for key in seeker.face.keys:
            stored = known.get(key.key, ())
            local = self._local.get(key.key, ())
            if len(stored) + len(local) > CROWDED and key.kind != "outside":
                continue
            for row in stored:
                yield Candidate(row.identity_id, row.name, key.kind)
            yield from local

    def _read_records(self, known: dict[int, list[identity.KeyRow]], seekers: list[_Seeker]) -> None:
        companies = {key.key for s in seekers if s.company for key in s.face.keys}
        ids: dict[str, set[int]] = {"person": set(), "company": set()}
        for key, rows in known.items():
            ids["company" if key in companies else "person"].update(row.identity_id for row in rows)
        for kind in ("lead", "contact"):
            self._note_records("person", kind, ids["person"])
        self._note_records("company", "contact", ids["company"])

    def _note_records(self, sort: str, kind: str, ids: set[int]) -> None:
        column = IDENTITY_COLUMN[sort]
        where = f"merged_into IS NULL AND {column} IN {{in}}"
        for row in sorted(canonical.load_where(self.db, kind, where, ids).values(), key=lambda r: -int(r["id"])):
            self._records.setdefault((sort, row[column]), {})[kind] = row["id"]


def _kind(item: Item, mapping: str) -> Kind:
    kind: str = item.links[mapping].record_type
    return kind  # type: ignore[return-value]  # the database holds the four kinds only


class _Ids:
    """Ids taken from each table as they are needed, at most so many."""

    def __init__(self, db: Writer, most: int) -> None:
        self._db = db
        self._most = most
        self._taken: dict[str, Iterator[int]] = {}

    def take(self, table: str) -> int:
        """Take the next id of a table."""
        if table not in self._taken:
            self._taken[table] = self._db.allocate(table, self._most)
        return next(self._taken[table])


def place_others(db: Writer, batch: Batch, drafts: Iterable[tuple[Item, str, Draft]], kind: Kind) -> None:
    """Give deals or associations their entity: the one they feed already, or a new one. They are never matched."""
    ids = _Ids(db, len(batch.items))
    for item, mapping, _ in drafts:
        link = item.links.get(mapping)
        if link is not None:
            item.targets[mapping] = batch.entity(kind, link.record_id)
            item.made.append("updated")
            continue
        entity = Entity(kind, ids.take(kind), is_new=True)
        batch.entities[kind, entity.id] = entity
        item.targets[mapping] = entity
        batch.new_links.append(NewLink(item, mapping, entity, "self", identity=True))
        item.made.append("created")
