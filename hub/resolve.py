"""References: from the source's own ids and names to ours; what is not here yet waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.batch import Resolved
from hub.settings import HAND
from sell_model.draft import Draft, Reason, Ref
from sell_model.matching.normal_forms import email_key, folded
from sell_model.money import to_minor
from sell_model.pipelines import is_open
from sell_model.targets import BESIDE, PLACES, TARGETS
from storage import roster
from storage.hot import Writer
from storage.looking_through import Place
from storage.persons import find_persons
from storage.pipelines import disabled_by_hand
from storage.references import find_linked

_NAMED = {
    "source": "source",
    "loss_reason": "loss_reason",
    "unqualified_reason": "unqualified_reason",
    "outcome": "outcome",
}
_WITHOUT_TYPE = ("loss_reason", "call_outcome", "visit_outcome")
"""Tables of names that are of one type of record alone."""
RECORD_LOOKUPS = ("contact", "company", "deal")
SHOWN = 8
"""How many possible values a message lists."""


@dataclass(slots=True)
class Resolver:
    """Resolves the references of one source's drafts, within one transaction.

    Args:
        source: the source's name in hub.toml.
        users_awaited: the source lists its users but they were never read: an unknown owner may come.
    """

    db: Writer
    source: str
    now: str
    users_awaited: bool = False
    currency: str = "USD"
    _owners: dict[str, int] = field(default_factory=dict)
    _emails: dict[str, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _pools: dict[tuple[str, str], int] = field(default_factory=dict)
    _stages: list[roster.StageRow] = field(default_factory=list)
    _stage_ids: dict[str, int] = field(default_factory=dict)
    _pipeline_ids: dict[str, int] = field(default_factory=dict)
    _named: dict[tuple[str, str | None], dict[str, int]] = field(default_factory=dict)
    _linked: dict[tuple[str, str | None, str], int] = field(default_factory=dict)
    _persons: dict[tuple[str | None, str], Place] = field(default_factory=dict)
    _addresses: dict[str, Place] = field(default_factory=dict)
    _roster_read: bool = False

    def prefetch(self, drafts: Iterable[Draft]) -> None:
        """Look up all that these drafts point to in one go; what was not looked up counts as not here."""
        wanted: dict[tuple[str, str | None], set[str]] = {}
        for draft in drafts:
            for ref in _all_refs(draft):
                if ref.lookup in RECORD_LOOKUPS or ref.lookup == "person":
                    wanted.setdefault((ref.lookup, ref.stream), set()).add(ref.value)
        for (lookup, stream), values in wanted.items():
            if lookup == "person":
                unknown = {v for v in values if (stream, v) not in self._persons}
                for value, place in find_persons(self.db, self.source, stream, unknown).items():
                    self._persons[stream, value] = place
                continue
            unknown = {v for v in values if (lookup, stream, v) not in self._linked}
            for value, id_ in find_linked(self.db, self.source, lookup, unknown, stream).items():
                self._linked[lookup, stream, value] = id_

    def learn(self, lookup: str, source_id: str, record_id: int, stream: str = "") -> None:
        """Note what this batch has just made, so that what follows can point to it, whether it names the stream or not.

        Args:
            stream: the source's stream that the record came by.
        """
        for each in (None, stream):
            self._linked[lookup, each, source_id] = record_id

    def learn_person(self, value: str, place: Place, *streams: str | None) -> None:
        """Note whom this batch has just made, by their id in any of these streams, or by an address of theirs."""
        for stream in streams:
            self._persons[stream, value] = place

    def learn_address(self, email: str | None, place: Place) -> None:
        """Note who of this batch bears an address; a contact is meant before a lead, the older one before the newer."""
        if key := email_key(email):
            self._addresses[key] = _meant(place, self._addresses.get(key, place))

    def knows(self, ref: Ref) -> bool:
        """Whether a prefetched reference leads to a record."""
        return (ref.lookup, ref.stream, ref.value) in self._linked

    def resolve(self, draft: Draft, implied: dict[str, int]) -> Resolved:
        """Resolve a draft's references.

        Args:
            implied: references whose record was made from this very draft (`otherwise: create`).
        """
        result = Resolved()
        refs = TARGETS[draft.record_type].refs
        for name, ref in draft.refs.items():
            if name in implied:
                result.ids[refs[name].column] = implied[name]
            else:
                self._resolve_one(draft, name, ref, refs[name].column, result)
        for child in draft.children.get("associated_contacts", ()):
            self._associate(child, result)
        _complete(draft, result, self.currency)
        return result

    def _resolve_one(self, draft: Draft, name: str, ref: Ref, column: str, result: Resolved) -> None:
        if ref.lookup == "owner":
            self._owner(draft, name, ref, column, result)
        elif ref.lookup == "person":
            self._person(name, ref, result)
        elif ref.lookup in RECORD_LOOKUPS:
            self._record(name, ref, column, result)
        elif ref.lookup in _NAMED:
            self._name(draft, name, ref, column, result)
        elif ref.lookup == "stage":
            self._stage(draft, ref, result)

    def _read_roster(self) -> None:
        if self._roster_read:
            return
        people = roster.users(self.db)
        self._emails = {u.email.lower(): u.id for u in reversed(people) if u.email}
        self._names = {folded(u.name): u.id for u in reversed(people) if u.name}
        self._owners = roster.outside_ids(self.db, self.source, "user")
        self._pools = {(p.record_type, p.name.lower()): p.id for p in roster.pools(self.db)}
        self._stages = roster.stages(self.db)
        standing = {stage.id for stage in self._stages}
        known = roster.outside_ids(self.db, self.source, "stage")
        self._stage_ids = {value: id_ for value, id_ in known.items() if id_ in standing}
        self._pipeline_ids = roster.outside_ids(self.db, self.source, "pipeline")
        self._roster_read = True

    def forget_roster(self) -> None:
        """Read users, pools and stages anew at the next use."""
        self._roster_read = False

    def _owner(self, draft: Draft, name: str, ref: Ref, column: str, result: Resolved) -> None:
        self._read_roster()
        value = ref.value.strip()
        found = self._owners.get(value) or self._emails.get(value.lower()) or self._names.get(folded(value))
        if found is not None:
            result.ids[column] = found
        elif (pool := self._pools.get((draft.record_type, value.lower()))) is not None:
            result.pool_id = pool
        elif self.users_awaited:
            result.pending[name] = ref
        else:
            self._otherwise_owner(draft, name, ref, column, result)

    def _otherwise_owner(self, draft: Draft, name: str, ref: Ref, column: str, result: Resolved) -> None:
        chosen = ref.otherwise if isinstance(ref.otherwise, dict) else {}
        if pool := chosen.get("pool"):
            result.pool_id = self._pools.get((draft.record_type, pool.lower()))
            if result.pool_id is None:
                result.reasons.append(_no_pool(draft, pool))
        elif user := chosen.get("user"):
            if (id_ := self._emails.get(user.lower())) is not None:
                result.ids[column] = id_
            else:
                result.reasons.append(self._unknown_owner(name, Ref("owner", user)))
        elif ref.otherwise != "leave":
            result.reasons.append(self._unknown_owner(name, ref))

    def _unknown_owner(self, name: str, ref: Ref) -> Reason:
        known = sorted(self._emails)[:SHOWN]
        return Reason(
            name,
            ref.value,
            f"no user and no pool bears this id, address or name; users: {', '.join(known) or 'none'}",
            f"add the user (hub.toml [[users]], or sync the source's users), or say `otherwise:` for {name}",
            "unknown_owner",
        )

    def _record(self, name: str, ref: Ref, column: str, result: Resolved) -> None:
        if (id_ := self._linked.get((ref.lookup, ref.stream, ref.value))) is not None:
            result.ids[column] = id_
        elif ref.otherwise != "leave":
            result.pending[name] = ref

    def _person(self, name: str, ref: Ref, result: Resolved) -> None:
        known = self._persons.get((ref.stream, ref.value))
        new = self._addresses.get(email_key(ref.value) or "") if "@" in ref.value else None
        result.person = new if known is None or (new and new[0] == "contact" and known[0] == "lead") else known
        if result.person is None and ref.otherwise != "leave":
            result.pending[name] = ref

    def _associate(self, child: Draft, result: Resolved) -> None:
        ref = child.refs.get("contact")
        if ref is None:
            return
        mine = Resolved()
        self._record("contact", ref, "contact_id", mine)
        if "contact_id" in mine.ids:
            result.associated.append(
                {
                    "contact_id": mine.ids["contact_id"],
                    "role": child.fields.get("role"),
                    "is_primary": bool(child.fields.get("is_primary")),
                }
            )
        elif mine.pending:
            result.pending[f"associated_contacts.{ref.value}"] = ref

    def _name(self, draft: Draft, name: str, ref: Ref, column: str, result: Resolved) -> None:
        table = f"{draft.record_type}_outcome" if ref.lookup == "outcome" else _NAMED[ref.lookup]
        record_type = None if table in _WITHOUT_TYPE else draft.record_type
        known = self._named.get((table, record_type))
        if known is None:
            known = self._named[table, record_type] = {
                folded(k): v for k, v in roster.named(self.db, table, record_type).items()
            }
        key = folded(ref.value)
        if key not in known and ref.otherwise == "create":
            known[key] = roster.add_named(self.db, table, record_type, ref.value.strip(), self.now)
        if key in known:
            result.ids[column] = known[key]
        elif ref.otherwise != "leave":
            result.reasons.append(
                Reason(
                    name,
                    ref.value,
                    f"no {name.replace('_', ' ')} has this name; known: {', '.join(sorted(known)[:SHOWN]) or 'none'}",
                    f"map it with `values:` for {name}, or say `otherwise: create`",
                    "unknown_value",
                )
            )

    def _stage(self, draft: Draft, ref: Ref, result: Resolved) -> None:
        self._read_roster()
        pipeline = self._pipeline(draft)
        found = self._stage_ids.get(ref.value) or self._stage_named(ref.value, pipeline)
        if found is None and isinstance(ref.otherwise, dict) and "stage" in ref.otherwise:
            found = self._stage_named(ref.otherwise["stage"], pipeline)
        if found is not None:
            result.ids["stage_id"] = found
        elif ref.otherwise != "leave":
            names = [s.name for s in self._stages if pipeline is None or s.pipeline_id == pipeline]
            result.reasons.append(
                Reason(
                    "stage",
                    ref.value,
                    f"no stage has this id or name; stages: {', '.join(names[:SHOWN]) or 'none'}",
                    f"say what it becomes: sellhub map process {self.source}; or sync the source's pipelines",
                    "unknown_stage",
                )
            )

    def _pipeline(self, draft: Draft) -> int | None:
        ref = draft.refs.get("pipeline")
        if ref is None:
            return None
        if (id_ := self._pipeline_ids.get(ref.value)) is not None:
            return id_
        return next((s.pipeline_id for s in self._stages if folded(s.pipeline) == folded(ref.value)), None)

    def _stage_named(self, name: str, pipeline: int | None) -> int | None:
        """Find a stage by name: in the pipeline that is named, else in the first that has it."""
        wanted = folded(name)
        for stage in self._stages:
            if folded(stage.name) == wanted and pipeline in (None, stage.pipeline_id):
                return stage.id
        return None

    def closed_to_new(self, stage_id: int | None) -> Reason | None:
        """Say why a new deal cannot be put into a stage: its pipeline takes no more deals.

        What a source's own pipeline, disabled there, still holds comes in; one that people disabled here lets none in.
        """
        self._read_roster()
        stage = next((s for s in self._stages if s.id == stage_id and s.disabled), None)
        if stage is None or (self.source != HAND and not disabled_by_hand(self.db, stage.pipeline_id)):
            return None
        return Reason(
            "stage",
            stage.name,
            f"pipeline {stage.pipeline!r} is disabled: it takes no more deals",
            f"sellhub pipeline enable {stage.pipeline!r}, or map the stage to one of another pipeline",
            "disabled_pipeline",
        )

    def first_stage(self, draft: Draft) -> int | None:
        """Give where a deal starts: the first open stage of its pipeline, or of the first that takes deals."""
        self._read_roster()
        default = min((s.pipeline_id for s in self._stages if not s.disabled), default=None)
        pipeline = self._pipeline(draft) or default
        there = [s for s in self._stages if s.pipeline_id == pipeline]
        return next((s.id for s in there if is_open(s.category)), there[0].id if there else None)


def _complete(draft: Draft, result: Resolved, currency: str) -> None:
    """Hold what cannot stand without a record that is not here, and amounts finer than their currency."""
    if draft.record_type == "deal":
        if "contact_id" not in result.ids and "organization_id" not in result.ids and not result.associated:
            result.reasons.append(_waiting("contact", result))
        if (value := draft.fields.get("value")) is not None:
            _check_amount(value, draft.fields.get("currency") or currency, result)
    elif draft.record_type == "association":
        for name in ("deal", "contact"):
            if f"{name}_id" not in result.ids:
                result.reasons.append(_waiting(name, result))
    elif draft.record_type in BESIDE or draft.record_type == "tagging":
        _complete_beside(draft, result)


def _meant(*places: Place) -> Place:
    """Give who is meant by an address that several bear."""
    return min(places, key=lambda place: (place[0] != "contact", place[1]))


def _complete_beside(draft: Draft, result: Resolved) -> None:
    """Let what is about nobody who is known wait for them; what names nobody at all floats."""
    named = {name: ref for name, ref in draft.refs.items() if name in PLACES}
    if not named or result.person is not None or result.ids.keys() & {"organization_id", "deal_id"}:
        return
    for name, ref in named.items():  # `leave` is for what has another place to stand at
        result.pending.setdefault(name, ref)
    if "person" in named and named["person"].otherwise == "wait":
        result.waits_silently = True
    else:
        result.reasons.append(_waiting(next(iter(named)), result))


def _waiting(name: str, result: Resolved) -> Reason:
    awaited = ", ".join(f"{ref.lookup} {ref.value}" for ref in result.pending.values())
    return Reason(
        name,
        awaited,
        f"the {name} it belongs to is not here yet",
        "nothing to do: it is taken in by itself once that record has come and can be mapped",
        "waiting",
    )


def _check_amount(value: str, currency: str, result: Resolved) -> None:
    try:
        to_minor(value, currency)
    except ValueError as error:
        fix = "round it at the source, or correct the currency"
        result.reasons.append(Reason("value", f"{value} {currency}", str(error), fix))


def _all_refs(draft: Draft) -> Iterable[Ref]:
    yield from draft.refs.values()
    for child in draft.children.get("associated_contacts", ()):
        yield from child.refs.values()


def _no_pool(draft: Draft, pool: str) -> Reason:
    return Reason(
        "owner",
        pool,
        f"the mapping deals unknown owners to a pool of {draft.record_type}s that does not exist",
        f"sellhub pool add {pool!r} --of {draft.record_type} --member EMAIL, or correct `otherwise:` in the mapping",
        "unknown_pool",
    )
