"""`sellhub notification`: what users are told of the records that they got, and how they want to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, value_text, when
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.notification_desk import Line

LIMIT = 50

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="notification",
    help="What users are told of the records that they got: list, read, choose, flush.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(
    *,
    user: str | None = None,
    unread: Flag = False,
    failed: Flag = False,
    limit: int = LIMIT,
    after: int | None = None,
    json: Flag = False,
) -> None:
    """List what users are told, newest first.

    Args:
        user: Only what this user is told, by address.
        unread: Only what was not read.
        failed: What a mail server or a chat did not take, or of which that is unsure, and why.
        limit: How many at most.
        after: Go on after this one, the last of the page before.
        json: Print one array.
    """
    from hub import notification_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        lines = notification_desk.listed(hub, user=user, unread=unread, failed=failed, after=after, limit=limit)
    if json:
        tell_json([line.to_json() for line in lines])
    elif not lines:
        tell("nothing that did not arrive" if failed else "no notifications")
        tell_next("sellhub notification choose EMAIL")
    else:
        _tell_lines(lines, failed=failed)
    if len(lines) == limit:
        note(f"more: the same with --after {lines[-1].notification.id}")


def _tell_lines(lines: list[Line], *, failed: bool) -> None:
    rows = []
    for line in lines:
        told = line.notification
        state = "; ".join(_state(d.channel, d.state, d.error) for d in told.deliveries if d.channel != "web")
        mark = state if failed else "" if told.read_at else "new"
        rows.append((str(told.id), when(told.created_at), value_text(told.user), mark, value_text(line.text)))
    tell_table(("id", "when", "to", "", "what"), rows)
    tell_next("sellhub notification flush" if failed else f"sellhub notification read {lines[0].notification.id}")


def _state(channel: str, state: str, error: str | None) -> str:
    words = {"failed": f"not taken: {error}", "unsure": "may not have arrived: its sender died over it"}
    return f"{channel} {words.get(state, state)}"


@app.command
def read(
    *ids: int,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    user: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Note that notifications were read.

    Args:
        ids: Their numbers.
        all_: All that were not.
        user: With --all: only what this user is told, by address.
        dry_run: Tell how many.
        json: Print one object.
    """
    from hub import notification_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        done = notification_desk.read(hub, ids, everything=all_, user=user, dry_run=dry_run)
    if json:
        tell_json({"read": done, "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"read: {len(done):,}")
    tell_next("sellhub notification list --unread")


@app.command
def choose(
    email_of: Annotated[str, Parameter(name="EMAIL", help="The user, by address.")],
    /,
    *,
    web: bool | None = None,
    email: bool | None = None,
    chat: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Choose how a user is told; without options, say what was chosen.

    Args:
        web: In the list of notifications.
        email: By mail, to the user's address.
        chat: By chat: a reference to an Apprise URL, such as env:ANN_CHAT; none: not.
        dry_run: Tell what would be chosen.
        json: Print one object.
    """
    from hub import notification_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        chosen = notification_desk.choose(hub, email_of, web=web, email=email, chat=chat, dry_run=dry_run)
    if json:
        tell_json({**chosen.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"{chosen.user} is told {chosen.words}")
    for remark in chosen.remarks:
        tell(f"  note: {remark}")
    tell_next(f"sellhub notification list --user {quoted(chosen.user)}")


@app.command
def flush(*, json: Flag = False) -> int:
    """Tell now what is to be told, and try again what failed before.

    Args:
        json: Print one object.
    """
    from dataclasses import asdict

    from console.main import DONE, FAILED
    from hub.notifying import flush as told_now
    from hub.opening import open_hub

    with open_hub() as hub:
        flushed = told_now(hub)
    if json:
        tell_json(asdict(flushed))
    else:
        tell(f"made {flushed.made:,}, sent {flushed.sent:,}, not taken {flushed.failed:,}")
        if flushed.busy:
            tell("  another process is sending just now; it sends these, too")
        tell_next(f"sellhub notification list{' --failed' * bool(flushed.failed)}")
    return FAILED if flushed.failed else DONE
