"""What keeps a conversion from being taken back: all that was built on what it made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.activity_ids import activity_id
from hub.batch import Kind
from hub.by_hand import Hand
from hub.conversion_edits import own_edits
from hub.records import shown_id
from storage import built_on, canonical, hand_edits, identity, stage_history, stories
from storage.built_on import Thing
from storage.canonical import CanonicalRow
from storage.conversions import ConversionRow

_WORDS = {
    "employee": "{id} works for it",
    "daughter": "{id} is its daughter company",
    "merged": "{id} was merged into it",
    "conversion": "{id} was converted to it, too",
    "part": "{id} was split off it",
    "contact": "{id} was put beside it",
}
_KIND_OF = {"employee": "contact", "daughter": "contact", "merged": "contact", "contact": "contact", "part": "deal"}


@dataclass(slots=True)
class Obstacles:
    """Looks for what was built on one conversion, within the transaction that would take it back."""

    hand: Hand
    row: ConversionRow
    lead: CanonicalRow

    def all(self) -> list[str]:
        """Say everything that stands in the way, record by record."""
        told = [*self._other_lead()]
        for kind, id_ in self.made():
            its = shown_id(kind, id_)
            record = canonical.load(self.hand.db, kind, [id_], lock=True).get(id_)
            reasons = ["it is there no more"] if record is None else list(self._on(kind, record))
            told += [f"{its}: {reason}" for reason in dict.fromkeys(reasons)]
        return told

    def made(self) -> list[tuple[Kind, int]]:
        """List the records that the conversion made: the deal first, which stands on the others."""
        ids = {"deal": self.row.deal_id, "person": self.row.individual_id, "company": self.row.organization_id}
        new = self.row.details.get("new", ())
        return [("deal" if w == "deal" else "contact", id_) for w, id_ in ids.items() if id_ is not None and w in new]

    def _other_lead(self) -> Iterator[str]:
        """Nobody has two open leads."""
        for _, id_ in identity.records_in_sight(self.hand.db, "lead", "person_id", [self.lead["person_id"]]):
            yield f"{shown_id('lead', id_)} is an open lead of the same person now"

    def _on(self, kind: Kind, record: CanonicalRow) -> Iterator[str]:
        if record["deleted_at"] is not None:
            yield "it was deleted by hand"
        if record.get("merged_into") is not None:
            yield f"it was merged into {shown_id(kind, record['merged_into'])}"
        yield from self._edited(kind, record["id"])
        yield from self._fed(kind, record["id"])
        db, id_ = self.hand.db, record["id"]
        if kind == "deal" and len(stage_history.history(db, id_)) > 1:
            yield "it was moved"
        for thing in built_on.on_deals(db, [id_]) if kind == "deal" else built_on.on_contacts(db, [id_]):
            if not self._is_own(thing):
                yield _in_words(thing)

    def _edited(self, kind: Kind, id_: int) -> Iterator[str]:
        own = {field for its, number, field in own_edits(self.hand.db, self.row) if (its, number) == (kind, id_)}
        for name, edit in hand_edits.hand_edits(self.hand.db, kind, [id_]).get(id_, {}).items():
            if name not in own or edit.edited_at > self.row.created_at:
                yield f"{name.removeprefix('custom_fields.').removesuffix('_id')} was edited by {edit.edited_by}"

    def _fed(self, kind: Kind, id_: int) -> Iterator[str]:
        """Name the source records that feed it beside those that the conversion brought."""
        links = {(source_record_id, mapping) for source_record_id, mapping in self.row.details.get("links", ())}
        made = set(self.row.details.get("made", ()))
        for feed in stories.feeds(self.hand.db, kind, id_):
            if (feed.source_record_id, feed.mapping) not in links and feed.source_record_id not in made:
                yield f"{feed.name} feeds it by {feed.mapping}"

    def _is_own(self, thing: Thing) -> bool:
        """Whether it is part of the conversion itself."""
        if thing.what == "conversion":
            return thing.id == self.row.lead_id
        if thing.what == "deal":
            return ("deal", thing.id) in self.made()
        return thing.what == "employee" and thing.id == self.row.individual_id


def _in_words(thing: Thing) -> str:
    if thing.what == "deal":
        return f"{shown_id('deal', thing.id)} stands with it"
    if thing.what == "conversion":
        return _WORDS["conversion"].format(id=shown_id("lead", thing.id))
    if thing.what in _WORDS:
        return _WORDS[thing.what].format(id=shown_id(_KIND_OF[thing.what], thing.id))
    return f"{thing.what} {activity_id(thing.what, thing.id)} stands at it"
