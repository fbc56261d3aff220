"""What source records that are gone said about consent: it holds on for whom they fed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from hub.batch import Batch, Entity
from sell_model.consent import CONSENTS, STRICTNESS, last_words, strictest
from sell_model.draft import Draft
from sell_model.survivorship import Contribution
from storage import consents, landing
from storage.canonical import CanonicalRow
from storage.hot import Writer

_PEOPLE = ("lead", "contact")
_SAYS = '_consent"'
"""Stands in a draft's JSON where it says something about consent; few do."""


@dataclass(slots=True)
class LastWords:
    """The last words on consent of source records that are gone, by the record that they fed."""

    _said: dict[tuple[str, int], dict[tuple[int, str], Contribution]] = field(default_factory=dict)

    def hear_batch(self, batch: Batch) -> None:
        """Note what the batch's own records say that are gone: some are told with what they hold."""
        for item in batch.items:
            for mapping, entity in item.targets.items() if item.is_gone else ():
                if mapping in item.drafts:
                    voice = Contribution(item.id, item.drafts[mapping], 0, item.record.changed_at or item.landed_at)
                    self._said.setdefault((entity.kind, entity.id), {})[item.id, mapping] = voice

    def hear(
        self,
        db: Writer,
        batch: Batch,
        kind: str,
        ids: Collection[int],
        links: Iterable[landing.LinkRow],
        rows: Mapping[int, landing.LiveRow],
        priority_of: Callable[[str], int],
    ) -> None:
        """Note what is said of leads or contacts by those that are gone.

        What fed somebody who was merged into one of them counts as gone: the survivor of a merge at the source
        speaks for both, and may have forgotten what the other one said.

        Args:
            links: what feeds these records, but for what is drafted anew or unlinked in this batch.
            rows: the source records behind the links.
        """
        if kind not in _PEOPLE:
            return
        back = {item.id for item in batch.items if not item.is_gone}
        gone = {id_ for id_, row in rows.items() if row.deleted_at is not None}
        gone = (gone | {item.id for item in batch.items if item.is_gone}) - back
        for link in links:
            if link.source_record_id in gone and link.source_record_id in rows:
                self._note(link, rows[link.source_record_id], priority_of)
        of_absorbed = list(consents.links_of_absorbed(db, kind, ids))
        if of_absorbed:
            theirs = landing.spoken(db, {link.source_record_id for link in of_absorbed})
            for link in (k for k in of_absorbed if k.source_record_id not in back):
                self._note(link, theirs[link.source_record_id], priority_of)

    def of(self, entity: Entity) -> list[Contribution]:
        """Give them, for a record."""
        return list(self._said.get((entity.kind, entity.id), {}).values())

    def hold(self, entity: Entity, row: CanonicalRow, taggings: Sequence[Contribution] = ()) -> None:
        """Let a record that nothing feeds any more bear what was said of it last: it allows no more than before.

        Args:
            taggings: what is said of it by those that feed nobody.
        """
        said = [*self.of(entity), *taggings]
        for name in CONSENTS if said else ():
            stood = last_words(row).get(name)
            row[name] = strictest(name, [stood, *(c.draft.fields.get(name) for c in said)]) or row[name]

    def _note(self, link: landing.LinkRow, row: landing.LiveRow, priority_of: Callable[[str], int]) -> None:
        if row.good_drafts is None or _SAYS not in row.good_drafts:
            return
        standing = orjson.loads(row.good_drafts).get(link.mapping)
        if standing is not None and not STRICTNESS.keys().isdisjoint(standing["fields"]):
            place = (link.source_record_id, link.mapping)
            voice = Contribution(
                row.id, Draft.from_json(standing), priority_of(row.source), row.changed_at or row.landed_at
            )
            self._said.setdefault((link.record_type, link.record_id), {})[place] = voice
