"""`sellhub note`, `task`, `email`: what people note, plan and write around a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.activity_words import as_json, tell_activity, tell_page, tell_written
from console.telling import tell_json, tell_next

if TYPE_CHECKING:
    from sell_model.activities import ActivityKind
    from storage.looking_through import Place

LIMIT, MOST = 50, 10_000

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Record: TypeAlias = Annotated[str, Parameter(help="The record: L-17, C-5 or D-3.")]
ActivityId: TypeAlias = Annotated[str, Parameter(help="Its number, with or without its letter.")]
At: TypeAlias = Annotated[str | None, Parameter(help="When: 2026-11-20T14:30, in the hub's zone; left out: now.")]
By: TypeAlias = Annotated[str | None, Parameter(help="Who does it; else SELLHUB_USER, else the login name.")]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be stored.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print JSON.")]
Limit: TypeAlias = Annotated[int, Parameter(help="How many at most.")]
After: TypeAlias = Annotated[str | None, Parameter(help="The last id of the page before: go on after it.")]


def add_activity(
    kind: ActivityKind, record: str | None, said: dict[str, Any], *, by: str | None, dry_run: bool, json: bool
) -> None:
    """Add an activity and tell of it."""
    from hub import activities
    from hub.opening import open_hub

    at = _read_record(record) if record else None
    with open_hub() as hub:
        row = activities.add(hub, kind, said, at, by=by, dry_run=dry_run)
    tell_written(kind, row, "added", dry_run=dry_run, json=json)


def _read_record(text: str) -> Place:
    from hub.activity_ids import read_record

    return read_record(text)


def list_activities(
    kind: ActivityKind,
    record: str | None,
    *,
    limit: int,
    after: str | None,
    json: bool,
    is_open: bool | None = None,
    owner: str | None = None,
) -> None:
    """List a page of activities: of a record and those it looks through to, or all."""
    from hub import activities
    from hub.activity_ids import read_activity_id
    from hub.opening import open_hub
    from sell_model.errors import SetupError
    from storage.activities import Narrowed

    if not 1 <= limit <= MOST:
        raise SetupError(f"--limit {limit}: a page holds from 1 to {MOST:,}", fix="go on with --after ID")
    place = _read_record(record) if record else None
    narrowed = Narrowed(place, read_activity_id(kind, after) if after else None, is_open=is_open)
    with open_hub() as hub:
        page = activities.list_activities(hub, kind, narrowed, limit, owner=owner)
    words = [f"sellhub {kind} list", *([record] if record else ())]
    words += [f"--limit {limit}"] * (limit != LIMIT) + ["--open"] * bool(is_open)
    words += [f"--owner {owner}"] * bool(owner)
    tell_page(kind, page, " ".join(words), json=json)


def activity_commands(kind: ActivityKind, text: str) -> cyclopts.App:
    """Make the group of commands of one kind of activity, with what all kinds have: show, remove."""
    app = cyclopts.App(name=kind, help=text, result_action="return_value", help_format="plaintext")

    @app.command(name="show", help=f"Show one {kind} with all its fields.")
    def show(id_: ActivityId, /, *, json: Json = False) -> None:
        from hub import activities
        from hub.activity_ids import read_activity_id
        from hub.opening import open_hub

        with open_hub() as hub:
            row = activities.show(hub, kind, read_activity_id(kind, id_))
        if json:
            tell_json(as_json(kind, row))
            return
        tell_activity(kind, row)
        tell_next(f"sellhub {kind} list")

    @app.command(name="remove", help=f"Remove a {kind}; the run's journal keeps it.")
    def remove(id_: ActivityId, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
        from hub import activities
        from hub.activity_ids import read_activity_id
        from hub.opening import open_hub

        with open_hub() as hub:
            row = activities.remove(hub, kind, read_activity_id(kind, id_), by=by, dry_run=dry_run)
        tell_written(kind, row, "removed", dry_run=dry_run, json=json)

    return app


def with_list(app: cyclopts.App, kind: ActivityKind) -> cyclopts.App:
    """Give a group of commands the list that all kinds but tasks have."""

    @app.command(name="list", help=f"List {kind}s, newest first: of a record and those it looks through to, or all.")
    def list_(
        record: Record | None = None, /, *, limit: Limit = LIMIT, after: After = None, json: Json = False
    ) -> None:
        list_activities(kind, record, limit=limit, after=after, json=json)

    return app


note = with_list(activity_commands("note", "Notes on records: add, list, show, remove."), "note")
task = activity_commands("task", "Tasks: add, done, reopen, list, show, remove.")
email = with_list(activity_commands("email", "E-mails seen: add, list, show, remove."), "email")


@note.command(name="add")
def add_note(
    record: Record,
    text: str,
    /,
    *,
    important: Flag = False,
    at: At = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a note to a record.

    Args:
        text: What it says.
        important: Mark it.
    """
    said = {"content": text, "is_important": important, "noted_at": at}
    add_activity("note", record, said, by=by, dry_run=dry_run, json=json)


@email.command(name="add")
def add_email(
    record: Record,
    subject: str,
    /,
    *,
    incoming: Flag = False,
    at: At = None,
    summary: str | None = None,
    external_id: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note an e-mail that was sent or came in. The hub itself sends none.

    Args:
        subject: Its subject.
        incoming: It came in.
        summary: What it says, in short.
        external_id: Its id where it lies.
    """
    said = {"subject": subject, "incoming": incoming, "sent_at": at, "summary": summary, "external_id": external_id}
    add_activity("email", record, said, by=by, dry_run=dry_run, json=json)


@task.command(name="add")
def add_task(
    record: Annotated[str, Parameter(help="The record, L-17, C-5 or D-3; or none, for a floating task.")],
    text: str,
    /,
    *,
    due: str | None = None,
    remind: str | None = None,
    owner: str | None = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a task.

    Args:
        text: What is to be done.
        due: By when: a time, or a day, by whose end it is due; today, tomorrow.
        remind: When to be reminded.
        owner: Whose task it is, by address; left out: of who adds it, if a user, else of the record's owner.
    """
    said = {"content": text, "due_date": due, "remind_at": remind, "owner": owner}
    at = None if record.lower() == "none" else record
    add_activity("task", at, said, by=by, dry_run=dry_run, json=json)


@task.command(name="list")
def list_tasks(
    record: Record | None = None,
    /,
    *,
    open_: Annotated[bool, Parameter(name="--open", negative="")] = False,
    owner: str | None = None,
    limit: Limit = LIMIT,
    after: After = None,
    json: Json = False,
) -> None:
    """List tasks, newest first: of a record and those it looks through to, or all.

    Args:
        open_: Only those still to be done.
        owner: Only those of this user, by address.
    """
    list_activities("task", record, limit=limit, after=after, json=json, is_open=open_ or None, owner=owner)


@task.command(name="done")
def done(id_: ActivityId, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Note that a task was done."""
    _complete(id_, is_done=True, by=by, dry_run=dry_run, json=json)


@task.command(name="reopen")
def reopen(id_: ActivityId, /, *, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Note that a task is to be done after all."""
    _complete(id_, is_done=False, by=by, dry_run=dry_run, json=json)


def _complete(id_: str, *, is_done: bool, by: str | None, dry_run: bool, json: bool) -> None:
    from hub import activities
    from hub.activity_ids import read_activity_id
    from hub.opening import open_hub

    with open_hub() as hub:
        row = activities.complete(hub, read_activity_id("task", id_), done=is_done, by=by, dry_run=dry_run)
    tell_written("task", row, "done" if is_done else "open", dry_run=dry_run, json=json)
