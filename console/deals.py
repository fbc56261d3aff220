"""`sellhub deal move`, `win`, `lose`, `unqualify`, `reopen`, `history`, `contacts`: deals on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from console.deal_words import tell_history
from console.showing import quoted, value_text
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.deal_contacts import BesideDeal
    from hub.deal_moving import Moved, To

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
DealId: TypeAlias = Annotated[str, Parameter(help="The deal's number, with or without its letter: 5, D-5.")]
By: TypeAlias = Annotated[
    str | None, Parameter(help="Who does it: an address; left out: SELLHUB_USER, else the login name.")
]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be done.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print one object.")]
Reason: TypeAlias = Annotated[str | None, Parameter(help="Why: one of the known reasons.")]
NewReason: TypeAlias = Annotated[bool, Parameter(negative="", help="Make the reason one where it is not known yet.")]


def deal_move(
    id_: DealId,
    stage: str | None = None,
    /,
    *,
    pipeline: str | None = None,
    reason: Reason = None,
    new_reason: NewReason = False,
    release: Flag = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put a deal into a stage: forward, skipping, back, into another pipeline.

    Args:
        stage: The stage's name; left out with --pipeline: that pipeline's first active one.
        pipeline: The pipeline, when it is not the deal's own.
        release: Let the deal's sources say again where it stands, instead of a stage.
    """
    from sell_model.errors import SetupError

    if release == bool(stage or pipeline):
        raise SetupError("say where the deal goes, or --release", fix=f"sellhub deal move {id_} STAGE")
    if release:
        from hub import deal_moving, records
        from hub.opening import open_hub

        with open_hub() as hub:
            moved = deal_moving.release(hub, records.read_id("deal", id_), by=by, dry_run=dry_run)
        _tell_moved(moved, dry_run=dry_run, json=json)
        return
    from hub.deal_moving import To

    _move(id_, To(stage, None, pipeline, reason, new_reason), by=by, dry_run=dry_run, json=json)


def deal_win(id_: DealId, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Note that a deal is won."""
    from hub.deal_moving import To

    _move(id_, To(outcome="won"), by=by, dry_run=dry_run, json=json)


def deal_lose(
    id_: DealId,
    /,
    *,
    reason: Reason = None,
    new_reason: NewReason = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note that a deal is lost, and why."""
    from hub.deal_moving import To

    _move(id_, To(outcome="lost", reason=reason, new_reason=new_reason), by=by, dry_run=dry_run, json=json)


def deal_unqualify(
    id_: DealId,
    /,
    *,
    reason: Reason = None,
    new_reason: NewReason = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note that a deal never was one, and why."""
    from hub.deal_moving import To

    _move(id_, To(outcome="unqualified", reason=reason, new_reason=new_reason), by=by, dry_run=dry_run, json=json)


def _move(id_: str, to: To, *, by: str | None, dry_run: bool, json: bool) -> None:
    from hub import deal_moving, records
    from hub.opening import open_hub

    with open_hub() as hub:
        moved = deal_moving.move(hub, records.read_id("deal", id_), to, by=by, dry_run=dry_run)
    _tell_moved(moved, dry_run=dry_run, json=json)


def deal_reopen(
    id_: DealId,
    /,
    *,
    stage: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take up a closed deal again: its reason goes, its history stays.

    Args:
        stage: Where it goes on; left out: in the active stage where it stood last, else in the first.
    """
    from hub import deal_moving, records
    from hub.opening import open_hub

    with open_hub() as hub:
        moved = deal_moving.reopen(hub, records.read_id("deal", id_), stage, by=by, dry_run=dry_run)
    _tell_moved(moved, dry_run=dry_run, json=json)


def _tell_moved(moved: Moved, *, dry_run: bool, json: bool) -> None:
    for warning in moved.warnings:
        note(f"warning: {warning}")
    if json:
        tell_json({**moved.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    its = f"D-{moved.id}"
    why = f", because of {moved.reason}" if moved.reason else ""
    if moved.changed:
        tell(f"{its} {moved.name}: {moved.from_stage or 'no stage'} -> {moved.stage}{why} ({moved.pipeline})")
    else:
        tell(f"{its} {moved.name}: stands in {moved.stage}{why} ({moved.pipeline}); nothing changed")
    if moved.held:
        tell(f"  holds against its sources until released: sellhub deal move {its} --release")
    tell_next(f"sellhub deal history {its}", *([f"sellhub deal reopen {its}"] if moved.outcome else []))


def deal_history(id_: DealId, /, *, json: Json = False) -> None:
    """Tell a deal's way through its stages: the time spent in each, and who moved it."""
    from hub import deal_history as telling
    from hub import records
    from hub.opening import open_hub

    with open_hub() as hub:
        found = telling.history(hub, records.read_id("deal", id_))
    if json:
        tell_json(found.to_json())
        return
    tell_history(found)
    tell_next(f"sellhub deal show D-{found.id}")


def deal_contacts(
    id_: DealId,
    action: Literal["add", "remove"] | None = None,
    contact: str | None = None,
    /,
    *,
    role: str = "involved",
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """List who stands beside a deal, add a contact with a role, or take one away.

    Args:
        action: What to do; left out: list them.
        contact: The contact's number: 7, C-7.
        role: What the contact is to the deal.
    """
    from hub import deal_contacts as beside
    from hub import records
    from hub.opening import open_hub
    from sell_model.errors import SetupError

    deal_id = records.read_id("deal", id_)
    if action is not None and contact is None:
        raise SetupError(f"say which contact to {action}", fix=f"sellhub deal contacts {id_} {action} C-ID")
    with open_hub() as hub:
        if action is None or contact is None:
            found = beside.listed(hub, deal_id)
        elif action == "add":
            found = beside.add(hub, deal_id, records.read_id("contact", contact), role, by=by, dry_run=dry_run)
        else:
            found = beside.remove(hub, deal_id, records.read_id("contact", contact), by=by, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
    else:
        _tell_beside(found, dry_run=dry_run)


def _tell_beside(found: BesideDeal, *, dry_run: bool) -> None:
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    if found.contacts:
        rows = [
            (f"C-{each.contact_id}", value_text(each.name), "primary" if each.is_primary else "", value_text(each.role))
            for each in found.contacts
        ]
        tell_table(("contact", "name", "", "role"), rows)
    else:
        tell(f"nobody stands beside D-{found.id} but its primary contact")
    tell_next(f"sellhub deal contacts D-{found.id} add C-ID --role {quoted('Decision maker')}")
