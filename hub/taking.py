"""Taking a batch in: from landed source records to owned canonical ones, within one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hub import keep
from hub.assign import assign
from hub.batch import Batch, Entity, Item
from hub.implied import implied_by, imply
from hub.match import Matcher, place_others
from hub.merge import RANKED, Merger, waits
from hub.merged_at_source import follow_winners
from hub.resolve import Resolver
from hub.rosters import RosterKeeper
from sell_model.draft import Draft, Reason
from sell_model.matching.keys import is_company
from sell_model.survivorship import Contribution
from storage import associations, landing, references
from storage.hot import Writer

_PEOPLE = ("lead", "contact")


@dataclass(frozen=True, slots=True)
class Intent:
    """What holds for every batch of one stream's sync."""

    source: str
    stream_id: int
    stream_kind: str
    version: str
    """The mapping version in force."""
    priority_of: Callable[[str], int]
    users_awaited: Callable[[str], bool]
    default_pool: Callable[[str], int | None]
    currency: str
    reopen_leads: bool = False
    existing: str = "update"
    destinations: tuple[str, ...] = ()


@dataclass(slots=True)
class Taking:
    """One batch within its transaction; `take` reads downwards."""

    db: Writer
    intent: Intent
    batch: Batch
    _resolvers: dict[str, Resolver] = field(default_factory=dict)

    def take(self) -> None:
        """Match, merge, assign and keep what the batch's items say."""
        self._number_items()
        self._rosters()
        self._people()
        self._deals_and_relations()
        self._let_go()
        merger = self._merge()
        turns = assign(self.db, self.batch.entities.values(), self.intent.default_pool)
        self._keep(merger)
        keep.keep_turns(self.db, self.batch, turns)
        self._fill_waiting()

    def resolver_of(self, source: str) -> Resolver:
        """Give the resolver of a source's references, kept for the transaction."""
        if source not in self._resolvers:
            awaited = bool(source) and self.intent.users_awaited(source)
            self._resolvers[source] = Resolver(self.db, source, self.batch.now, awaited, self.intent.currency)
        return self._resolvers[source]

    def _number_items(self) -> None:
        new = [item for item in self.batch.items if item.known is None]
        ids = self.db.allocate("source_record", len(new)) if new else iter(())
        for item in new:
            item.id = next(ids)

    def _drafts(self, *types: str) -> list[tuple[Item, str, Draft]]:
        return [
            (item, mapping, draft)
            for item in self.batch.items
            for mapping, draft in list(item.drafts.items())
            if draft.record_type in types
        ]

    def _rosters(self) -> None:
        drafts = self._drafts("user", "pipeline")
        if drafts:
            RosterKeeper(self.db, self.batch, self.intent.source).keep(drafts)

    def _people(self) -> None:
        """Leads and contacts, those implied by deals among them."""
        resolver = self.resolver_of(self.intent.source)
        naming = self._drafts("deal", "contact")
        resolver.prefetch(draft for _, _, draft in naming)
        for item, mapping, draft in naming:
            self._imply(item, mapping, draft)
        matcher = Matcher(self.db, self.batch, self.intent.reopen_leads, self.intent.existing)
        drafts = self._drafts(*_PEOPLE)
        # Companies first: a person may work for one that the same record implies.
        for some in ([d for d in drafts if is_company(d[2])], [d for d in drafts if not is_company(d[2])]):
            matcher.match(self._resolved(some))
        lookup = "company" if self.intent.stream_kind == "companies" else "contact"
        for item, mapping, _ in drafts:
            target = item.targets.get(mapping)
            if target is not None and target.kind == "contact" and "#" not in mapping:
                resolver.learn(lookup, item.record.id, target.id)

    def _imply(self, item: Item, mapping: str, draft: Draft) -> None:
        """Make what a draft implies, unless the draft itself cannot stand: then it is held, and makes nothing."""
        resolver = self.resolver_of(self.intent.source)
        names = implied_by(draft, resolver)
        if not names:
            return
        reasons = resolver.resolve(draft, dict.fromkeys(names, 0)).reasons
        if reasons:
            self._hold(item, mapping, tuple(reasons))
        else:
            imply(item, mapping, draft, names, self.intent.source)

    def _deals_and_relations(self) -> None:
        deals = self._resolved(self._drafts("deal"))
        place_others(self.db, self.batch, deals, "deal")
        for item, mapping, _ in deals:
            self.resolver_of(self.intent.source).learn("deal", item.record.id, item.targets[mapping].id)
        place_others(self.db, self.batch, self._resolved(self._drafts("association")), "association")

    def _resolved(self, drafts: list[tuple[Item, str, Draft]]) -> list[tuple[Item, str, Draft]]:
        """Resolve references; what cannot be is held, and drops out here."""
        resolver = self.resolver_of(self.intent.source)
        resolver.prefetch(draft for _, _, draft in drafts)
        good = []
        for item, mapping, draft in drafts:
            resolved = resolver.resolve(draft, _implied_by(item, mapping))
            if resolved.reasons:
                self._hold(item, mapping, tuple(resolved.reasons))
                continue
            item.resolved[mapping] = resolved
            good.append((item, mapping, draft))
        return good

    def _hold(self, item: Item, mapping: str, reasons: tuple[Reason, ...]) -> None:
        item.held[mapping] = reasons
        for name in [n for n in item.drafts if n == mapping or n.startswith(f"{mapping}#")]:
            del item.drafts[name]

    def _let_go(self) -> None:
        """Unlink what its mapping leaves out now; touch what is gone at the source."""
        for item in self.batch.items:
            if item.is_gone:
                for link in item.links.values():
                    self._touch(link)
            else:
                for mapping, link in item.links.items():
                    if mapping not in item.drafts and mapping.partition("#")[0] not in item.held:
                        self.batch.dead_links.append(link)
                        self._touch(link)
        follow_winners(self.db, self.batch, self.intent.stream_id)

    def _touch(self, link: landing.LinkRow) -> None:
        if link.record_type in {"lead", "contact", "deal", "association"}:
            self.batch.entity(link.record_type, link.record_id)  # type: ignore[arg-type]

    def _merge(self) -> Merger:
        priority = self.intent.priority_of(self.intent.source)
        ranks = {(k.item.id, k.mapping): k.rank for k in self.batch.new_links}
        for item in self.batch.items:
            for mapping, entity in item.targets.items():
                if mapping in item.resolved:
                    link = item.links.get(mapping)
                    rank = link.rank if link else ranks.get((item.id, mapping), 0)
                    changed_at = item.record.changed_at or self.batch.now
                    voice = Contribution(item.id, item.drafts[mapping], priority + rank * RANKED, changed_at)
                    entity.voices.append((voice, item.resolved[mapping]))
        merger = Merger(self.db, self.batch, self.resolver_of, self.intent.priority_of, self.intent.currency)
        relations = [e for e in self.batch.entities.values() if e.kind == "association"]
        merger.merge(e for e in self.batch.entities.values() if e.kind in _PEOPLE)
        merger.merge(relations)
        for relation in relations:
            for row in (relation.row, relation.after):
                if row is not None:
                    self.batch.entity("deal", row["deal_id"])
        deals = [e for e in self.batch.entities.values() if e.kind == "deal"]
        if deals:
            merger.merge(deals)
            self._name_primaries(deals, relations)
        return merger

    def _name_primaries(self, deals: list[Entity], relations: list[Entity]) -> None:
        """A relation record that says who is the primary contact is believed over the deal itself."""
        named = associations.primaries(self.db, [d.id for d in deals])
        for relation in relations:
            after = relation.after
            if after is not None and not after.get("gone_at_source") and after["is_primary"]:
                named[after["deal_id"]] = after["contact_id"]
        for deal in deals:
            if deal.after is not None and deal.id in named:
                deal.after["contact_id"] = named[deal.id]

    def _keep(self, merger: Merger) -> None:
        for item in self.batch.items:
            item.outcome = outcome_of(item)
        keep.keep_source_records(self.db, self.batch, self.intent.stream_id, self.intent.version)
        written = keep.keep_records(self.db, self.batch, self.batch.entities.values())
        keep.keep_links(self.db, self.batch)
        keep.keep_held(self.db, self.batch)
        known = [item for item in self.batch.items if item.known is not None]
        renewed = [(item.id, mapping) for item in known for mapping in {*item.resolved, *item.links}]
        pending = [
            ref
            for item in self.batch.items
            for mapping, resolved in item.resolved.items()
            for ref in waits(self.intent.source, item.id, mapping, resolved)
        ]
        keep.keep_pending(self.db, [*renewed, *merger.renewed], [*pending, *merger.recalled])
        keep.keep_associations(self.db, self.batch.entities.values(), self.batch.now)
        keep.keep_outbox(self.db, self.batch, written, self.intent.destinations)

    def _fill_waiting(self) -> None:
        """Complete what waited for what this batch brought."""
        source = self.intent.source
        arrived = [link.item.record.id for link in self.batch.new_links if link.identity]
        lookups = {"users": ("owner",), "companies": ("company",), "deals": ("deal",)}.get(
            self.intent.stream_kind, ("contact",)
        )
        if not arrived or not references.any_pending(self.db, source):
            return
        waiting = references.waiting_for(self.db, source, lookups, arrived)
        if waiting:
            recompute(self.db, self.intent, self.batch, landing.links(self.db, waiting))


def _implied_by(item: Item, mapping: str) -> dict[str, int]:
    """The records made from the names in this very record, by reference."""
    own = f"{mapping.partition('#')[0]}#"
    return {name.removeprefix(own): entity.id for name, entity in item.targets.items() if name.startswith(own)}


def recompute(db: Writer, intent: Intent, batch: Batch, links: Iterable[landing.LinkRow]) -> None:
    """Compute anew the records that these links lead to, from what is stored."""
    later = Batch(batch.now, batch.run_id, [])
    taking = Taking(db, intent, later)
    for link in links:
        taking._touch(link)
    merger = taking._merge()
    turns = assign(db, later.entities.values(), intent.default_pool)
    taking._keep(merger)
    keep.keep_turns(db, later, turns)
    batch.journal += later.journal


def outcome_of(item: Item) -> str:
    """Tell in which of the counts an item falls."""
    if item.held:
        return "held"
    if item.is_gone:
        return "updated"
    for made in ("created", "merged"):
        if made in item.made:
            return made
    if "updated" in item.made or item.links:
        return "unchanged" if _says_the_same(item) else "updated"
    return "skipped"


def _says_the_same(item: Item) -> bool:
    revived = item.known is not None and item.known.deleted_at is not None
    now = {mapping: draft.to_json() for mapping, draft in item.drafts.items()}
    return not revived and now == item.standing
