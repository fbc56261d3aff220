"""Taking a batch in: from landed source records to owned canonical ones, within one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub import customer_status, keep
from hub.acquaintance import Acquaintance
from hub.activity_moves import move_along, standing_while_held
from hub.assign import assign
from hub.batch import Batch, Entity, Item, NewLink
from hub.conversion_edits import copy_of_sources
from hub.counting import outcome_of
from hub.implied import implied_by, imply
from hub.intent import Intent
from hub.match import Matcher, kind_of
from hub.merge import RANKED, Merger, waits
from hub.merged_at_source import follow_winners, give_turns_back
from hub.own_references import Resolvers
from hub.placing import place_associations, place_deals
from hub.resolve import Resolver
from hub.rosters import RosterKeeper
from hub.source_activities import SourceActivities
from hub.taggings import TAGS, place_taggings
from sell_model.draft import Draft, Reason
from sell_model.matching.keys import is_company
from sell_model.survivorship import Contribution
from sell_model.targets import BESIDE
from sell_model.types import utc_text
from storage import associations, canonical, landing, references
from storage.hot import Writer

_PEOPLE = ("lead", "contact")


@dataclass(slots=True)
class Taking:
    """One batch within its transaction; `take` reads downwards."""

    db: Writer
    intent: Intent
    batch: Batch
    _resolvers: Resolvers = field(init=False)
    activities: SourceActivities = field(init=False)

    def __post_init__(self) -> None:
        # The resolvers are an object of their own: a method of ours, held by what we hold, would keep each batch alive.
        self._resolvers = Resolvers(self.db, self.intent, self.batch.now)
        self.activities = SourceActivities(self.db, self.batch, self._resolvers.of)

    def take(self) -> None:
        """Match, merge, assign and keep what the batch's items say."""
        self._number_items()
        self._read_links()
        self._follow_winners()
        self._rosters()
        self._people()
        self._follow_winners()
        self._deals_and_relations()
        self._activities_and_tags()
        self._let_go()
        self._convert_leads()
        self.settle()
        self._fill_waiting()

    def settle(self) -> None:
        """Compute and keep the records that the batch has touched; it brings no source records of its own."""
        merger = self._merge()
        give_turns_back(self.db, self.batch)
        given = assign(self.db, self.batch, self.intent.default_pool)
        self._keep(merger)
        self._count_new()
        keep.keep_turns(self.db, self.batch, given)
        if self.intent.room is not None:
            self.intent.room.take(self.db, self.batch)

    def _count_new(self) -> None:
        for sort, made in (("person", self.batch.new_people), ("company", self.batch.new_companies)):
            if sort in self.intent.sizes:
                self.intent.sizes[sort] += len(made)

    def resolver_of(self, source: str) -> Resolver:
        """Give the resolver of a source's references, kept for the transaction."""
        return self._resolvers.of(source)

    def _number_items(self) -> None:
        new = [item for item in self.batch.items if item.known is None]
        ids = self.db.allocate("source_record", len(new)) if new else iter(())
        for item in new:
            item.id = next(ids)
        for item, moment in zip(self.batch.items, moments(self.batch.now, len(self.batch.items)), strict=True):
            same = item.known is not None and item.known.raw_hash == item.raw_hash
            item.landed_at = item.known.landed_at if same and item.known is not None else moment

    def _read_links(self) -> None:
        """Read what the known records feed: another source may have moved a link since they were landed."""
        by_id = {item.id: item for item in self.batch.items if item.known is not None}
        for link in landing.links(self.db, by_id) if by_id else ():
            by_id[link.source_record_id].links[link.mapping] = link

    def _follow_winners(self) -> None:
        if follow_winners(self.db, self.batch, self.intent.stream_id):
            self._read_links()

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
        drafts = self._drafts(*_PEOPLE)
        if not drafts and not any(item.held for item in self.batch.items):
            return
        known = Acquaintance(self.db, self.batch, self.intent.model, self.intent.sizes)
        known.recall()
        matcher = Matcher(self.db, self.batch, known, self.intent.reopen_leads, self.intent.existing)
        # Companies first: a person may work for one that the same record implies.
        for some in ([d for d in drafts if is_company(d[2])], [d for d in drafts if not is_company(d[2])]):
            matcher.match(self._resolved(some))
        known.keep_faces_of_held()
        lookup = "company" if self.intent.stream_kind == "companies" else "contact"
        for item, mapping, _ in drafts:
            target = item.targets.get(mapping)
            if target is not None and target.kind == "contact" and "#" not in mapping:
                resolver.learn(lookup, item.record.id, target.id, self.intent.stream)
        self._learn_people(drafts)

    def _learn_people(self, drafts: list[tuple[Item, str, Draft]]) -> None:
        """Let activities of this very batch find the people it brings: a ticket stands at the lead that it made."""
        if not any(self._drafts(*BESIDE, "tagging")):
            return
        resolver, kind = self.resolver_of(self.intent.source), self.intent.stream_kind
        streams = (self.intent.stream, None) if kind in {"people", "users"} else (self.intent.stream,)
        for item, mapping, draft in sorted(drafts, key=lambda each: each[2].record_type, reverse=True):
            target = item.targets.get(mapping)
            if target is not None and "#" not in mapping:  # leads first: of two the contact stays known
                resolver.learn_person(item.record.id, (target.kind, target.id), *streams)
                if not is_company(draft):
                    resolver.learn_address(draft.fields.get("email"), (target.kind, target.id))

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
        deals = [each for each in self._resolved(self._drafts("deal")) if self._lets_in(*each)]
        place_deals(self.db, self.batch, deals)
        for item, mapping, _ in deals:
            deal = item.targets[mapping].id
            self.resolver_of(self.intent.source).learn("deal", item.record.id, deal, self.intent.stream)
        place_associations(self.db, self.batch, self._resolved(self._drafts("association")))

    def _activities_and_tags(self) -> None:
        """What is kept beside people and deals, and tags for people whom other records feed."""
        self.activities.take(self._drafts(*BESIDE), self.intent.source, self._hold)
        if taggings := self._drafts("tagging"):
            place_taggings(self.batch, self.resolver_of(self.intent.source), taggings, self._hold)

    def _lets_in(self, item: Item, mapping: str, _draft: Draft) -> bool:
        """Hold a new deal that would go into a pipeline which takes no more."""
        stage_id = item.resolved[mapping].ids.get("stage_id")
        reason = self.resolver_of(self.intent.source).closed_to_new(stage_id) if mapping not in item.links else None
        if reason is not None:
            self._hold(item, mapping, (reason,))
        return reason is None

    def _resolved(self, drafts: list[tuple[Item, str, Draft]]) -> list[tuple[Item, str, Draft]]:
        """Resolve references; what cannot be is held, and drops out here."""
        resolver = self.resolver_of(self.intent.source)
        resolver.prefetch(draft for _, _, draft in drafts)
        good = []
        for item, mapping, draft in drafts:
            resolved = resolver.resolve(draft, _implied_by(item, mapping))
            if resolved.reasons:
                if all(reason.code == "waiting" for reason in resolved.reasons):
                    item.waiting[mapping] = resolved
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
                    if link.record_type in BESIDE:
                        self._unlink(link)
                    else:
                        self._touch(link)
            else:
                for mapping, link in item.links.items():
                    if not item.goes_on(mapping) and mapping not in item.targets:
                        self._unlink(link)
                    elif item.is_revived:
                        self._touch(link)
                self._promote(item)

    def _unlink(self, link: landing.LinkRow) -> None:
        """Let a record know that a source record feeds it no more; an activity goes with its record."""
        self.batch.dead_links.append(link)
        if link.record_type in BESIDE:
            self.activities.let_go(link)
        else:
            self._touch(link)

    def _promote(self, item: Item) -> None:
        """Where an item's identity link goes and no new one came, one that stays takes its place."""
        dead = {link.mapping for link in self.batch.dead_links if link.source_record_id == item.id}
        staying = [
            link
            for name, link in sorted(item.links.items())
            if name not in dead and "#" not in name and link.role == "self"
        ]
        if not item.links or item.has_identity or not staying or any(link.identity for link in staying):
            return
        link = staying[0]
        entity = item.targets.get(link.mapping) or self._touch(link)
        if entity is not None:
            self.batch.dead_links.append(link)
            self.batch.new_links.append(NewLink(item, link.mapping, entity, link.role, True, link.rank))

    def _convert_leads(self) -> None:
        """A lead that its source made a contact is one for all sources: what they say goes on to the contact."""
        for link in [k for k in self.batch.dead_links if k.record_type == "lead" and k.role != TAGS]:
            item = next((i for i in self.batch.items if i.id == link.source_record_id), None)
            contact = _contact_of(item) if item is not None else None
            if contact is not None:
                self.batch.converted.append((link.record_id, contact.id))
                self.batch.entity("lead", link.record_id).forced = {"gone_at_source": "converted"}
                others = landing.links_to(self.db, "lead", [link.record_id])
                self.batch.moved += [(k, contact) for k in others if k.source_record_id != link.source_record_id]
        copy_of_sources(self.db, self.batch)

    def _touch(self, link: landing.LinkRow) -> Entity | None:
        if link.record_type in {"lead", "contact", "deal", "association"}:
            return self.batch.entity(kind_of(link.record_type), link.record_id)
        return None

    def _merge(self) -> Merger:
        priority = self.intent.priority_of(self.intent.source)
        ranks = {(k.item.id, k.mapping): k.rank for k in self.batch.new_links}
        for item in self.batch.items:
            if item.is_gone:
                continue  # it speaks of consent alone
            for mapping, entity in item.targets.items():
                if mapping in item.resolved and mapping in item.drafts:
                    link = item.links.get(mapping)
                    rank = ranks.get((item.id, mapping), link.rank if link else 0)
                    changed_at = item.record.changed_at or item.landed_at
                    strength = priority + rank * RANKED
                    source = self.intent.source
                    voice = Contribution(item.id, item.drafts[mapping], strength, changed_at, source, rank)
                    entity.voices.append((voice, item.resolved[mapping]))
            if item.is_revived and item.held:
                self._let_standing_speak(item, priority)
        intent = self.intent
        of = (intent.priority_of, intent.currency, intent.value_basis, intent.survival)
        merger = Merger(self.db, self.batch, self.resolver_of, *of)
        relations = [e for e in self.batch.entities.values() if e.kind == "association"]
        merger.merge(e for e in self.batch.entities.values() if e.kind in _PEOPLE)
        self._hand_on_owners()
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

    def _let_standing_speak(self, item: Item, priority: int) -> None:
        """What is back at its source, but held, stands as its last good draft says."""
        for mapping, link in item.links.items():
            entity = self._touch(link)
            if entity is not None and mapping not in item.drafts and mapping in item.standing:
                draft = Draft.from_json(item.standing[mapping])
                resolved = self.resolver_of(self.intent.source).resolve(draft, _implied_by(item, mapping))
                changed_at = item.record.changed_at or item.landed_at
                strength = priority + link.rank * RANKED
                voice = Contribution(item.id, draft, strength, changed_at, self.intent.source, link.rank)
                entity.voices.append((voice, resolved))

    def _hand_on_owners(self) -> None:
        """A contact who was a lead until now keeps the lead's owner, where no source names another."""
        heirs = [e for e in self.batch.entities.values() if e.lead_id is not None and e.after is not None]
        leads = canonical.load(self.db, "lead", [e.lead_id for e in heirs if e.lead_id is not None]) if heirs else {}
        for entity in heirs:
            lead = leads.get(entity.lead_id or 0)
            free = entity.after is not None and entity.after["owner_id"] is None and not entity.owner_held
            if lead is not None and entity.after is not None and free:
                entity.after["owner_id"] = lead["owner_id"]

    def _name_primaries(self, deals: list[Entity], relations: list[Entity]) -> None:
        """A relation record that says who is the primary contact is believed over the deal itself."""
        named = associations.primaries(self.db, [d.id for d in deals], [r.id for r in relations])
        for relation in relations:
            after = relation.after
            if after is not None and after["is_primary"]:
                named[after["deal_id"]] = after["contact_id"]
        for deal in deals:
            if deal.after is not None and deal.id in named:
                deal.after["contact_id"] = named[deal.id]

    def _keep(self, merger: Merger) -> None:
        for item in self.batch.items:
            item.outcome = outcome_of(item)
        keep.keep_source_records(self.db, self.batch, self.intent.stream_id, self.intent.version)
        written = keep.keep_records(self.db, self.batch, self.batch.entities.values())
        keep.keep_stage_changes(self.db, self.batch, written)
        customers = customer_status.follow(self.db, self.batch, written)
        keep.keep_figures(self.db, written)
        self.activities.again(standing_while_held(self.batch))
        self.activities.write()
        keep.keep_links(self.db, self.batch)
        keep.keep_questions(self.db, self.batch)
        keep.keep_held(self.db, self.batch)
        known = [item for item in self.batch.items if item.known is not None]
        renewed = [
            (item.id, mapping)
            for item in known
            for mapping in {*item.resolved, *item.links, *item.waiting}
            if mapping not in item.held or mapping in item.waiting
        ]
        pending = [
            ref
            for item in self.batch.items
            for mapping, resolved in {**item.resolved, **item.waiting}.items()
            if mapping not in item.held or mapping in item.waiting
            for ref in waits(self.intent.source, item.id, mapping, resolved)
        ]
        keep.keep_pending(self.db, [*renewed, *self._vain(known)], pending)
        keep.keep_recalled(self.db, merger.renewed, merger.recalled)
        keep.keep_recalled(self.db, self.activities.renewed, self.activities.pending)
        keep.keep_associations(self.db, self.batch.entities.values(), self.batch.now)
        keep.keep_outbox(self.db, self.batch, [*written, *customers], self.intent.destinations)
        keep.keep_conversions(self.db, self.batch)
        move_along(self.db, self.batch, Taking(self.db, self.intent, self.batch).resolver_of)
        self.activities.bring_figures_in_line()

    def _vain(self, known: list[Item]) -> list[tuple[int, str]]:
        """What waited and does no more, since its mapping leaves it out, or holds it for something else."""
        by_id = {item.id: item for item in known}
        waiting = references.waiting_of(self.db, by_id)
        return [
            (id_, mapping)
            for id_, refs in waiting.items()
            for mapping in {str(ref[3]) for ref in refs}
            if mapping not in by_id[id_].links or by_id[id_].is_gone  # what is gone waits to be heard on consent alone
        ]

    def _fill_waiting(self) -> None:
        """Complete what waited for what this batch brought."""
        source = self.intent.source
        arrived = [k.item.record.id for k in self.batch.new_links if k.identity or k.entity.kind in _PEOPLE]
        arrived += [email for item in self.batch.items for draft in item.drafts.values() for email in _emails(draft)]
        lookups = _AWAITED.get(self.intent.stream_kind, ("contact", "person"))
        if not arrived or not references.any_pending(self.db, source):
            return
        waiting = references.waiting_for(self.db, source, lookups, arrived)
        if waiting:
            recompute(self.db, self.intent, self.batch, landing.links(self.db, waiting))


def _implied_by(item: Item, mapping: str) -> dict[str, int]:
    """The records made from the names in this very record, by reference."""
    own = f"{mapping.partition('#')[0]}#"
    return {name.removeprefix(own): entity.id for name, entity in item.targets.items() if name.startswith(own)}


_AWAITED = {"users": ("owner", "person"), "companies": ("company", "person"), "deals": ("deal",)}
"""Kind of stream → what may have waited for what it brings."""


def _emails(draft: Draft) -> list[str]:
    """The address by which a deal may name a contact and an activity a person, as given and in small letters."""
    email = draft.fields.get("email") if draft.record_type in _PEOPLE else None
    return [email, email.lower()] if email else []


def _contact_of(item: Item) -> Entity | None:
    """The contact that a person's record feeds now."""
    for mapping, entity in item.targets.items():
        if entity.kind == "contact" and not entity.is_company and "#" not in mapping:
            return entity
    return None


def moments(now: str, count: int) -> list[str]:
    """Give so many moments from now on, a microsecond apart: records of one batch are as recent as they came."""
    first = datetime.fromisoformat(now)
    return [utc_text(first + timedelta(microseconds=number)) for number in range(count)]


def recompute(
    db: Writer, intent: Intent, batch: Batch, links: Iterable[landing.LinkRow], *, deal_out: bool = False
) -> None:
    """Compute anew the records that these links lead to, from what is stored.

    Args:
        deal_out: who is without an owner then is dealt out by the default pool, as new records are.
    """
    taking = Taking(db, intent, Batch(batch.now, batch.run_id, [], by=batch.by))
    those = list(links)
    taking.activities.again(those)
    for link in those:
        entity = taking._touch(link)
        if entity is not None:
            entity.awaited_until_now = deal_out
    taking.settle()
    batch.journal += taking.batch.journal
