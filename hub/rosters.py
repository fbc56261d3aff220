"""Users and pipelines of a source: users join the hub's own by address, pipelines stay the source's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.batch import Batch, Entity, Item, NewLink
from hub.rows import difference
from sell_model.draft import Draft
from sell_model.matching.normal_forms import folded
from sell_model.pipelines import is_open
from sell_model.types import JsonObject
from storage import canonical, journal, roster
from storage.hot import Writer


@dataclass(slots=True)
class RosterKeeper:
    """Keeps the small tables within one transaction."""

    db: Writer
    batch: Batch
    source: str

    def keep(self, drafts: Iterable[tuple[Item, str, Draft]]) -> None:
        """Take in users and pipelines, one by one: there are few."""
        for item, mapping, draft in drafts:
            if draft.record_type == "user":
                self._user(item, mapping, draft)
            else:
                self._pipeline(item, mapping, draft)

    def _user(self, item: Item, mapping: str, draft: Draft) -> None:
        email = draft.fields.get("email")
        known = roster.outside_ids(self.db, self.source, "user").get(item.record.id)
        found = known or (roster.find_user(self.db, email) if email else None)
        if found is None:
            found = roster.add_user(self.db, draft.fields, self.batch.now)
            self.batch.journal.append(journal.created("user", [found]))
            self._link(item, mapping, "user", found, "created")
        else:
            self._overlay("user", found, draft.fields)
            self._link(item, mapping, "user", found, "updated" if mapping in item.links else "merged")
        roster.learn_outside_ids(self.db, self.source, "user", {item.record.id: found})

    def _pipeline(self, item: Item, mapping: str, draft: Draft) -> None:
        mine = roster.outside_ids(self.db, self.source, "pipeline")
        taken = roster.pipelines(self.db)
        names = {folded(name): id_ for name, id_ in taken.items() if id_ in mine.values()}
        found = mine.get(item.record.id) or names.get(folded(str(draft.fields.get("name"))))
        made = "updated" if mapping in item.links else "merged"
        fields = {**draft.fields, "name": self._free_name(str(draft.fields["name"]), taken, found)}
        if found is None:
            found = roster.add_pipeline(self.db, {"disabled": False, **fields}, self.batch.now)
            self.batch.journal.append(journal.created("pipeline", [found]))
            made = "created"
        else:
            self._overlay("pipeline", found, fields)
        self._stages(found, draft.children.get("stages", ()))
        roster.learn_outside_ids(self.db, self.source, "pipeline", {item.record.id: found})
        self._link(item, mapping, "pipeline", found, made)

    def _free_name(self, name: str, taken: dict[str, int], own: int | None) -> str:
        """A pipeline of the same name that is not this source's has stages of its own: they are kept apart."""
        return name if taken.get(name, own) == own else f"{name} ({self.source})"

    def _stages(self, pipeline_id: int, drafts: Sequence[Draft]) -> None:
        known = roster.outside_ids(self.db, self.source, "stage")
        mine = [s for s in roster.stages(self.db) if s.pipeline_id == pipeline_id]
        names = {folded(s.name): s.id for s in mine}
        last = max((s.position for s in mine), default=-1)
        for draft in drafts:
            outside = draft.outside_ids.get("id")
            found = (known.get(outside) if outside else None) or names.get(folded(str(draft.fields["name"])))
            if found is None:
                last += 1
                found = roster.add_stage(self.db, pipeline_id, _stage_fields(draft.fields, last), self.batch.now)
                self.batch.journal.append(journal.created("stage", [found]))
            else:
                self._overlay("stage", found, draft.fields)
            if outside:
                roster.learn_outside_ids(self.db, self.source, "stage", {outside: found})

    def _overlay(self, kind: str, id_: int, fields: JsonObject) -> None:
        before = canonical.load(self.db, kind, [id_])[id_]
        after = {**before, **fields}
        changed = difference(before, after)
        if changed:
            after["version"] = before["version"] + 1
            canonical.update(self.db, kind, [after], self.batch.now)
            self.batch.journal.append(journal.changed(kind, id_, after["version"], changed))

    def _link(self, item: Item, mapping: str, kind: str, id_: int, made: str) -> None:
        item.made.append(made)
        entity = item.targets[mapping] = Entity(kind, id_)  # type: ignore[arg-type]
        if mapping not in item.links:
            self.batch.new_links.append(NewLink(item, mapping, entity, "self", identity=True))


def _stage_fields(fields: JsonObject, position: int) -> JsonObject:
    category = fields.get("category") or "custom"
    return {"position": position, "likelihood": 0, "active": is_open(category), "category": category, **fields}
