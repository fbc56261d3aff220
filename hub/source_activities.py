"""Activities that sources bring: each source record's draft is one row, beside whom it is about.

Read `take` for what a batch brings, `again` for what is placed anew, `write` for what is written. Where an activity
stands is decided by its references; one that stands somewhere stays there while its source names the same people, and
whoever it was merged into or converted to looks through to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from hub.activity_drafts import Saying, lies_ahead, place_of, row_of, same_places
from hub.batch import Batch, Entity, Item, NewLink, Resolved
from hub.match import Ids, is_identity
from hub.merge import waits
from hub.resolve import Resolver
from hub.rows import difference
from sell_model.draft import Draft, Reason
from sell_model.errors import TransientError
from sell_model.targets import BESIDE
from sell_model.types import read_time
from storage import activity_figures, activity_rows, canonical, journal, landing
from storage.activity_rows import REMOVED, places_of_rows
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.landing import LinkRow
from storage.looking_through import Place
from storage.references import PendingRef

Hold = Callable[[Item, str, tuple[Reason, ...]], None]
Key = tuple[str, int]
"""Kind and id of an activity."""


@dataclass(slots=True)
class _Wanted:
    """An activity on its way: what is said of it, how it stands, where it is to stand."""

    saying: Saying
    resolved: Resolved
    kind: str
    row: CanonicalRow | None
    before: Saying | None
    item: Item | None = None
    """None: it is placed anew, and nothing was said."""
    mapping: str = ""

    @property
    def stands_at(self) -> Place | None:
        """Where it stands now."""
        return _place(self.row) if self.row is not None else None

    @property
    def says_the_same_places(self) -> bool:
        """Whether it is about the same people as before."""
        return self.before is not None and same_places(self.before.draft, self.saying.draft)


@dataclass(slots=True)
class SourceActivities:
    """Keeps the activities of one batch's source records within one transaction."""

    db: Writer
    batch: Batch
    resolver_of: Callable[[str], Resolver]
    renewed: list[tuple[int, str]] = field(default_factory=list)
    """Source records and mappings whose references were resolved anew by `again`."""
    pending: list[PendingRef] = field(default_factory=list)
    """What those wait for now."""
    _new: dict[str, list[CanonicalRow]] = field(default_factory=dict)
    _changed: dict[str, list[tuple[CanonicalRow, CanonicalRow]]] = field(default_factory=dict)
    _gone: list[LinkRow] = field(default_factory=list)
    _concerned: set[Place] = field(default_factory=set)

    def take(self, drafts: list[tuple[Item, str, Draft]], source: str, hold: Hold) -> None:
        """Give each draft its row: as it stands, changed, or new. What is about nobody known waits, held or silent."""
        if not drafts:
            return
        resolver = self.resolver_of(source)
        resolver.prefetch(draft for _, _, draft in drafts)
        rows = self._rows(k for item, _, _ in drafts for k in item.links.values())
        wanted = []
        for item, mapping, draft in drafts:
            link = item.links.get(mapping)
            if link is not None and link.role == REMOVED:
                item.made += ["skipped"] if len(item.drafts) == 1 else []
                continue
            one = _wanted(item, mapping, draft, source, resolver, rows.get(_key(link)) if link else None)
            if self._stands(one, hold):
                wanted.append(one)
        self._place(self._numbered(wanted, source, hold))

    def let_go(self, link: LinkRow) -> None:
        """Remove the activity of a link that is no more."""
        self._gone.append(link)

    def again(self, links: Iterable[LinkRow]) -> None:
        """Place activities anew, from the drafts that stand: what they waited for came, or their people moved."""
        those = [link for link in links if link.record_type in BESIDE and link.role != REMOVED]
        rows = self._rows(those)
        live = landing.spoken(self.db, {link.source_record_id for link in those})
        drafts: list[tuple[LinkRow, landing.LiveRow, Draft]] = []
        for link in those:
            spoken = live.get(link.source_record_id)
            standing = orjson.loads(spoken.good_drafts).get(link.mapping) if spoken and spoken.good_drafts else None
            if spoken is not None and spoken.deleted_at is None and standing is not None and _key(link) in rows:
                drafts.append((link, spoken, Draft.from_json(standing)))
        for source in {spoken.source for _, spoken, _ in drafts}:
            self.resolver_of(source).prefetch(draft for _, spoken, draft in drafts if spoken.source == source)
        wanted = []
        for link, spoken, draft in drafts:
            resolved = self.resolver_of(spoken.source).resolve(draft, {})
            saying = Saying(draft, spoken.source, "", spoken.landed_at)
            wanted.append(_Wanted(saying, resolved, link.record_type, rows[_key(link)], saying))
            self.renewed.append((link.source_record_id, link.mapping))
            self.pending += waits(spoken.source, link.source_record_id, link.mapping, resolved)
        self._place(wanted)

    def write(self) -> None:
        """Write what is new, changed and gone, with the journal of it."""
        self._remove()
        for kind, pairs in self._changed.items():
            for before, after in pairs:
                after["version"] = before["version"] + 1
                was = difference(before, after)
                was.pop("version")
                self.batch.journal.append(journal.changed(kind, after["id"], after["version"], was))
            activity_rows.update(self.db, kind, [after for _, after in pairs], self.batch.now)
        for kind, new in self._new.items():
            activity_rows.insert(self.db, kind, new, self.batch.now)
            self.batch.journal.append(journal.created(kind, [row["id"] for row in new]))
        self._new, self._changed, self._gone = {}, {}, []

    def bring_figures_in_line(self) -> None:
        """Compute the figures of all whom the batch's activities concern, or did until now; once links are written."""
        activity_figures.refresh(self.db, self._concerned)
        self._concerned = set()

    def _rows(self, links: Iterable[LinkRow]) -> dict[Key, CanonicalRow]:
        """The rows behind links, locked."""
        by_kind: dict[str, set[int]] = {}
        for link in links:
            if link.record_type in BESIDE:
                by_kind.setdefault(link.record_type, set()).add(link.record_id)
        return {
            (kind, id_): row
            for kind in sorted(by_kind)
            for id_, row in canonical.load(self.db, kind, by_kind[kind], lock=True).items()
        }

    def _stands(self, one: _Wanted, hold: Hold) -> bool:
        """Whether a draft can stand; what cannot is held, or waits without a word."""
        item, resolved = one.item, one.resolved
        if item is None:
            return True
        if one.stands_at is not None and one.says_the_same_places:  # it stays where it is
            resolved.reasons = [reason for reason in resolved.reasons if reason.code != "waiting"]
            resolved.waits_silently = False
        if ahead := lies_ahead(one.saying.draft, self.batch.now):
            resolved.reasons.append(ahead)
        if resolved.reasons:
            if all(reason.code == "waiting" for reason in resolved.reasons):
                item.waiting[one.mapping] = resolved
            hold(item, one.mapping, tuple(resolved.reasons))
            return False
        if resolved.waits_silently:
            item.waiting[one.mapping] = resolved
            del item.drafts[one.mapping]
            return False
        item.resolved[one.mapping] = resolved
        return True

    def _numbered(self, wanted: list[_Wanted], source: str, hold: Hold) -> list[_Wanted]:
        """Hold a ticket that bears the number of another one of its source."""
        numbers = {id(one): one.saying.columns()["external_id"] for one in wanted if one.kind == "ticket"}
        if not numbers:
            return wanted
        taken = activity_rows.tickets_called(self.db, source, set(numbers.values()))
        good = []
        for one in wanted:
            number, own = numbers.get(id(one)), one.row["id"] if one.row is not None else None
            if number is not None and taken.get(number) not in (None, own):
                _refuse(one, _number_taken(number), hold)
                continue
            if number is not None:
                taken[number] = own or 0
            good.append(one)
        return good

    def _place(self, wanted: list[_Wanted]) -> None:
        """Decide where each stands, and note what that changes."""
        places = {id(one): place_of(one.kind, one.resolved) for one in wanted}
        kept = [one for one in wanted if one.says_the_same_places and one.stands_at is not None]
        seen_at = activity_rows.heirs(self.db, {p for o in kept if (p := o.stands_at) and p != places[id(o)]})
        for one in kept:
            at, place = one.stands_at, places[id(one)]
            if at is not None and (place is None or place in seen_at.get(at, ())):
                places[id(one)] = at
        self._expect_there({place for place in places.values() if place is not None})
        ids = Ids(self.db, len(wanted) + 1)
        for one in wanted:
            self._note(one, places[id(one)], ids)

    def _expect_there(self, places: set[Place]) -> None:
        """See that nobody removes what these activities are to stand at.

        Raises:
            TransientError: it was removed just now, by an undo at the same time.
        """
        new = {(entity.kind, entity.id) for entity in self.batch.entities.values() if entity.is_new}
        missing = places - new
        missing -= activity_rows.hold_places(self.db, missing)
        if missing:
            named = ", ".join(f"{kind} {id_}" for kind, id_ in sorted(missing)[:5])
            raise TransientError(f"removed just now by somebody else: {named}", fix="run it again")

    def _note(self, one: _Wanted, place: Place | None, ids: Ids) -> None:
        after = row_of(one.saying, one.resolved, one.row, one.before)
        after["resource_type"], after["resource_id"] = place if place is not None else (None, None)
        if one.row is None:
            after["id"] = ids.take(one.kind)
            self._new.setdefault(one.kind, []).append(after)
            self._concerned |= places_of_rows([after])
            self._link(one, after["id"])
        elif difference(one.row, after):
            self._changed.setdefault(one.kind, []).append((one.row, after))
            self._concerned |= places_of_rows([one.row, after])
        if one.item is not None:
            one.item.made.append("updated" if one.row is not None else "created")

    def _link(self, one: _Wanted, id_: int) -> None:
        if one.item is not None:
            entity = Entity(one.kind, id_)  # type: ignore[arg-type]  # not one of those that are merged
            identity = is_identity(self.batch, one.item, one.mapping)
            if (old := one.item.links.get(one.mapping)) is not None:  # its row is there no more
                self.batch.dead_links.append(old)
            self.batch.new_links.append(NewLink(one.item, one.mapping, entity, "self", identity))

    def _remove(self) -> None:
        rows = self._rows(self._gone)
        for kind in sorted({kind for kind, _ in rows}):
            going = [row for (its, _), row in rows.items() if its == kind]
            self.batch.journal += [journal.Entry("removed", kind, row["id"], row["version"], row) for row in going]
            activity_rows.remove(self.db, kind, [row["id"] for row in going])
        self._concerned |= places_of_rows(rows.values())


def _wanted(
    item: Item, mapping: str, draft: Draft, source: str, resolver: Resolver, row: CanonicalRow | None
) -> _Wanted:
    moment = min(_moment(draft.updated_at or item.record.changed_at, item.landed_at), item.landed_at)
    saying = Saying(draft, source, item.record.id, moment)
    standing = item.standing.get(mapping)
    before = Saying(Draft.from_json(standing), source, item.record.id, moment) if standing and row else None
    return _Wanted(saying, resolver.resolve(draft, {}), draft.record_type, row, before, item, mapping)


def _moment(text: str | None, otherwise: str) -> str:
    """Write a vendor's time as all times are kept; what is none is no time of the activity."""
    try:
        return read_time(text) if text else otherwise
    except ValueError:
        return otherwise


def _key(link: LinkRow) -> Key:
    return (link.record_type, link.record_id)


def _place(row: CanonicalRow) -> Place | None:
    return (row["resource_type"], row["resource_id"]) if row["resource_id"] is not None else None


def _refuse(one: _Wanted, reason: Reason, hold: Hold) -> None:
    if one.item is not None:
        del one.item.resolved[one.mapping]
        hold(one.item, one.mapping, (reason,))


def _number_taken(number: str) -> Reason:
    return Reason(
        "external_id",
        number,
        "another ticket of this source bears this number",
        "let only one stream and one mapping of the source feed tickets, or map another field to external_id",
    )
