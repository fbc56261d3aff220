"""`sellhub suggestion`: who wrote and is nobody here yet; accept them as leads or contacts, or ignore them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, tell_pairs, value_text, when
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.suggestions import Accepted, Ignored
    from storage.suggestions import DecisionRow

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
By: TypeAlias = Annotated[str | None, Parameter(help="Who decides. Else SELLHUB_USER, else your login name.")]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be; store nothing.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print one object.")]

app = cyclopts.App(
    name="suggestion",
    help="Who wrote and is nobody here yet: list, show, accept, ignore, restore.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(*, source: str | None = None, ignored: Flag = False, limit: int = 50, json: Flag = False) -> None:
    """List the addresses that mail waits for, the latest first.

    Args:
        source: Only those in this mailbox.
        ignored: The addresses and domains that are ignored instead.
        limit: How many at most.
        json: Print one array.
    """
    from hub import waiting_mail
    from hub.opening import open_hub

    with open_hub() as hub:
        if ignored:
            _tell_ignored(waiting_mail.ignored(hub), json=json)
            return
        found, count = waiting_mail.open_suggestions(hub, source, limit)
    if json:
        tell_json([each.to_json() for each in found])
    elif found:
        lines = [
            (each.address, value_text(each.name), each.mails, when(each.first_at), when(each.last_at),
             value_text(each.subject))
            for each in found
        ]  # fmt: skip
        tell_table(("address", "name", "mails", "first", "last", "latest subject"), lines)
        its = found[0].address
        tell_next(f"sellhub suggestion accept {its}      (or: ignore {its}, ignore @{its.partition('@')[2]})")
    else:
        tell("nobody is suggested: all who wrote are known, or ignored")
    if count > len(found):
        note(f"{count - len(found):,} more: the same with --limit {count}")


def _tell_ignored(rows: list[DecisionRow], *, json: bool) -> None:
    if json:
        told = [{"address": r.address, "decided_by": r.decided_by, "decided_at": r.decided_at} for r in rows]
        tell_json(told)
    elif rows:
        tell_table(("ignored", "by", "since"), [(r.address, r.decided_by, when(r.decided_at)) for r in rows])
        tell_next(f"sellhub suggestion restore {rows[0].address}")
    else:
        tell("nobody is ignored")


@app.command
def show(address: str, /, *, json: Flag = False) -> None:
    """Show an address: the mail that waits for it, who bears it, what was decided.

    Args:
        address: Such as ann@example.com.
        json: Print one object.
    """
    from hub import waiting_mail
    from hub.opening import open_hub

    with open_hub() as hub:
        found = waiting_mail.show(hub, address)
    if json:
        tell_json(found.to_json())
        return
    its, decision = found.suggestion, found.decision
    tell(f"{its.address}  {value_text(its.name)}")
    pairs = [("mails that wait", f"{its.mails:,}"), ("mailboxes", ", ".join(its.sources) or "–")]
    pairs += [("is", found.borne_by)] if found.borne_by else []
    if decision is not None:
        about = "" if decision.address == its.key else f" ({decision.address})"
        pairs.append((f"{decision.state}{about}", f"by {decision.decided_by}, {when(decision.decided_at)}"))
    tell_pairs(pairs)
    if found.mails:
        lines = [
            (when(mail["at"]), "from them" if mail["incoming"] else "to them", value_text(mail["subject"]))
            for mail in found.mails
        ]
        tell_table(("at", "", "subject"), lines)
    if found.borne_by is None:
        tell_next(f"sellhub suggestion accept {its.address}")


@app.command
def accept(
    address: Annotated[str, Parameter(help="As the list has it: ann@example.com.")],
    /,
    *fields: Annotated[str, Parameter(help="FIELD=VALUE: beside the name in the mail, or in its place.")],
    as_: Annotated[Literal["lead", "contact"], Parameter(name="--as", help="What they become.")] = "lead",
    owner: Annotated[str | None, Parameter(help="A user or a pool. Else you, if you are a user.")] = None,
    tag: Annotated[
        list[str] | None, Parameter(name="--tag", negative_iterable="", help="A tag; as many as one likes.")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add whoever bears an address, by hand; the mail that waits for them is taken in at once."""
    from hub import suggestions
    from hub.opening import open_hub
    from sell_model.typed_fields import assignments, united

    typed, faults = assignments(fields)
    said = united(typed, {"owner": owner} if owner is not None else {}, faults)
    with open_hub() as hub:
        found = suggestions.accept(
            hub, address, as_, said, tags=tag or (), faults=faults, by=by, dry_run=dry_run
        )  # fmt: skip
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
    else:
        _tell_accepted(found, dry_run=dry_run)


def _tell_accepted(found: Accepted, *, dry_run: bool) -> None:
    from hub.records import shown_id

    its = shown_id(found.record_type, found.id)
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    if found.made == "created":
        tell(f"{found.address} is a new {found.record_type}: {its} {found.name}")
    else:
        by = f", accepted by {found.decided_by}" if found.decided_by else ""
        tell(f"{found.address} is {its} {found.name} already{by}")
    tell(f"mails taken in: {found.taken_in:,}")
    for each in found.like:
        tell(f"like it: {shown_id(each.record_type, each.id)}  {each.name}  ({each.why})")
    for remark in found.notes:
        tell(f"note: {remark}")
    if not dry_run:
        tell_next(f"sellhub {found.record_type} show {its}")


@app.command
def ignore(address: str, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Suggest an address no more, or everybody of a domain: @example.com.

    Args:
        address: ann@example.com, or @example.com.
    """
    from hub import suggestions
    from hub.opening import open_hub

    with open_hub() as hub:
        found = suggestions.ignore(hub, address, by=by, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
        return
    _tell_dry(dry_run)
    if found.changed:
        tell(f"{found.address} is ignored; suggestions that this concerns: {found.suggestions:,}")
        tell_next(f"sellhub suggestion restore {quoted(found.address)}")
    else:
        _tell_as_it_was(found)


@app.command
def restore(address: str, /, *, dry_run: DryRun = False, json: Json = False) -> None:
    """Suggest an address or a domain again.

    Args:
        address: As `suggestion list --ignored` has it.
    """
    from hub import suggestions
    from hub.opening import open_hub

    with open_hub() as hub:
        found = suggestions.restore(hub, address, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
        return
    _tell_dry(dry_run)
    tell(f"{found.address} is ignored no more; suggestions that this concerns: {found.suggestions:,}")
    tell_next("sellhub suggestion list")


def _tell_dry(dry_run: bool) -> None:
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")


def _tell_as_it_was(found: Ignored) -> None:
    tell(f"{found.address} is ignored already, by {found.decided_by} since {when(found.decided_at)}")
