"""`sellhub lead convert`, `lead unconvert`: leads become contacts and deals, and leads again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.main import DONE, FAILED
from console.telling import note, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.conversion_report import Converted, Refused

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
LeadIds: TypeAlias = Annotated[list[str], Parameter(help="Their numbers, with or without their letter: 17, L-17.")]
By: TypeAlias = Annotated[
    str | None, Parameter(help="Who does it: an address; left out: SELLHUB_USER, else the login name.")
]
NAMES = {"person": "contact", "company": "contact", "deal": "deal"}


def convert(
    ids: LeadIds,
    /,
    *,
    deal: str | None = None,
    value: str | None = None,
    currency: str | None = None,
    pipeline: str | None = None,
    stage: str | None = None,
    close_date: str | None = None,
    company: str | None = None,
    no_company: Flag = False,
    owner: str | None = None,
    company_owner: str | None = None,
    deal_owner: str | None = None,
    by: By = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Make contacts of leads: a person, a company where the lead names one, and a deal if you like.

    What their sources say updates the contacts from then on. Converting twice changes nothing.

    Args:
        deal: Make a deal of this name; '' names it after the company, else the person.
        value: What the deal is worth, as 2400 or 2400.50.
        currency: Of the value, such as USD; left out: that of hub.toml.
        pipeline: The deal's pipeline; left out: the first one.
        stage: The stage in which the deal begins; left out: the pipeline's first active one.
        close_date: When the deal is expected to be closed, YYYY-MM-DD.
        company: Another company than the lead names: a name, or a contact such as C-7.
        no_company: Make no company and name none.
        owner: Who owns what is made: an address, a name, or a pool; left out: the lead's owner.
        company_owner: Who owns a new company, when it is somebody else.
        deal_owner: Who owns the deal, when it is somebody else.
        dry_run: Tell what would be done.
        json: Print one object; of several leads one array.
    """
    from hub import converting, records
    from hub.conversion_wishes import Wishes
    from hub.opening import open_hub

    names = (deal, value, currency, pipeline, stage, close_date, company, no_company, owner, company_owner, deal_owner)
    wishes = Wishes(*names)
    leads = list(dict.fromkeys(records.read_id("lead", text) for text in ids))
    with open_hub() as hub:
        done: list[Converted | Refused] = []
        if len(leads) == 1:
            done.append(converting.convert_lead(hub, leads[0], wishes, by=by, dry_run=dry_run))
        else:
            done += converting.convert_leads(hub, leads, wishes, by=by, dry_run=dry_run)
    if json:
        told = [{**each.to_json(), "dry_run": dry_run} for each in done]
        tell_json(told[0] if len(told) == 1 else told)
    else:
        _tell(done, dry_run=dry_run)
    return FAILED if any("error" in each.to_json() for each in done) else DONE


def _tell(done: list[Converted | Refused], *, dry_run: bool) -> None:
    from hub.conversion_report import Refused

    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    for each in done:
        if isinstance(each, Refused):
            note(f"error: {_id('lead', each.lead)} is not converted: {each.text}")
            note(f"  fix: {each.fix}")
        else:
            _tell_converted(each)
    made = [each for each in done if not isinstance(each, Refused)]
    if made and not dry_run:
        _tell_next(made[0])


def _tell_converted(done: Converted) -> None:
    its = _id("lead", done.lead)
    tell(f"{its} was converted before; nothing was done now" if done.already else f"{its} is converted")
    for what, kind in NAMES.items():
        id_ = getattr(done, what)
        if id_ is not None:
            tell(f"  {what:<8} {_id(kind, id_)}{', new' if what in done.new else ', was there'}")
    tell(f"  carried  {', '.join(done.carried) or 'nothing'}")
    for each in done.left:
        tell(f"  left     {each.field}: {each.why}")
    for warning in done.warnings:
        tell(f"  note: {warning}")


def _tell_next(done: Converted) -> None:
    first = done.person if done.person is not None else done.company
    shows = [f"sellhub contact show {_id('contact', first)}"] if first is not None else []
    shows += [f"sellhub deal show {_id('deal', done.deal)}"] if done.deal is not None else []
    its = _id("lead", done.lead)
    tell_next(*shows, f"sellhub lead show {its}      (take it back: sellhub lead unconvert {its})")


def unconvert(id_: str, /, *, by: By = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Take the conversion of a lead back, while nothing was built on it: what it made goes, the lead is a lead again.

    Args:
        id_: The lead's number, with or without its letter: 17, L-17.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import records, unconverting
    from hub.opening import open_hub

    with open_hub() as hub:
        done = unconverting.unconvert_lead(hub, records.read_id("lead", id_), by=by, dry_run=dry_run)
    if json:
        tell_json({**done.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"{_id('lead', done.lead)} is a lead again")
    for what, number in done.removed.items():
        tell(f"  {what:<8} {_id(NAMES[what], number)} is gone")
    for what, number in done.kept.items():
        tell(f"  {what:<8} {_id(NAMES[what], number)} had been there before, and stays")
    if not dry_run:
        tell_next(f"sellhub lead show {_id('lead', done.lead)}")


def _id(kind: str, id_: int) -> str:
    from hub.records import shown_id

    return shown_id(kind, id_)
