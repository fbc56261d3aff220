"""`sellhub lead`, `contact`, `deal`: list them, show one, why it has its owner, where its values come from."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.record_words import Kind, tell_list, tell_shown, tell_story, tell_why, write_csv
from console.showing import quoted
from console.telling import note, tell, tell_json, tell_next

LIMIT, MOST = 50, 10_000
MOVES = {
    "move": "Put a deal into a stage.",
    "win": "Note that a deal is won.",
    "lose": "Note that a deal is lost, and why.",
    "unqualify": "Note that a deal never was one, and why.",
    "reopen": "Take up a closed deal again.",
    "history": "Tell a deal's way through its stages.",
    "contacts": "List, add and remove who stands beside a deal.",
}
"""What is done to deals on their way; see `console.deals`."""
BY_HAND = {
    "add": ("adding", "Add a {kind} by hand; what it is like is told."),
    "edit": ("editing", "Change a {kind} by hand; it holds against sources until it is released."),
    "delete": ("editing", "Delete {kind}s by hand, until they are restored."),
    "restore": ("editing", "Bring deleted {kind}s back."),
}
"""What people do to records of each kind: the module, and its help."""

Status: TypeAlias = Annotated[
    str | None,
    Parameter(help="A lead's status, a contact's customer or prospect status, a deal's stage or kind of stage."),
]
Owner: TypeAlias = Annotated[str | None, Parameter(help="Owned by that address or name; none: without an owner.")]
Source: TypeAlias = Annotated[str | None, Parameter(help="Fed by that source.")]
Search: TypeAlias = Annotated[str | None, Parameter(help="Part of a name, a company, an address or a phone.")]
Limit: TypeAlias = Annotated[int, Parameter(help="How many at most.")]
After: TypeAlias = Annotated[str | None, Parameter(help="The last id of the page before: go on after it.")]
RecordId: TypeAlias = Annotated[str, Parameter(help="Its number, with or without its letter: 17, L-17.")]
Field: TypeAlias = Annotated[str | None, Parameter(help="This field only; a custom one by its name.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print JSON.")]
Csv: TypeAlias = Annotated[bool, Parameter(negative="", help="Print CSV.")]


def list_records(
    kind: Kind, narrowed: dict[str, str | None], *, limit: int, after: str | None, json: bool, as_csv: bool
) -> None:
    """List one page of records, newest first; `narrowed` holds the filters by option."""
    from hub import records
    from hub.opening import open_hub
    from storage.listing import Wanted

    _expect_limit(limit)
    wanted = Wanted(**narrowed, after=records.read_id(kind, after) if after else None)
    with open_hub() as hub:
        rows, following = records.list_records(hub, kind, wanted, limit)
    if json:
        tell_json(rows)
    elif as_csv:
        write_csv(rows)
    else:
        tell_list(kind, rows, narrowed=any(value is not None for value in (*narrowed.values(), after)))
    if following is not None:
        options = "".join(f" --{name} {quoted(value)}" for name, value in narrowed.items() if value is not None)
        size = f" --limit {limit}" if limit != LIMIT else ""
        note(f"more: sellhub {kind} list{options}{size} --after {records.shown_id(kind, following)}")


def _expect_limit(limit: int) -> None:
    from sell_model.errors import SetupError

    if not 1 <= limit <= MOST:
        raise SetupError(f"--limit {limit}: a page holds from 1 to {MOST:,} records", fix="go on with --after ID")


def show_record(kind: Kind, id_: str, *, json: bool) -> None:
    """Show one record with what feeds it."""
    from hub import records
    from hub.opening import open_hub

    with open_hub() as hub:
        shown = records.show(hub, kind, records.read_id(kind, id_))
    if json:
        tell_json(shown.to_json())
        return
    tell_shown(shown)
    its = records.shown_id(kind, shown.row["id"])
    tell_next(f"sellhub {kind} why {its}", f"sellhub {kind} trace {its}")


def why_record(kind: Kind, id_: str, *, json: bool) -> None:
    """Tell why a record has its owner, and why its source records are one."""
    from hub import reasons, records
    from hub.opening import open_hub

    with open_hub() as hub:
        found = reasons.why(hub, kind, records.read_id(kind, id_))
    if json:
        tell_json(found.to_json())
        return
    tell_why(found)
    tell_next(f"sellhub {kind} trace {records.shown_id(kind, found.id)}")


def trace_record(kind: Kind, id_: str, *, field: str | None, json: bool) -> None:
    """Tell where each value of a record comes from."""
    from hub import records, tracing
    from hub.opening import open_hub

    with open_hub() as hub:
        number = records.read_id(kind, id_)
        found = tracing.trace(hub, kind, number, field)
    if json:
        tell_json({"record_type": kind, "id": number, "fields": [story.to_json() for story in found]})
        return
    tell(records.shown_id(kind, number))
    for story in found:
        tell_story(story)
    tell_next(f"sellhub {kind} show {records.shown_id(kind, number)}")


def _commands(kind: Kind) -> cyclopts.App:
    """Make the group of commands of one kind of record."""
    app = cyclopts.App(
        name=kind,
        help=f"{kind.capitalize()}s: list, show, why, trace.",
        result_action="return_value",
        help_format="plaintext",
    )

    @app.command(name="list", help=f"List {kind}s, newest first.")
    def list_(
        *,
        status: Status = None,
        owner: Owner = None,
        source: Source = None,
        search: Search = None,
        limit: Limit = LIMIT,
        after: After = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        wanted = {"status": status, "owner": owner, "source": source, "search": search}
        list_records(kind, wanted, limit=limit, after=after, json=json, as_csv=csv)

    @app.command(name="show", help=f"Show a {kind}: its fields, its owner, what feeds it.")
    def show(id_: RecordId, /, *, json: Json = False) -> None:
        show_record(kind, id_, json=json)

    @app.command(name="why", help=f"Tell why a {kind} has its owner, and why its source records are one.")
    def why(id_: RecordId, /, *, json: Json = False) -> None:
        why_record(kind, id_, json=json)

    @app.command(name="trace", help=f"Tell where each value of a {kind} comes from.")
    def trace(id_: RecordId, /, *, field: Field = None, json: Json = False) -> None:
        trace_record(kind, id_, field=field, json=json)

    for name, (module, text) in BY_HAND.items():
        app.command(f"console.{module}:{kind}_{name}", name=name, help=text.format(kind=kind))
    if kind == "lead":
        app.command("console.editing:lead_unqualify", name="unqualify", help="Say that a lead proved to be none.")
        app.command(
            "console.from_ticket:lead_from_ticket", name="from-ticket", help="Make a lead of who sent a ticket."
        )
        app.command("console.converting:convert", name="convert", help="Make contacts of leads, and deals.")
        app.command("console.converting:unconvert", name="unconvert", help="Take a conversion back.")
    if kind == "deal":
        app.command("console.instalments:deal_clone", name="clone", help="Split a deal into instalments, or copy it.")
        app.command("console.instalments:deal_unclone", name="unclone", help="Take a split back.")
        app.command("console.instalments:deal_basis", name="basis", help="Say what a deal's value is.")
        for name, text in MOVES.items():
            app.command(f"console.deals:deal_{name}", name=name, help=text)
    told = "Tell what happened around it, newest first: notes, tasks, calls, visits, e-mails, moves."
    if kind != "deal":
        told_forget = "Forget a person: everything goes, and no sync brings them back."
        app.command(f"console.forgetting:{kind}_forget", name="forget", help=told_forget)
    app.command(f"console.stories:{kind}", name="activities", help=told)
    return app


lead, contact, deal = _commands("lead"), _commands("contact"), _commands("deal")
