"""Who is known, as a batch sees it: those stored who share a key with its records, and those that it brings itself.

What the batch's own records said before is taken from what is stored and put where it can change:
when a record says something else, its old keys are gone for whoever comes after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from hub.batch import Batch, Item
from hub.bearers import Bearers, Place
from sell_model.draft import Draft
from sell_model.matching.deciding import Decision, Judge, Likeness
from sell_model.matching.evidence import Model, Weights
from sell_model.matching.keys import NOBODY, Face, face_of, is_company, trait_key
from sell_model.matching.profile import Profile
from storage import canonical, identity
from storage.hot import Writer
from storage.landing import LinkRow

_PEOPLE = ("lead", "contact")
_TELLING = frozenset({"email", "outside", "firm company"})
"""Kinds of keys whose bearers are mostly found to be the same: their records are read at once, not one by one."""
Identity = tuple[str, int]
"""`person` or `company`, and the identity's id."""


@dataclass
class Acquaintance:
    """What matching knows within one transaction."""

    db: Writer
    batch: Batch
    model: Model
    sizes: dict[str, int]
    """`person` and `company` → how many there were before this batch, where it was counted."""
    _members: dict[Identity, dict[Place, Profile]] = field(default_factory=dict)
    """What an identity's records are compared by; stored ones have no mapping."""
    _alike: dict[Identity, Counter[Profile]] = field(default_factory=dict)
    """Company → how many of those records are compared by the very same."""
    _read: dict[str, set[int]] = field(default_factory=lambda: {"person": set(), "company": set()})
    """Identities whose stored records were fetched."""
    _faces: dict[Place, Face] = field(default_factory=dict)
    """What the batch's records say, or said before they were placed."""
    _at: dict[Place, int] = field(default_factory=dict)
    """Whose identity they say it of."""
    _records: dict[Identity, dict[str, int]] = field(default_factory=dict)
    """Identity → its records in sight, by kind."""
    _identities: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """(record type, record id) → its `person`, `company` or both, for what the batch's records feed already.

    A company has both when somebody known by the company alone was converted to it.
    """
    _heirs: dict[str, Identity] = field(default_factory=dict)
    """Source id of a record that others were merged into at the source → the identity of one of them."""

    def recall(self) -> None:
        """Note what the batch's known records feed, and what they said."""
        known = [item for item in self.batch.items if item.links]
        links = [k for item in known for k in item.links.values() if k.record_type in _PEOPLE]
        self._read_identities(links)
        for item in known:
            if item.is_gone:
                self._note_heir(item)
            else:
                for mapping, standing in item.standing.items():
                    link = item.links.get(mapping)
                    if link is not None and link.record_type in _PEOPLE:
                        draft = Draft.from_json(standing)
                        if (identity_id := self.identity_of(link, draft)) is not None:
                            self._say((item.id, mapping), identity_id, face_of(draft))

    def _read_identities(self, links: list[LinkRow]) -> None:
        for kind in _PEOPLE:
            ids = {link.record_id for link in links if link.record_type == kind}
            for id_, row in canonical.load(self.db, kind, ids).items():
                both = {"company": row.get("company_id"), "person": row["person_id"]}
                self._identities[kind, id_] = {sort: its for sort, its in both.items() if its is not None}
        self._read_records(each for both in self._identities.values() for each in both.items())

    def _note_heir(self, item: Item) -> None:
        if item.record.event == "merged" and item.record.merged_into:
            for link in item.links.values():
                for found in self._identities.get((link.record_type, link.record_id), {}).items():
                    self._heirs.setdefault(item.record.merged_into, found)

    def _say(self, place: Place, identity_id: int, face: Face) -> None:
        self._faces[place], self._at[place] = face, identity_id
        self._note((face.sort, identity_id), place, face.profile)
        self._bearers.say(place, identity_id, face.keys)

    def _unsay(self, place: Place) -> None:
        face = self._faces.pop(place, NOBODY)
        whose = face.sort, self._at.pop(place, 0)
        was = self._members.get(whose, {}).pop(place, None)
        if was is not None and face.is_company:
            self._alike[whose][was] -= 1
        self._bearers.unsay(place, face.keys)

    def _note(self, whose: Identity, place: Place, profile: Profile) -> None:
        members = self._members.setdefault(whose, {})
        if whose[0] == "company":
            alike = self._alike.setdefault(whose, Counter())
            alike[profile] += 1
            if (was := members.get(place)) is not None:
                alike[was] -= 1
        members[place] = profile

    def look_up(self, faces: Collection[Face]) -> None:
        """Find who is stored under these keys, but for the batch's own records."""
        for sort in sorted({face.sort for face in faces}):
            met = self._bearers.look_up(key for face in faces if face.sort == sort for key in face.keys)
            self._read_members(sort, met)
            told = [key for face in faces if face.sort == sort for key in face.keys if key.kind in _TELLING]
            self._read_records((sort, id_) for key in told for id_ in self._bearers.of(key))

    @cached_property
    def _own(self) -> list[int]:
        return [item.id for item in self.batch.items if item.links and not item.is_gone]

    @cached_property
    def _bearers(self) -> Bearers:
        return Bearers(self.db, self._own)

    def _read_members(self, sort: str, identity_ids: set[int]) -> None:
        new = identity_ids - self._read[sort]
        self._read[sort] |= new
        for source_record_id, identity_id, data in identity.profile_texts(self.db, sort, sorted(new), self._own):
            self._note((sort, identity_id), (source_record_id, ""), Profile.from_text(data))

    def _read_records(self, identities: Iterable[Identity]) -> None:
        new = set(identities) - self._records.keys()
        self._records |= {each: {} for each in new}
        people, companies = ([id_ for its, id_ in new if its == sort] for sort in ("person", "company"))
        for person_id, kind, record_id in identity.people_in_sight(self.db, people):
            self._records["person", person_id].setdefault(kind, record_id)
        for company_id, record_id in identity.records_in_sight(self.db, "contact", "company_id", companies):
            self._records["company", company_id].setdefault("contact", record_id)

    def decide(self, face: Face, but: int | None = None, *, by_name: bool = False) -> Decision:
        """Decide whom a record belongs to.

        Args:
            but: the identity it belongs to already: who else it may be is asked for.
            by_name: it is but named by another record, such as a deal's company.
        """
        proven = self.vouched_for(face, but)
        if proven is not None:
            return Decision(proven.identity_id, proven)
        met = {id_: self._profiles(face.sort, id_) for id_ in sorted(self._bearers.met_by(face.keys)) if id_ != but}
        if not met:
            return Decision(None)

        def rarity(trait: str, value: str) -> float:
            return float(self._bearers.count(trait_key(trait, value, is_company=face.is_company)))

        weights, is_common = self.weights(face.sort), self._bearers.is_common
        judge = Judge(weights, self._known(face.sort), rarity, is_common, face.is_company, by_name)
        return judge.decide(face.profile, met, lambda id_: self._profiles(face.sort, id_))

    def weights(self, sort: str) -> Weights:
        """Give the model's weights of people, or of companies."""
        return self.model.company if sort == "company" else self.model.person

    def vouched_for(self, face: Face, but: int | None = None) -> Likeness | None:
        """Give whoever bears the same id in a system: that system says that they are one."""
        ids = {id_ for key in face.keys if key.kind == "outside" for id_ in self._bearers.of(key)} - {but}
        known = sorted(id_ for id_ in ids if self._profiles(face.sort, id_))
        return Judge.proven(known[0]) if known else None

    def _profiles(self, sort: str, identity_id: int) -> Collection[Profile]:
        """Give what an identity's records are compared by; of a company each once, for thousands may name it."""
        if sort == "company":
            return [profile for profile, count in self._alike.get((sort, identity_id), {}).items() if count > 0]
        return self._members.get((sort, identity_id), {}).values()

    def _known(self, sort: str) -> int:
        if sort not in self.sizes:
            self.sizes[sort] = identity.size(self.db, sort)
        return self.sizes[sort] + len(self.batch.new_companies if sort == "company" else self.batch.new_people)

    def meet(self, item: Item, mapping: str, identity_id: int, face: Face) -> None:
        """Let those behind a record see what it says; what it said before is forgotten."""
        place = (item.id, mapping)
        self._unsay(place)
        self._say(place, identity_id, face)
        self.batch.faces.append((item, identity_id, face))

    def keep_faces_of_held(self) -> None:
        """Keep the keys of what stands while its new version is held."""
        for item in self.batch.items:
            for mapping, link in item.links.items():
                face = self._faces.get((item.id, mapping))
                said = item.standing.get(mapping)
                if face is not None and said and mapping not in item.drafts and item.goes_on(mapping):
                    identity_id = self.identity_of(link, Draft.from_json(said))
                    self.batch.faces += [(item, identity_id, face)] if identity_id is not None else []

    def identity_of(self, link: LinkRow, draft: Draft) -> int | None:
        """Give the identity of a record that the batch's records feed already, of the sort that a draft describes.

        None: it has none of that sort; a person's keys must never lead to a company.
        """
        return self._identities[link.record_type, link.record_id].get("company" if is_company(draft) else "person")

    def records_of(self, sort: str, identity_id: int) -> dict[str, int]:
        """Give an identity's records in sight, by kind; what is made is to be added."""
        if (sort, identity_id) not in self._records:
            self._read_records([(sort, identity_id)])
        return self._records[sort, identity_id]

    def make(self, sort: str, identity_id: int) -> None:
        """Note somebody new: there are no records to look for."""
        self._records[sort, identity_id] = {}

    def said_before(self, item: Item, mapping: str) -> Face | None:
        """Give what a record of the batch said until now."""
        return self._faces.get((item.id, mapping))

    def names_another(self, item: Item, mapping: str, face: Face) -> bool:
        """Whether a record implies somebody else than before: the row names another company or person now."""
        before = self.said_before(item, mapping)
        return "#" in mapping and before is not None and before != face

    def inherited(self, item: Item, sort: str) -> int | None:
        """Give the identity that a record has by what it fed until now, or by those merged into it.

        The source says that it is the same record; keys are for records that nobody has told apart.
        """
        for mapping, link in item.links.items():
            if "#" not in mapping and not item.goes_on(mapping):
                found = self._identities.get((link.record_type, link.record_id), {})
                if sort in found:
                    return found[sort]
        heir = self._heirs.get(item.record.id)
        return heir[1] if heir is not None and heir[0] == sort and not item.links else None
