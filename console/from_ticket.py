"""`sellhub lead from-ticket`: whoever sent a ticket becomes a lead, because somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from console.telling import tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.from_ticket import FromTicket


def lead_from_ticket(
    ticket: Annotated[str, Parameter(help="The ticket's number at the help desk: 35436.")],
    /,
    *,
    source: Annotated[str | None, Parameter(help="Whose ticket; needed where several sources have tickets.")] = None,
    by: Annotated[str | None, Parameter(help="Who does it. Else SELLHUB_USER, else your login name.")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Tell what would be; store nothing.")] = False,
    json: Annotated[bool, Parameter(negative="", help="Print one object.")] = False,
) -> None:
    """Make a lead of whoever sent a ticket, though its mapping leaves such tickets out."""
    from hub.from_ticket import lead_from_ticket as make
    from hub.opening import open_hub

    with open_hub() as hub:
        found = make(hub, ticket, source, by=by, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
    else:
        _tell(found, dry_run=dry_run)


def _tell(found: FromTicket, *, dry_run: bool) -> None:
    from hub.records import shown_id

    its = shown_id(found.record_type, found.id)
    words = {
        "created": f"{its} {found.name} is a new lead, from ticket {found.ticket} of {found.source}",
        "joined": f"ticket {found.ticket} of {found.source} belongs to {its} {found.name}, who was known",
        "standing": f"ticket {found.ticket} of {found.source} belongs to {its} {found.name} already",
    }
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    tell(words[found.made])
    if not dry_run:
        undo = [f"sellhub run undo {found.run}      (to take it back)"] if found.run is not None else []
        tell_next(f"sellhub {found.record_type} show {its}", *undo)
