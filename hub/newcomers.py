"""What came in after a merge that is taken back: whose it is, by whom it is more like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from hub.matching_model import model_of
from hub.merge_sides import Place
from hub.opening import Hub
from sell_model.draft import Draft
from sell_model.matching.deciding import Judge
from sell_model.matching.keys import Face, face_of
from sell_model.matching.profile import Profile
from storage import identity, landing
from storage.hot import Writer
from storage.landing import LinkRow
from storage.merges import MergeRow


@dataclass(slots=True)
class Newcomers:
    """Tells apart what feeds a merged record since its merge."""

    db: Writer
    hub: Hub
    row: MergeRow

    def told_apart(self, links: Iterable[LinkRow]) -> dict[LinkRow, Place]:
        """Give the links that belong to the one who was merged away, and to which record of theirs each goes."""
        known = {name: {(id_, mapping) for id_, mapping, *_ in self.row.details.get(name, ())} for name in _SIDES}
        last = self.row.details["last"][0]
        new = [k for k in links if k.source_record_id > last]
        theirs: dict[str, Place] = {kind: (kind, id_) for kind, id_, _ in self.row.details.get("absorbed", ())}
        new = [link for link in new if link.record_type in theirs]
        if not new:
            return {}
        faces = self._faces([*new, *(k for k in self._links(known) if k not in new)])
        loser, winner = (self._profiles(faces, known[name]) for name in _SIDES)
        return {
            link: theirs[link.record_type]
            for link in new
            if (face := faces.get((link.source_record_id, link.mapping))) is not None
            and self._is_more_like(face, loser, winner)
        }

    def _links(self, known: dict[str, set[tuple[int, str]]]) -> list[LinkRow]:
        return landing.links(self.db, {id_ for ids in known.values() for id_, _ in ids})

    def _faces(self, links: list[LinkRow]) -> dict[tuple[int, str], Face]:
        drafts = landing.good_drafts(self.db, {link.source_record_id for link in links})
        said = {id_: orjson.loads(text) for id_, text in drafts.items()}
        return {
            (k.source_record_id, k.mapping): face_of(Draft.from_json(said[k.source_record_id][k.mapping]))
            for k in links
            if k.mapping in said.get(k.source_record_id, {}) and k.record_type in {"lead", "contact"}
        }

    @staticmethod
    def _profiles(faces: dict[tuple[int, str], Face], places: set[tuple[int, str]]) -> list[Profile]:
        return [faces[place].profile for place in places if place in faces]

    def _is_more_like(self, face: Face, loser: list[Profile], winner: list[Profile]) -> bool:
        model = model_of(self.hub.home)
        weights = model.company if face.is_company else model.person
        size = identity.size(self.db, face.sort)
        judge = Judge(weights, size, lambda *_: 1.0, lambda _: True, face.is_company)
        likeness = [judge.closest(face.profile, number, side) for number, side in enumerate((loser, winner)) if side]
        best = max(likeness, key=lambda each: (each.proof, not each.guard, each.bits), default=None)
        return best is not None and best.identity_id == 0 and (best.proof or best.bits >= weights.review)


_SIDES = ("links", "stayed")
"""Of a merge's details: what fed who was merged away, and what fed who stayed."""
