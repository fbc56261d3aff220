"""What somebody wants of a conversion: a deal or none, which company, whose the new records are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hub.conversion_owners import Chosen, choose
from hub.finding_stages import first_open, pipeline_named, stage_named, standing_stages
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.money import to_minor
from sell_model.stages import outcome_of
from sell_model.targets import TARGETS
from sell_model.types import JsonObject
from storage import pipelines
from storage.hot import Writer

_OPTIONS = {
    "name": "--deal", "value": "--value", "currency": "--currency", "estimated_close_date": "--close-date"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """As somebody says it."""

    deal: str | None = None
    """Make a deal of this name; an empty text: named after the company, else the person. None: no deal."""
    value: str | None = None
    currency: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    close_date: str | None = None
    company: str | None = None
    """Another company than the lead names: its name, or the id of its contact."""
    no_company: bool = False
    owner: str | None = None
    """Of all new records: a user's address or name, or a pool's name."""
    company_owner: str | None = None
    deal_owner: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What it comes to in this hub."""

    wishes: Wishes
    deal: JsonObject | None = None
    """The new deal's fields, without those of the lead; None: no deal."""
    stage_id: int | None = None
    owners: dict[str, Chosen] = field(default_factory=dict)
    """Who is chosen for the new `person`, `company` and `deal`; where nobody is, the lead's owner has it."""


def read_wishes(hub: Hub, db: Writer, wishes: Wishes) -> Terms:
    """Check what somebody wants, all of it at once.

    Raises:
        SetupError: an amount, a currency, a date, a pipeline, a stage or an owner that cannot be.
    """
    faults: list[SetupError] = []
    terms = Terms(wishes)
    if wishes.company and wishes.no_company:
        faults.append(SetupError("--company and --no-company exclude each other", fix="leave one of them out"))
    terms = replace(terms, owners=dict(_owners(db, wishes, faults)))
    if wishes.deal is None:
        faults += _needless(wishes)
    else:
        terms = replace(terms, deal=_deal_fields(hub, wishes, faults), stage_id=_stage(db, wishes, faults))
    _raise(faults)
    return terms


def read_again(db: Writer, terms: Terms) -> Terms:
    """Read within the transaction what may be another since: who is to own the records; the stage is kept from going.

    Raises:
        SetupError: somebody who was chosen is there no more, or the stage.
    """
    faults: list[SetupError] = []
    again = replace(terms, owners=dict(_owners(db, terms.wishes, faults)))
    if terms.stage_id is not None and not pipelines.share(db, terms.stage_id):
        faults.append(SetupError("the stage in which the deal was to begin was removed just now", fix="run it again"))
    _raise(faults)
    return again


def _raise(faults: list[SetupError]) -> None:
    if faults:
        fixes = dict.fromkeys(fault.fix for fault in faults if fault.fix)
        raise SetupError("; ".join(str(fault) for fault in faults), fix="; ".join(fixes))


def _owners(db: Writer, wishes: Wishes, faults: list[SetupError]) -> Iterator[tuple[str, Chosen]]:
    wanted = {"person": wishes.owner, "company": wishes.company_owner or wishes.owner}
    wanted |= {"deal": wishes.deal_owner or wishes.owner} if wishes.deal is not None else {}
    seen: dict[tuple[str, str], Chosen] = {}
    for what, said in wanted.items():
        record_type = "deal" if what == "deal" else "contact"
        if not said:
            continue
        try:
            if (record_type, said) not in seen:
                seen[record_type, said] = choose(db, said, record_type)
            yield what, seen[record_type, said]
        except SetupError as error:
            if str(error) not in map(str, faults):
                faults.append(error)


def _needless(wishes: Wishes) -> list[SetupError]:
    said = {
        "--value": wishes.value, "--currency": wishes.currency, "--pipeline": wishes.pipeline,
        "--stage": wishes.stage, "--close-date": wishes.close_date, "--deal-owner": wishes.deal_owner,
    }  # fmt: skip
    names = [name for name, value in said.items() if value]
    if not names:
        return []
    fix = "add --deal NAME; --deal '' names it after the company"
    return [SetupError(f"{', '.join(names)}: of a deal, and no deal is asked for", fix=fix)]


def _deal_fields(hub: Hub, wishes: Wishes, faults: list[SetupError]) -> JsonObject:
    """Validate the new deal's own fields."""
    given = {
        "name": (wishes.deal or "").strip() or None,
        "value": wishes.value,
        "currency": wishes.currency.strip().upper() if wishes.currency else None,
        "estimated_close_date": wishes.close_date,
    }
    fields, reasons = TARGETS["deal"].checked({name: value for name, value in given.items() if value is not None})
    for reason in reasons:
        option = _OPTIONS.get(reason.field, reason.field)
        faults.append(SetupError(f"{option} {reason.value!r}: {reason.reason}", fix=f"correct {option}"))
    if "value" in fields:
        currency = fields.setdefault("currency", hub.settings.hub.currency)
        try:
            to_minor(fields["value"], currency)
        except ValueError as error:
            faults.append(SetupError(f"--value {wishes.value!r}: {error}", fix="round it, or name another currency"))
    return fields


def _stage(db: Writer, wishes: Wishes, faults: list[SetupError]) -> int | None:
    """Find where the deal begins: as said, else the first active stage of the pipeline."""
    try:
        return _stage_of(db, wishes)
    except SetupError as error:
        faults.append(error)
        return None


def _stage_of(db: Writer, wishes: Wishes) -> int:
    known = pipelines.pipelines(db)
    usable = [pipeline for pipeline in known if not pipeline.disabled]
    if wishes.pipeline is None and not usable:
        raise SetupError("there is no pipeline that takes deals", fix="sellhub pipeline add NAME")
    pipeline = pipeline_named(db, wishes.pipeline) if wishes.pipeline is not None else usable[0]
    if pipeline.disabled:
        names = ", ".join(each.name for each in usable)
        raise SetupError(
            f"pipeline {pipeline.name!r} is disabled: no deals may be added to it", fix=f"pipelines: {names or 'none'}"
        )
    if wishes.stage is None:
        stage = first_open(standing_stages(db, pipeline.id))
        if stage is None:
            raise SetupError(
                f"pipeline {pipeline.name!r} has no active stage", fix="add one: sellhub pipeline stage add"
            )
        return stage.id
    stage = stage_named(db, wishes.stage, pipeline)
    if outcome_of(stage.category) is not None:
        raise SetupError(
            f"a new deal cannot begin in {stage.name!r}, which is an end of the pipeline",
            fix="convert with an active stage, then: sellhub deal move",
        )
    return stage.id
