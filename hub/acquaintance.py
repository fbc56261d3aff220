"""Who is known, as a batch sees it: the stored bearers of its keys, and those that the batch itself brings.

What the batch's own records said before is taken from the stored keys and put where it can change:
when a record says something else, its old keys are gone for whoever comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.batch import Batch, Item
from sell_model.draft import Draft
from sell_model.matching.decide import Candidate
from sell_model.matching.keys import Face, MatchKey, face_of, is_company
from storage import canonical, identity
from storage.hot import Writer
from storage.landing import LinkRow

_COLUMN = {"person": "person_id", "company": "company_id"}
_PEOPLE = ("lead", "contact")
Place = tuple[int, str]
"""Source record id, mapping."""


@dataclass(slots=True)
class Acquaintance:
    """What matching knows within one transaction."""

    db: Writer
    batch: Batch
    _stored: dict[int, list[identity.Bearer]] = field(default_factory=dict)
    _local: dict[int, dict[Place, Candidate]] = field(default_factory=dict)
    _faces: dict[Place, Face] = field(default_factory=dict)
    """What the batch's known records said before."""
    _records: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """(`person` or `company`, identity) → its records in sight, by kind."""
    _identities: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """(record type, record id) → its `person`, `company` or both, for what the batch's records feed already.

    A company has both when somebody known by the company alone was converted to it.
    """
    _heirs: dict[str, tuple[str, int]] = field(default_factory=dict)
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
                            self._say(item, mapping, identity_id, face_of(draft))

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

    def _say(self, item: Item, mapping: str, identity_id: int, face: Face) -> None:
        place = (item.id, mapping)
        self._faces[place] = face
        for key in face.keys:
            self._local.setdefault(key.key, {})[place] = Candidate(identity_id, face.name, key.kind)

    def look_up(self, faces: Iterable[Face]) -> None:
        """Find the stored bearers of all these keys, but for the batch's own records."""
        keys = {key.key for face in faces for key in face.keys} - self._stored.keys()
        identity.claim(self.db, keys)
        own = [item.id for item in self.batch.items if item.links and not item.is_gone]
        found = identity.bearers(self.db, keys, own)
        for key in keys:
            self._stored[key] = found.get(key, [])
        ids = {bearer.identity_id for bearers in found.values() for bearer in bearers}
        self._read_records([(sort, id_) for id_ in ids for sort in _COLUMN])

    def _read_records(self, identities: Iterable[tuple[str, int]]) -> None:
        new = set(identities) - self._records.keys()
        for sort, column in _COLUMN.items():
            ids = [id_ for kind, id_ in new if kind == sort]
            for id_ in ids:
                self._records[sort, id_] = {}
            for kind in _PEOPLE if sort == "person" else ("contact",):
                for identity_id, record_id in identity.records_in_sight(self.db, kind, column, ids):
                    self._records[sort, identity_id].setdefault(kind, record_id)

    def bearers(self, key: MatchKey) -> list[Candidate]:
        """List who bears a key, stored and within the batch so far."""
        stored = [Candidate(b.identity_id, b.name, key.kind) for b in self._stored.get(key.key, ())]
        return [*stored, *self._local.get(key.key, {}).values()]

    def meet(self, item: Item, mapping: str, identity_id: int, face: Face) -> None:
        """Let those behind a record see what it says; what it said before is forgotten."""
        place = (item.id, mapping)
        for key in self._faces.pop(place, Face((), "")).keys:
            self._local[key.key].pop(place, None)
        self._say(item, mapping, identity_id, face)
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
        return self._records.setdefault((sort, identity_id), {})

    def names_another(self, item: Item, mapping: str, face: Face) -> bool:
        """Whether a record implies somebody else than before: the row names another company or person now."""
        before = self._faces.get((item.id, mapping))
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
