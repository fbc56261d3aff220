"""Users and pipelines of a source: users join the hub's own by address, pipelines stay the source's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from hub.batch import Batch, Entity, Item, NewLink
from hub.roster_rows import RosterRows, Said, Settling
from sell_model.draft import Draft
from sell_model.pipelines import is_open
from sell_model.types import JsonObject
from storage import canonical, roster
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.pipelines import held_fields

Taken: TypeAlias = tuple[Item, str, Draft]
"""A source record, the mapping that read it, and what it read."""


@dataclass(slots=True)
class RosterKeeper:
    """Keeps the small tables within one transaction."""

    db: Writer
    batch: Batch
    source: str

    def keep(self, drafts: Iterable[Taken]) -> None:
        """Take in users and pipelines; nobody else adds any before the transaction ends."""
        roster.hold(self.db)
        users: list[Taken] = []
        pipelines: list[Taken] = []
        for each in drafts:
            (users if each[2].record_type == "user" else pipelines).append(each)
        if users:
            self._users(users)
        if pipelines:
            self._pipelines(pipelines)

    def _users(self, drafts: list[Taken]) -> None:
        mine = roster.outside_ids(self.db, self.source, "user")
        crowd = _Crowd.read(self.db, drafts, mine)
        # Those known by id first: an address that one of them gives up is free for another.
        in_order = sorted(drafts, key=lambda each: each[0].record.id not in mine)
        made = [(item, mapping, *crowd.meet(mine.get(item.record.id), draft)) for item, mapping, draft in in_order]
        crowd.people.number(self.db)
        crowd.people.write(self.db, self.batch)
        self._learn("user", mine, {item.record.id: row["id"] for item, _, row, _ in made})
        for item, mapping, row, is_new in made:
            self._link(item, mapping, "user", row["id"], is_new=is_new)

    def _pipelines(self, drafts: list[Taken]) -> None:
        mine = roster.outside_ids(self.db, self.source, "pipeline")
        rows = RosterRows("pipeline", canonical.load(self.db, "pipeline", mine.values()))
        stages = RosterRows("stage", canonical.load_where(self.db, "stage", "pipeline_id IN {in}", rows.rows))
        said = [Said(draft, rows.rows.get(mine.get(item.record.id, 0))) for item, _, draft in drafts]
        taken = set(roster.pipelines(self.db))
        held = held_fields(self.db, "pipeline", rows.rows)
        settling = Settling(rows, taken, self.source, lambda fields: {"disabled": False, **fields}, held)
        settling.settle(list(rows.rows.values()), said)
        rows.number(self.db)
        rows.write(self.db, self.batch)
        self._stages(stages, said)
        self._learn(
            "pipeline", mine, {one[0].record.id: each.row["id"] for one, each in zip(drafts, said, strict=True)}
        )
        for (item, mapping, _), each in zip(drafts, said, strict=True):
            self._link(item, mapping, "pipeline", each.row["id"], is_new=each.is_new)

    def _stages(self, rows: RosterRows, pipelines: list[Said]) -> None:
        mine = roster.outside_ids(self.db, self.source, "stage")
        held = held_fields(self.db, "stage", rows.rows)
        made: list[Said] = []
        for pipeline in pipelines:
            all_ = [row for row in (*rows.rows.values(), *rows.new) if row["pipeline_id"] == pipeline.row["id"]]
            there = [row for row in all_ if row.get("removed_at") is None]
            by_id = {row["id"]: row for row in there if "id" in row}
            drafts = pipeline.draft.children.get("stages", ())
            said = [Said(draft, by_id.get(mine.get(draft.outside_ids.get("id", ""), 0))) for draft in drafts]
            taken = {row["name"] for row in all_}
            Settling(rows, taken, self.source, _Appending(pipeline.row["id"], there), held).settle(there, said)
            made += said
        rows.number(self.db)
        rows.write(self.db, self.batch)
        ids = {each.draft.outside_ids["id"]: each.row["id"] for each in made if each.draft.outside_ids.get("id")}
        self._learn("stage", mine, ids)

    def _learn(self, kind: str, known: dict[str, int], ids: dict[str, int]) -> None:
        new = {value: id_ for value, id_ in ids.items() if known.get(value) != id_}
        roster.learn_outside_ids(self.db, self.source, kind, new)

    def _link(self, item: Item, mapping: str, kind: str, id_: int, *, is_new: bool) -> None:
        item.made.append("created" if is_new else "updated" if mapping in item.links else "merged")
        entity = item.targets[mapping] = Entity(kind, id_)  # type: ignore[arg-type]
        if mapping not in item.links:
            self.batch.new_links.append(NewLink(item, mapping, entity, "self", identity=True))


@dataclass(slots=True)
class _Crowd:
    """Users by address, as they stand and as the batch makes them."""

    people: RosterRows
    by_email: dict[str, CanonicalRow]

    @classmethod
    def read(cls, db: Writer, drafts: list[Taken], mine: dict[str, int]) -> _Crowd:
        """Read the users that these drafts may mean: by the source's own id or by address."""
        emails = roster.emails(db)
        found = {mine.get(item.record.id) for item, _, _ in drafts} | {emails.get(_email(d)) for _, _, d in drafts}
        people = RosterRows("user", canonical.load(db, "user", (id_ for id_ in found if id_ is not None)))
        return cls(people, {email: people.rows[id_] for email, id_ in emails.items() if id_ in people.rows})

    def meet(self, id_: int | None, draft: Draft) -> tuple[CanonicalRow, bool]:
        """Give the user that a draft means, with what it says written on; and whether it is a new one."""
        email = _email(draft)
        row = (self.people.rows.get(id_) if id_ is not None else None) or (self.by_email.get(email) if email else None)
        is_new = row is None
        if row is None:
            row = self.people.add({"status": "active", "role": "user"})
        elif self.by_email.get(before := (row["email"] or "").lower()) is row:
            del self.by_email[before]
        row.update(draft.fields)
        self.by_email.setdefault((row.get("email") or "").lower(), row)
        return row, is_new


def _email(draft: Draft) -> str:
    return str(draft.fields.get("email") or "").lower()


@dataclass(slots=True)
class _Appending:
    """Completes new stages of a pipeline: each behind the last."""

    pipeline_id: int
    there: list[CanonicalRow]
    added: int = 0

    def __call__(self, fields: JsonObject) -> JsonObject:
        """Give a new stage's row."""
        self.added += 1
        last = max((row["position"] or 0 for row in self.there), default=-1)
        category = fields.get("category") or "custom"
        usual = {"position": last + self.added, "likelihood": 0, "active": is_open(category)}
        return {**usual, "pipeline_id": self.pipeline_id, **fields, "category": category}
