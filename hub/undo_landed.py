"""Taking source records back: what was landed, held and linked, the keys it bears, the ids it told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from hub.key_keeping import renew_keys
from hub.undo_portion import Portion
from sell_model.draft import Draft
from sell_model.types import JsonObject
from storage import conversions, landing, roster, undoing
from storage.journal import Entry
from storage.landing import LinkRow

_AGAIN = "it was read again since"
_FEEDS_LEFT = "the record it feeds was left"
_FED_CONVERTED = "the lead that it fed is converted, and was left"


@dataclass(slots=True)
class LandedBack:
    """Takes back the entries of source records and of their links."""

    portion: Portion

    def remove(self, entry_id: int, entry: Entry) -> None:
        """Remove new source records, but for those that stand for something that was left."""
        db, ids = self.portion.db, list(entry.data)
        links = landing.links(db, ids)
        left = self._left(ids, links)
        going = [link for link in links if link.source_record_id not in left]
        self.portion.miss({link.record_id for link in going if link.record_type == "contact"})
        self._forget_outside(going, {})
        gone = [id_ for id_ in ids if id_ not in left]
        self.portion.done += [link_id for id_ in gone for link_id, _ in self.portion.links.of(id_)]
        fed = {(link.record_type, link.record_id) for link in going}
        self.portion.survivors |= undoing.merged_into_by_others(db, fed)
        undoing.delete_source_records(db, gone)
        self.portion.note("source_record", len(gone), left)
        if left:
            undoing.narrow_entry(db, entry_id, sorted(left))
        else:
            self.portion.done.append(entry_id)

    def restore(self, entry_id: int, entry: Entry) -> None:
        """Let a known source record be as it was, with its holds and its links."""
        db, id_ = self.portion.db, int(entry.record_id or 0)
        links, standing = self.portion.links.of(id_), landing.links(db, [id_])
        left = self._left([id_], standing)
        self.portion.note("source_record", 0 if left else 1, left)
        if left:
            return
        self._forget_outside(standing, {id_: entry.data})
        for link_id, link in links:
            self._relink(link_id, link)
        undoing.restore_source_record(db, id_, entry.data)
        undoing.restore_waiting(db, id_, entry.data.get("waiting", ()))
        undoing.restore_held(db, self.portion.run, id_)
        renew_keys(db, [id_], follow=False)
        self.portion.to_settle.append(entry_id)

    def take_link(self, entry_id: int, entry: Entry) -> None:
        """Take a link back: one of the run's own source records later, with it; one of a bystander at once."""
        id_ = int(entry.record_id or 0)
        landed_by = undoing.landed_by(self.portion.db, [id_]).get(id_, 0)
        if landed_by > self.portion.run.id:
            self.portion.note("source_record", 0, {id_: _AGAIN})
        elif landed_by == self.portion.run.id and entry.op != "moved":
            self.portion.links.wait(entry_id, entry)
        else:
            self._relink(entry_id, entry)
            renew_keys(self.portion.db, [id_], follow=False)

    def _left(self, ids: Iterable[int], links: Sequence[LinkRow]) -> dict[int, str]:
        """Source records that came again since, or that feed a record that was left."""
        landed = undoing.landed_by(self.portion.db, ids)
        left = {id_: _AGAIN for id_, run_id in landed.items() if run_id != self.portion.run.id}
        for link in links:
            if self.portion.report.is_left(link.record_type, link.record_id):
                left.setdefault(link.source_record_id, _FEEDS_LEFT)
        for id_, lead_id in conversions.taken_from(self.portion.db, links).items():
            if self.portion.report.is_left("lead", lead_id):
                left.setdefault(id_, _FED_CONVERTED)
        return left

    def _relink(self, entry_id: int, entry: Entry) -> None:
        """Undo a link that the run made or moved, or put back one that it removed."""
        db, id_ = self.portion.db, int(entry.record_id or 0)
        if entry.op == "linked":
            fed = [k for k in landing.links(db, [id_]) if k.mapping == entry.data]
            self.portion.miss(k.record_id for k in fed if k.record_type == "contact")
            db.delete("link", ("source_record_id", "mapping"), [(id_, entry.data)])
        elif entry.op == "unlinked":
            undoing.add_link(db, LinkRow(id_, *entry.data))
        else:
            mapping, record_id, *_ = entry.data
            db.update("link", ("record_id",), ("source_record_id", "mapping"), [(record_id, id_, mapping)])
        self.portion.done.append(entry_id)

    def _forget_outside(self, links: Iterable[LinkRow], before: Mapping[int, JsonObject]) -> None:
        """Forget the source's ids of users, pipelines and stages that only the run's version of a record told.

        Args:
            before: source record → its changed columns as they were; those that are missing are going.
        """
        db = self.portion.db
        for id_ in {k.source_record_id for k in links if k.record_type in {"user", "pipeline"}}:
            origin = undoing.origin_of(db, id_)
            told = set(_outside_ids(origin.source_id, origin.good_drafts))
            if id_ in before:
                told -= set(_outside_ids(origin.source_id, before[id_].get("good_drafts", origin.good_drafts)))
            for kind, value in told:
                known = roster.outside_ids(db, origin.source, kind).get(value)
                if known is not None and not self.portion.report.is_left(kind, known):
                    undoing.forget_outside_id(db, origin.source, kind, value)


def _outside_ids(source_id: str, drafts: str | None) -> Iterator[tuple[str, str]]:
    """Tell by which ids a source's record knows users, pipelines and stages."""
    for draft in map(Draft.from_json, orjson.loads(drafts or "{}").values()):
        if draft.record_type in {"user", "pipeline"}:
            yield draft.record_type, source_id
        for stage in draft.children.get("stages", ()):
            if "id" in stage.outside_ids:
                yield "stage", stage.outside_ids["id"]
