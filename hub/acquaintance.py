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
from sell_model.draft import Draft
from sell_model.matching.blocking import crowd
from sell_model.matching.deciding import Decision, Judge, Likeness
from sell_model.matching.evidence import Model, Rarity, Weights
from sell_model.matching.keys import NOBODY, STRONG, Face, MatchKey, face_of, is_company, key_of, trait_key
from sell_model.matching.profile import Profile
from storage import canonical, identity
from storage.hot import Writer
from storage.landing import LinkRow

COMMON_NAME = 6
"""A given name that so many bear is no slip of the pen."""

_COLUMN = {"person": "person_id", "company": "company_id"}
_PEOPLE = ("lead", "contact")
Place = tuple[int, str]
"""Source record id, mapping."""
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
    _counts: dict[int, int] = field(default_factory=dict)
    """Key → how many stored identities bear it."""
    _stored: dict[int, set[int]] = field(default_factory=dict)
    """Key → the stored identities that bear it, of keys that bring people together."""
    _local: dict[int, dict[Place, int]] = field(default_factory=dict)
    """Key → which of the batch's records bear it, and their identities."""
    _members: dict[Identity, dict[Place, Profile]] = field(default_factory=dict)
    """What an identity's records are compared by; stored ones have no mapping."""
    _alike: dict[Identity, Counter[Profile]] = field(default_factory=dict)
    """Identity → how many of those records are compared by the very same."""
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
        for key in face.keys:
            self._local.setdefault(key.key, {})[place] = identity_id

    def _unsay(self, place: Place) -> None:
        face = self._faces.pop(place, NOBODY)
        whose = face.sort, self._at.pop(place, 0)
        if (was := self._members.get(whose, {}).pop(place, None)) is not None:
            self._alike[whose][was] -= 1
        for key in face.keys:
            self._local[key.key].pop(place, None)

    def _note(self, whose: Identity, place: Place, profile: Profile) -> None:
        members = self._members.setdefault(whose, {})
        if (was := members.get(place)) is not None:
            self._alike[whose][was] -= 1
        members[place] = profile
        self._alike.setdefault(whose, Counter())[profile] += 1

    def look_up(self, faces: Collection[Face]) -> None:
        """Find who is stored under these keys, but for the batch's own records."""
        new = {key.key: key for face in faces for key in face.keys if key.key not in self._counts}
        identity.claim(self.db, (key.key for key in new.values() if key.kind in STRONG))
        self._counts |= dict.fromkeys(new, 0) | identity.counts(self.db, new)
        few = [key.key for key in new.values() if 0 < self._counts[key.key] <= _crowd(key)]
        found = identity.bearers(self.db, few, self._own)
        self._stored |= {key: found.get(key, set()) for key in few}
        sorts = {"company" if face.is_company else "person" for face in faces}
        met = {identity_id for identities in found.values() for identity_id in identities}
        for sort in sorted(sorts):
            self._read_members(sort, self._of_sort(sort, faces, met))

    def _of_sort(self, sort: str, faces: Iterable[Face], met: set[int]) -> set[int]:
        keys = {key.key for face in faces if face.sort == sort for key in face.keys}
        return {id_ for key in keys & self._stored.keys() for id_ in self._stored[key]} & met

    @cached_property
    def _own(self) -> list[int]:
        return [item.id for item in self.batch.items if item.links and not item.is_gone]

    def _read_members(self, sort: str, identity_ids: set[int]) -> None:
        new = [id_ for id_ in sorted(identity_ids) if (sort, id_) not in self._read]
        self._read.update((sort, id_) for id_ in new)
        for row in identity.profiles(self.db, sort, new, self._own):
            self._note((sort, row.identity_id), (row.source_record_id, ""), Profile.from_text(row.data))

    @cached_property
    def _read(self) -> set[Identity]:
        """Identities whose stored records were fetched."""
        return set()

    def _read_records(self, identities: Iterable[Identity]) -> None:
        new = set(identities) - self._records.keys()
        for sort, column in _COLUMN.items():
            ids = [id_ for kind, id_ in new if kind == sort]
            for id_ in ids:
                self._records[sort, id_] = {}
            for kind in _PEOPLE if sort == "person" else ("contact",):
                for identity_id, record_id in identity.records_in_sight(self.db, kind, column, ids):
                    self._records[sort, identity_id].setdefault(kind, record_id)

    def decide(self, face: Face, but: int | None = None, *, by_name: bool = False) -> Decision:
        """Decide whom a record belongs to.

        Args:
            but: the identity it belongs to already: who else it may be is asked for.
            by_name: it is but named by another record, such as a deal's company.
        """
        proven = self.vouched_for(face, but)
        if proven is not None:
            return Decision(proven.identity_id, proven)
        met = {id_: self._profiles(face.sort, id_) for id_ in self._met(face) if id_ != but}
        if not met:
            return Decision(None)
        weights = self.weights(face.sort)
        judge = Judge(weights, self._known(face.sort), self._rarity(face), self._is_common, face.is_company, by_name)
        return judge.decide(face.profile, met, lambda id_: self._profiles(face.sort, id_))

    def weights(self, sort: str) -> Weights:
        """Give the model's weights of people, or of companies."""
        return self.model.company if sort == "company" else self.model.person

    def vouched_for(self, face: Face, but: int | None = None) -> Likeness | None:
        """Give whoever bears the same id in a system: that system says that they are one."""
        ids = {id_ for key in face.keys if key.kind == "outside" for id_ in self._bearers(key)} - {but}
        known = sorted(id_ for id_ in ids if self._profiles(face.sort, id_))
        return Judge.proven(known[0]) if known else None

    def _met(self, face: Face) -> list[int]:
        found = {id_ for key in face.keys if key.meets and key.kind != "outside" for id_ in self._bearers(key)}
        return sorted(found)

    def _bearers(self, key: MatchKey) -> set[int]:
        stored = self._stored.get(key.key)
        if stored is None and self._counts.get(key.key):
            return set()  # too many bear it before anybody of this batch does
        everybody = (stored or set()) | set(self._local.get(key.key, {}).values())
        return everybody if len(everybody) <= _crowd(key) else set()

    def _profiles(self, sort: str, identity_id: int) -> list[Profile]:
        """Give what an identity's records are compared by; of a company each once, for thousands may name it."""
        if sort == "company":
            return [profile for profile, count in self._alike.get((sort, identity_id), {}).items() if count > 0]
        return list(self._members.get((sort, identity_id), {}).values())

    def _known(self, sort: str) -> int:
        if sort not in self.sizes:
            self.sizes[sort] = identity.size(self.db, sort)
        return self.sizes[sort] + len(self.batch.new_companies if sort == "company" else self.batch.new_people)

    def _rarity(self, face: Face) -> Rarity:
        def rarity(trait: str, value: str) -> float:
            key = trait_key(trait, value, is_company=face.is_company)
            local = set(self._local.get(key, {}).values())
            stored = self._stored.get(key)
            return float(self._counts.get(key, 0) + len(local) if stored is None else len(stored | local))

        return rarity

    def _is_common(self, given: str) -> bool:
        key = key_of("given", given)
        if key not in self._counts:
            self._counts |= {key: 0} | identity.counts(self.db, [key])
        stored = self._stored.get(key)
        local = set(self._local.get(key, {}).values())
        return (self._counts[key] + len(local) if stored is None else len(stored | local)) >= COMMON_NAME

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


def _crowd(key: MatchKey) -> int:
    """How many may bear a key that brings them together: an id that a vendor gave is never too common."""
    if not key.meets:
        return COMMON_NAME
    return identity.MOST_COUNTED if key.kind == "outside" else crowd(key.kind)
