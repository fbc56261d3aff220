"""`forget`: a person goes from the hub for good; `sellhub forgotten`: whether somebody was, and letting them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.telling import note, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.batch import Kind
    from hub.forgetting import Forgotten

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="forgotten",
    help="People who asked to be forgotten: check, allow.",
    result_action="return_value",
    help_format="plaintext",
)


def lead_forget(
    record: str, /, *, yes: Flag = False, by: str | None = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Forget a person: all that the hub keeps of them goes for good, and no sync brings them back.

    Merged, converted and deleted records of the same person go too. A deal stays, its contact without a name.

    Args:
        record: The lead's id.
        yes: Do it; without it, what would go is shown and nothing is done.
        by: Who does it; else SELLHUB_USER, else the login name.
        dry_run: Show what would go, and do nothing.
        json: Print one object.
    """
    _forget("lead", record, by, yes=yes and not dry_run, json=json)


def contact_forget(
    record: str, /, *, yes: Flag = False, by: str | None = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Forget a person: all that the hub keeps of them goes for good, and no sync brings them back.

    Merged, converted and deleted records of the same person go too. A deal stays, its contact without a name.

    Args:
        record: The contact's id.
        yes: Do it; without it, what would go is shown and nothing is done.
        by: Who does it; else SELLHUB_USER, else the login name.
        dry_run: Show what would go, and do nothing.
        json: Print one object.
    """
    _forget("contact", record, by, yes=yes and not dry_run, json=json)


def _forget(kind: Kind, record: str, by: str | None, *, yes: bool, json: bool) -> None:
    from hub.forgetting import forget
    from hub.opening import open_hub
    from hub.records import read_id

    with open_hub() as hub:
        told = forget(hub, (kind, read_id(kind, record)), by=by, dry_run=not yes)
    if json:
        tell_json({**told.to_json(), "done": yes})
        return
    _tell(told, done=yes)
    if not yes:
        tell_next(f"sellhub {kind} forget {record} --yes      (cannot be taken back)")


def _tell(told: Forgotten, *, done: bool) -> None:
    verb = "forgotten" if done else "would be forgotten"
    tell(f"{verb}: {', '.join([*told.records, *told.nameless])}")
    if told.obstacle:
        note(f"what was removed leaves the files when the hub is opened next: {told.obstacle}")
    if told.nameless:
        tell(f"  {', '.join(told.nameless)} stays without a name: deals are with it")
    for title, counts in (("removed", told.removed), ("taken out of others' rows", told.cleaned)):
        if lines := [f"{count:,} {table}" for table, count in sorted(counts.items()) if count]:
            tell(f"  {title}: {', '.join(lines)}")
    if told.deliveries:
        tell(f"  deliveries emptied in the inbox: {told.deliveries:,}")
    if told.destinations:
        tell(f"  the next push tells to delete: {', '.join(told.destinations)}")
    if told.sources:
        note(f"they are still known at {', '.join(told.sources)}: remove them there too; backups and files written "
             "earlier keep what they hold")  # fmt: skip


@app.command
def check(address: str, /, *, json: Flag = False) -> None:
    """Tell whether somebody of an address was forgotten, and when.

    Args:
        address: Their e-mail address.
        json: Print one object.
    """
    from hub.forgetting import forgotten_since
    from hub.opening import open_hub

    with open_hub() as hub:
        since = forgotten_since(hub, address)
    if json:
        tell_json({"forgotten_at": since})
    else:
        tell(f"forgotten on {since[:10]}" if since else "not forgotten")


@app.command
def allow(address: str, /, *, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Let somebody back who was forgotten and wants to be known again.

    Args:
        address: Their e-mail address.
        by: Who does it; else SELLHUB_USER, else the login name.
        dry_run: Only tell whether there is anybody.
        json: Print one object.
    """
    from hub.forgetting import allow as let_back
    from hub.opening import open_hub

    with open_hub() as hub:
        gone = let_back(hub, address, by=by, dry_run=dry_run)
    if json:
        tell_json({"hashes": gone})
    else:
        tell("would be let back" if dry_run else "let back: the next full sync may bring them again")
