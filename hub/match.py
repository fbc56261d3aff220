"""Matching: which known person, company or deal a draft belongs to; somebody new gets an identity.

Drafts are placed in the batch's order, each seeing what those before it brought, so that it makes no
difference where one batch ends and the next begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hub.acquaintance import Acquaintance
from hub.batch import Batch, Entity, Item, Kind, NewLink, Question
from sell_model.draft import Draft
from sell_model.matching.deciding import Likeness
from sell_model.matching.keys import Face, face_of
from storage.hot import Writer

OVERWRITING = 1
"""The rank of a link whose source's word stands whatever other sources say."""


@dataclass(slots=True)
class Matcher:
    """Finds or makes the lead or contact of each draft of a batch.

    Args:
        reopen_leads: a new source record of somebody who is a contact makes a lead again.
        existing: what becomes of records that are there: `update`, `skip` or `overwrite` them; `add` makes
            a new one beside them, as Sell does with what is added by hand.
    """

    db: Writer
    batch: Batch
    known: Acquaintance
    reopen_leads: bool = False
    existing: str = "update"
    _ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self._ids = Ids(self.db, 2 * len(self.batch.items) + 1)

    def match(self, drafts: Iterable[tuple[Item, str, Draft]]) -> None:
        """Give every draft its entity: by its standing link, by its keys, or a new one."""
        placed = [(item, mapping, draft, face_of(draft)) for item, mapping, draft in drafts]
        self.known.look_up([face for *_, face in placed])
        for item, mapping, draft, face in placed:
            link = item.links.get(mapping)
            if link is not None and not self.known.names_another(item, mapping, face):
                self._keep_link(item, mapping, draft, face)
            else:
                self._place(item, mapping, draft, face)

    def _keep_link(self, item: Item, mapping: str, draft: Draft, face: Face) -> None:
        link = item.links[mapping]
        entity = item.targets[mapping] = self.batch.entity(kind_of(link.record_type), link.record_id)
        item.made.append("updated")
        if self.existing == "overwrite" and link.rank != OVERWRITING:
            self.batch.dead_links.append(link)
            self.batch.new_links.append(NewLink(item, mapping, entity, link.role, link.identity, OVERWRITING))
            item.made.append("ranked")
        if (identity_id := self.known.identity_of(link, draft)) is not None:
            if self.known.said_before(item, mapping) != face:
                decision = self.known.decide(face, but=identity_id)
                self._ask(face.sort, identity_id, (*decision.review, *([decision.by] if decision.by else ())))
            self.known.meet(item, mapping, identity_id, face)

    def _ask(self, sort: str, identity_id: int, others: Iterable[Likeness]) -> None:
        self.batch.questions += [Question(sort, identity_id, each) for each in others]

    def _place(self, item: Item, mapping: str, draft: Draft, face: Face) -> None:
        sort = face.sort
        if (old := item.links.get(mapping)) is not None:
            self.batch.dead_links.append(old)
            self.batch.entity(kind_of(old.record_type), old.record_id)
        identity_id = self._identity(item, mapping, face)
        records = self.known.records_of(sort, identity_id)
        kind = self._kind(draft, records)
        if kind in records and self.existing == "skip" and old is None:
            self._leave_alone(item, mapping, kind, records[kind])
            return
        entity = self._joined(item, kind, records, identity_id, company=face.is_company)
        self._link(item, mapping, entity)
        self.known.meet(item, mapping, identity_id, face)

    def _identity(self, item: Item, mapping: str, face: Face) -> int:
        """Decide whose a record is; who else it may be is left to a person.

        An id that its system gives is that system's word, and newer than what the record fed until now: a lead that
        was converted to a contact who was known before names that contact.
        """
        vouched = self.known.vouched_for(face) if self.existing != "add" else None
        if vouched is not None:
            return vouched.identity_id
        inherited = self.known.inherited(item, face.sort) if "#" not in mapping else None
        if inherited is not None:
            return inherited
        decision = self.known.decide(face, by_name="#" in mapping)
        known = decision.identity_id if self.existing != "add" else None
        if known is not None:
            # One record that is both of two people says that these are one, where nothing speaks against it.
            self._ask(
                face.sort, known, (each for each in decision.review if each.is_sure(self.known.weights(face.sort)))
            )
            return known
        made = self._ids.take(face.sort)
        self.known.make(face.sort, made)
        (self.batch.new_companies if face.is_company else self.batch.new_people).append(made)
        self._ask(face.sort, made, (*([decision.by] if decision.by else ()), *decision.review))
        return made

    def _kind(self, draft: Draft, records: dict[str, int]) -> Kind:
        if draft.record_type == "contact":
            return "contact"
        return "contact" if "contact" in records and not self.reopen_leads else "lead"

    def _joined(self, item: Item, kind: Kind, records: dict[str, int], identity_id: int, *, company: bool) -> Entity:
        """Give the identity's record of that kind, made if there is none."""
        if kind in records:
            item.made.append("merged")
            entity = self.batch.entity(kind, records[kind])
            entity.identity_id, entity.is_company = identity_id, company
            return entity
        entity = Entity(kind, self._ids.take(kind), is_new=True, identity_id=identity_id, is_company=company)
        entity.lead_id = records.get("lead")
        self.batch.entities[kind, entity.id] = entity
        records[kind] = entity.id
        item.made.append("created")
        return entity

    def _leave_alone(self, item: Item, mapping: str, kind: Kind, record_id: int) -> None:
        """`--existing skip`: the record hears nothing of this draft; what the draft was implied by may point to it."""
        del item.drafts[mapping]
        if "#" in mapping:
            self._link(item, mapping, self.batch.entity(kind, record_id))
        else:
            item.made.append("skipped")

    def _link(self, item: Item, mapping: str, entity: Entity) -> None:
        item.targets[mapping] = entity
        rank = OVERWRITING if self.existing == "overwrite" else 0
        self.batch.new_links.append(
            NewLink(item, mapping, entity, "self", is_identity(self.batch, item, mapping), rank)
        )


def is_identity(batch: Batch, item: Item, mapping: str) -> bool:
    """Whether a new link is to be its item's one identity link: no other that goes on is."""
    if "#" in mapping or item.has_identity:
        return False
    goes_on = any(link.identity and item.goes_on(name) and name != mapping for name, link in item.links.items())
    item.has_identity = True
    return not goes_on


def kind_of(record_type: str) -> Kind:
    """Narrow a stored record type; the database holds only such."""
    kind: Kind = record_type  # type: ignore[assignment]
    return kind


class Ids:
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
