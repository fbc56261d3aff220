"""Leads, contacts and deals added by hand: always a new record, as Sell does; what it is like is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub import finding_stages, meant, upsell
from hub.alike import Like, alike_to
from hub.by_hand import Hand, by_hand
from hub.forgotten_records import salted
from hub.opening import Hub
from hub.records import Shown, shown
from sell_model.draft import Draft, Reason, Ref
from sell_model.errors import SetupError
from sell_model.matching.keys import STRONG, face_of
from sell_model.matching.normal_forms import folded
from sell_model.money import to_minor
from sell_model.targets import TARGETS, missing
from sell_model.typed_fields import Kind, Typed, read
from sell_model.types import JsonObject
from storage import forgotten, identity, pipelines, roster, turns
from storage.custom_fields import custom_fields, hold_fields
from storage.pipelines import PipelineRow
from storage.roster import PoolRow, UserRow
from storage.turns import Assigned

_NAMED = ("source",)
_OWN = ("contact", "company", "parent_company")


@dataclass(frozen=True, slots=True)
class Adding:
    """What somebody wants to add.

    Attributes:
        said: what was typed, by field, reference or custom field: text, whatever the field's type.
        tags: beside those under `tags` in `said`.
        faults: what was wrong with the typed words already.
        new: let an unknown status be one.
        unless_like: store nothing where it is like a record that is there.
    """

    kind: Kind
    said: Mapping[str, str]
    tags: Sequence[str] = ()
    faults: Sequence[Reason] = ()
    new: bool = False
    unless_like: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What became of it."""

    kind: Kind
    shown: Shown | None
    """The new record; None: nothing was stored, for it is like others."""
    like: list[Like]
    notes: list[str] = field(default_factory=list)
    """What was made on the way, and what to think of."""

    def to_json(self) -> JsonObject:
        """Give the object that `add --json` prints: the record as `show --json` does, and what it is like."""
        record: JsonObject = self.shown.to_json() if self.shown else {"record_type": self.kind, "id": None}
        return {**record, "like": [each.to_json() for each in self.like], "notes": self.notes}


class _LikeOthersError(Exception):
    """Ends a doing by hand that is not to be stored."""

    def __init__(self, added: Added) -> None:
        super().__init__()
        self.added = added


def add(hub: Hub, adding: Adding, *, by: str | None = None, dry_run: bool = False) -> Added:
    """Add a record. Its owner is whoever is named, else who adds it where they are a user, as Sell has it.

    Raises:
        SetupError: something that was typed cannot be, or something required is missing; all of it is said.
    """
    try:
        with by_hand(hub, f"{adding.kind} add", by=by, dry_run=dry_run) as hand:
            added = add_within(hand, adding)
            if added.shown is None:
                raise _LikeOthersError(added)
            return added
    except _LikeOthersError as ended:
        return ended.added


def add_within(hand: Hand, adding: Adding) -> Added:
    """Add a record as part of a larger doing; nothing is stored where it is like others and must not be.

    Raises:
        SetupError: as of `add`.
    """
    draft, notes, owner = _draft(hand, adding)
    _expect_not_forgotten(hand, adding.kind, draft)
    keys = face_of(draft).keys if adding.kind != "deal" else ()
    identity.claim(hand.db, [key.key for key in keys if key.kind in STRONG])
    like = alike_to(hand.db, draft)
    if like and adding.unless_like:
        return Added(adding.kind, None, like)
    if adding.kind == "deal":
        notes += _warnings(hand, draft)
    id_ = hand.add(draft)
    if owner is not None:  # in the ledger, as whatever is given by hand: the new owner is told
        given = Assigned(adding.kind, id_, owner.id, "hand", by=hand.by)
        turns.write(hand.db, [given], hand.run_id, hand.now)
    record = shown(hand.db, adding.kind, id_)
    if record.row["owner_id"] is None and "owner" in draft.refs:
        notes.append(f"pool {draft.refs['owner'].value!r} had nobody available: it has no owner yet")
    return Added(adding.kind, record, like, notes)


def _expect_not_forgotten(hand: Hand, kind: Kind, draft: Draft) -> None:
    """Hold off whoever asked to be forgotten.

    Raises:
        SetupError: somebody of this address, or of this phone and name, did.
    """
    if kind == "deal" or not forgotten.version(hand.db)[0]:
        return
    if (since := forgotten.since(hand.db, salted(hand.db).of_face(face_of(draft)))) is not None:
        raise SetupError(
            f"somebody of this address or phone was forgotten on {since[:10]}",
            fix="if they want to be known again: sellhub forgotten allow ADDRESS",
        )


def _warnings(hand: Hand, draft: Draft) -> list[str]:
    """Say what to know before this contact is offered more."""
    ref = draft.refs.get("contact") or draft.refs.get("company")
    return upsell.warnings(hand.db, int(ref.value)) if ref else []


def _draft(hand: Hand, adding: Adding) -> tuple[Draft, list[str], UserRow | None]:
    kind, db = adding.kind, hand.db
    hold_fields(db, shared=True)
    typed = read(kind, adding.said, custom_fields(db, kind), adding=True)
    maker = _Maker(hand, typed, [*adding.faults, *typed.faults], adding.new)
    draft = maker.draft(adding.tags)
    if maker.faults:
        raise meant.refused(f"this {kind} cannot be added", maker.faults)
    return draft, maker.notes, maker.owner if isinstance(maker.owner, UserRow) else None


@dataclass(slots=True)
class _Maker:
    """Makes a draft of what was typed, and gathers all that is wrong with it."""

    hand: Hand
    typed: Typed
    faults: list[Reason]
    new: bool
    notes: list[str] = field(default_factory=list)
    employer: str | None = None
    """The company of the person whom a deal is with: Sell sets it as the deal's."""
    owner: UserRow | PoolRow | None = None
    """Whoever is named."""

    def draft(self, tags: Sequence[str]) -> Draft:
        fields = {**self.typed.fields, **{n: _said(v) for n, v in self.typed.parts.items() if "." not in n}}
        custom = {**self.typed.custom, **self._custom_addresses()}
        if custom:
            fields["custom_fields"] = custom
        if every := list(dict.fromkeys([*fields.get("tags", ()), *meant.tags_meant(self.faults, tags)])):
            fields["tags"] = every
        draft = Draft(self.typed.kind, fields, self._refs())
        if self.typed.kind == "lead" and (status := fields.get("status")):
            fields["status"] = self._taken(
                "status", status, lambda: meant.status_meant(self.hand.db, status, new=self.new)
            )
        self.faults += [replace(reason, fix="say it: FIELD=VALUE, or by its option") for reason in self._missing(draft)]
        self._check(draft)
        return draft

    def _custom_addresses(self) -> JsonObject:
        return {name.partition(".")[2]: _said(v) for name, v in self.typed.parts.items() if "." in name}

    def _taken(self, name: str, value: str, find: Any) -> Any:
        return meant.taken(self.faults, name, value, find)

    def _refs(self) -> dict[str, Ref]:
        refs: dict[str, Ref] = {}
        for name, value in self.typed.refs.items():
            if name == "owner":
                self.owner = self._taken(
                    name, value, lambda value=value: meant.owner_meant(self.hand.db, self.typed.kind, value)
                )
                refs[name] = Ref("owner", value)
            elif name in _NAMED:
                refs[name] = self._named(name, value)
            elif name in _OWN and (ref := self._own(name, value)):
                refs[name] = ref
        if "owner" not in refs and "owner" not in self.typed.blank and self.hand.user_id is not None:
            refs["owner"] = Ref("owner", self.hand.by)
        if self.employer is not None:
            refs.setdefault("company", Ref("company", self.employer))
        return {**refs, **self._stage()}

    def _named(self, name: str, value: str) -> Ref:
        known = roster.named(self.hand.db, name, self.typed.kind)
        if folded(value) not in {folded(each) for each in known}:
            near = finding_stages.nearest(value, known)
            self.notes.append(f"{value!r} is a new source of {self.typed.kind}s{near}")
        return Ref("source", value, otherwise="create")

    def _own(self, name: str, value: str) -> Ref | None:
        company = None if name == "contact" else True
        row = self._taken(name, value, lambda: meant.contact_meant(self.hand, value, company=company))
        if row is None:
            return None
        if name == "contact" and row["contact_id"] is not None:
            self.employer = str(row["contact_id"])
        return Ref("contact" if name == "contact" else "company", str(row["id"]))

    def _stage(self) -> dict[str, Ref]:
        """Where a deal begins: the stage that is named, in the pipeline that is named or else in the default one."""
        named, stage = self.typed.refs.get("pipeline"), self.typed.refs.get("stage")
        if self.typed.kind != "deal" or (named is None and stage is None):
            return {}
        found = self._taken("pipeline", named or "", lambda: _open_pipeline(self.hand, named))
        if found is None:
            return {}
        if stage is None:
            first = finding_stages.first_open(finding_stages.standing_stages(self.hand.db, found.id))
            return {"stage": Ref("stage", str(first.id))} if first else {}
        begins = self._taken("stage", stage, lambda: finding_stages.stage_named(self.hand.db, stage, found))
        return {"stage": Ref("stage", str(begins.id))} if begins else {}

    def _missing(self, draft: Draft) -> list[Reason]:
        told = {fault.field for fault in self.faults}
        return [reason for reason in missing(draft, TARGETS[draft.record_type]) if reason.field not in told]

    def _check(self, draft: Draft) -> None:
        fields = draft.fields
        if draft.record_type == "contact":
            self._check_contact(draft)
        elif draft.record_type == "lead" and first_name_alone(fields):
            self.faults.append(Reason("last_name", "", FIRST_NAME_ALONE, "say the last name, or leave out the first"))
        elif "value" in fields:
            currency = fields.get("currency") or self.hand.hub.settings.hub.currency
            self._taken("value", f"{fields['value']} {currency}", lambda: minor_of(fields["value"], currency))

    def _check_contact(self, draft: Draft) -> None:
        company = bool(draft.fields.get("is_organization"))
        wrong = ("first_name", "last_name", "company") if company else ("parent_company",)
        what = "a company" if company else "a person"
        for name in wrong:
            if name in draft.fields or name in draft.refs:
                self.faults.append(Reason(name, "", f"{what} has none", "leave it out"))
        if not company and "name" in draft.fields:
            self.faults.append(Reason("name", draft.fields["name"], NAME_IS_MADE, "a company: --company-name NAME"))


FIRST_NAME_ALONE = "a first name with an organization needs a last name"
"""Source: Zendesk's own Sell integration refuses it."""
NAME_IS_MADE = "a person's name is made of first_name and last_name"


def first_name_alone(fields: Mapping[str, Any]) -> bool:
    """Whether a lead has a first name and an organization, and no last name."""
    return bool(fields.get("first_name") and fields.get("organization_name") and not fields.get("last_name"))


def minor_of(value: str, currency: str) -> int:
    """Give an amount in minor units.

    Raises:
        SetupError: it has more decimals than the currency.
    """
    try:
        return to_minor(value, currency)
    except ValueError as error:
        raise SetupError(str(error), fix="round it") from error


def _open_pipeline(hand: Hand, name: str | None) -> PipelineRow:
    """Give a pipeline that takes deals: the one that is named, else the default one.

    Raises:
        SetupError: there is none of that name, or it is disabled.
    """
    known = pipelines.pipelines(hand.db)
    found = finding_stages.pipeline_named(hand.db, name) if name else next((p for p in known if not p.disabled), None)
    if found is None:
        raise SetupError("there is no pipeline that takes deals", fix="sellhub pipeline add NAME")
    if found.disabled:
        others = ", ".join(p.name for p in known if not p.disabled)
        raise SetupError("it is disabled: it takes no more deals", fix=f"take another one: {others or 'there is none'}")
    return found


def _said(parts: JsonObject) -> JsonObject:
    return {name: value for name, value in parts.items() if value is not None}
