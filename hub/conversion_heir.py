"""The contact that a lead becomes: who it is, and what goes over to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from connectors.connector import SourceRecord
from hub.batch import Batch, Entity, Item, NewLink, Resolved
from hub.by_hand import Hand, intent_by_hand
from hub.conversion_edits import copy_edits
from hub.key_keeping import renew_keys
from hub.lead_voices import customs_between
from hub.records import shown_id
from hub.settings import HAND
from hub.taggings import TAGS
from hub.taking import Taking
from sell_model.conversion import PERSON, Left, values_of
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.matching.keys import face_of
from storage import canonical, conversions, landing, streams
from storage.canonical import CanonicalRow
from storage.landing import LinkRow

MAPPING = f"{HAND}/contacts.contact"
_STREAM = "contacts"
_OF_PEOPLE = ("first_name", "last_name", "title")


@dataclass(slots=True)
class Heir:
    """The person contact of a lead, or its company where the lead names no person.

    Args:
        company_id: the company contact of the lead, there or just made.
    """

    hand: Hand
    lead: CanonicalRow
    is_company: bool
    company_id: int | None
    id: int = 0
    is_new: bool = False
    links: list[tuple[int, str]] = field(default_factory=list)
    """What feeds the heir now in the lead's place: source record, mapping."""
    edits: list[tuple[str, int, str]] = field(default_factory=list)
    """The hand edits that were copied: record type, record, field."""
    row: CanonicalRow | None = None
    """As it stood; None: it is new."""
    made: list[int] = field(default_factory=list)
    """The source record that was made to speak for it, where nothing else does."""
    left: list[Left] = field(default_factory=list)

    def take_over(self, *, new_company: bool) -> None:
        """Let the heir be fed by what fed the lead, keep what people set on it, and mark the lead as converted.

        Args:
            new_company: the company was made for this conversion: it gets the lead's owner.

        Raises:
            SetupError: the contact of this person was deleted by hand.
        """
        db, lead_id = self.hand.db, self.lead["id"]
        entity = self._find()
        row = self.row = canonical.load(db, "contact", [self.id], lock=True).get(self.id)
        batch = Batch(self.hand.now, self.hand.run_id, [], by=self.hand.by)
        batch.entities["contact", self.id] = entity
        batch.entity("lead", lead_id).forced = {"gone_at_source": "converted"}
        links = landing.links_to(db, "lead", [lead_id])
        batch.moved = [(link, entity) for link in links]
        self.links = [(link.source_record_id, link.mapping) for link in links]
        self._force(entity, row)
        if new_company and not self.is_company and self.company_id is not None:
            batch.entity("contact", self.company_id).forced = {"owner_id": self.lead["owner_id"]}
        self._copy_edits()
        self._settle(batch, entity, links)
        self._hand_keys_over()

    def _find(self) -> Entity:
        """Give the contact of the lead's person, new where there is none; a company is known by now."""
        known = self.company_id if self.is_company else self._contact_of_person()
        self.is_new = known is None
        self.id = known if known is not None else next(self.hand.db.allocate("contact", 1))
        its = None if self.is_company else self.lead["person_id"]
        return Entity(
            "contact",
            self.id,
            is_new=self.is_new,
            identity_id=its,
            is_company=self.is_company,
            lead_id=self.lead["id"],
        )

    def _contact_of_person(self) -> int | None:
        found = conversions.contacts_of_person(self.hand.db, self.lead["person_id"])
        standing = next((id_ for id_, deleted_at in found if deleted_at is None), None)
        if standing is None and found:
            its = shown_id("contact", found[0][0])
            raise SetupError(
                f"{its}, the contact of this person, was deleted by hand",
                fix=f"bring it back: sellhub contact restore {its}",
            )
        return standing

    def _force(self, entity: Entity, row: CanonicalRow | None) -> None:
        """The person works for the company, unless it works for another one; a company is the lead's person too."""
        if self.is_company:
            if row is not None and row["person_id"] is None:
                entity.forced = {"person_id": self.lead["person_id"]}
        elif self.company_id is not None:
            employer = row["contact_id"] if row is not None else None
            if employer in (None, self.company_id):
                entity.forced = {"contact_id": self.company_id}
            else:
                its, other = shown_id("contact", self.id), shown_id("contact", employer)
                self.left.append(Left("company", f"{its} works for {other} already"))

    def _copy_edits(self) -> None:
        """Let what people set on the lead hold on the heir, but for what they set on the heir itself, and its owner."""
        has_owner = self.row is not None and self.row["owner_id"] is not None
        fields = copy_edits(self.hand.db, self.lead["id"], self.id, is_company=self.is_company, has_owner=has_owner)
        self.edits = [("contact", self.id, to) for to in fields]

    def _settle(self, batch: Batch, entity: Entity, links: list[LinkRow]) -> None:
        hand, db = self.hand, self.hand.db
        stream_id = 0
        if not speaks(links, landing.live(db, {link.source_record_id for link in links}).values()):
            stream_id = streams.ensure_stream(db, HAND, _STREAM, HAND, "people").id
            self._speak(batch, entity)
        Taking(db, intent_by_hand(hand.hub, db, stream_id), batch).settle()
        hand.journal += batch.journal

    def _speak(self, batch: Batch, entity: Entity) -> None:
        """Nothing speaks for the lead any more: let what stands of it speak for the heir, as added by hand."""
        db, hand = self.hand.db, self.hand
        names = [name for name in (*PERSON, "added_at", "added_by") if not self.is_company or name not in _OF_PEOPLE]
        fields = values_of(self.lead, names)
        fields["custom_fields"], _ = customs_between(db, "contact").carried(self.lead["custom_fields"])
        draft = Draft("contact", fields, updated_at=self.lead["updated_at"])
        raw = orjson.dumps(draft.to_json())
        record = SourceRecord(f"{hand.run_id}.lead", draft.to_json(), hand.now)
        item = Item(record, raw, blake2b(raw, digest_size=16).digest(), None, drafts={MAPPING: draft})
        item.id, item.landed_at = next(db.allocate("source_record", 1)), hand.now
        item.targets, item.resolved, item.made = {MAPPING: entity}, {MAPPING: Resolved()}, ["created"]
        batch.items.append(item)
        self.made = [item.id]
        batch.new_links.append(NewLink(item, MAPPING, entity, "self", identity=True))
        if not self.is_company:
            batch.faces.append((item, self.lead["person_id"], face_of(draft)))

    def _hand_keys_over(self) -> None:
        """A company that somebody else known by it alone was converted to is that person: the keys lead there."""
        person_id = canonical.load(self.hand.db, "contact", [self.id])[self.id]["person_id"]
        if self.is_company and person_id != self.lead["person_id"]:
            renew_keys(self.hand.db, [source_record_id for source_record_id, _ in self.links])


def speaks(links: Iterable[LinkRow], live: Iterable[landing.LiveRow]) -> bool:
    """Whether any living source record has a good draft of what these links lead to."""
    drafts = {row.id: orjson.loads(row.good_drafts or "{}") for row in live}
    return any(link.mapping in drafts.get(link.source_record_id, {}) for link in links if link.role != TAGS)
