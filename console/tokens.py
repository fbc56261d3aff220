"""`sellhub token`: tokens by which others send to a source, or read leads."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, when
from console.telling import note, tell, tell_json, tell_next, tell_table

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Scope: TypeAlias = Literal["write", "read"]

app = cyclopts.App(
    name="token",
    help="Tokens by which others send to a source, or read leads: add, list, revoke.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command
def add(
    name: str,
    /,
    *,
    source: str,
    scope: Annotated[tuple[Scope, ...], Parameter(negative="", consume_multiple=True)] = (),
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Make a token. It is shown once: the hub keeps only its hash.

    Args:
        name: Who bears it, such as zapier.
        source: The source that it sends to.
        scope: What it may do: write (send records), read (read leads by the leads API). Else all that its source
            can make use of.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.tokens import add_token, token_json

    with open_hub() as hub:
        made = add_token(hub, name, source, scope, by=by, dry_run=dry_run)
    if json:
        tell_json({**token_json(made.row), "token": made.text or None, "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"token {name}: may {' and '.join(made.row.scopes)}, for {source}")
    if made.text:
        tell(f"  {made.text}")
        note("copy it now, it cannot be shown again; it is sent as Authorization: Bearer TOKEN")
    tell_next(f"sellhub token revoke {quoted(name)}", "sellhub serve")


@app.command(name="list")
def list_(*, revoked: Flag = False, json: Flag = False) -> None:
    """List tokens; what they say is known to nobody but who bears them.

    Args:
        revoked: Those too that hold no more.
        json: Print one array.
    """
    from hub.opening import open_hub
    from hub.tokens import list_tokens, token_json

    with open_hub() as hub:
        rows = list_tokens(hub, revoked=revoked)
    if json:
        tell_json([token_json(row) for row in rows])
    elif rows:
        header = ("name", "source", "may", "made", "by", "last used", *(("revoked",) if revoked else ()))
        tell_table(
            header,
            [
                (
                    row.name,
                    row.source,
                    ", ".join(row.scopes),
                    when(row.created_at),
                    row.created_by,
                    when(row.last_used_at) if row.last_used_at else "never",
                    *((when(row.revoked_at) if row.revoked_at else None,) if revoked else ()),
                )
                for row in rows
            ],
        )
        tell_next(f"sellhub token revoke {quoted(rows[0].name)}")
    else:
        tell("no tokens")
        tell_next("sellhub token add NAME --source SOURCE")


@app.command
def revoke(name: str, /, *, dry_run: Flag = False, json: Flag = False) -> None:
    """Let a token hold no more, from the next request on.

    Args:
        name: The token.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.tokens import revoke_token, token_json

    with open_hub() as hub:
        row = revoke_token(hub, name, dry_run=dry_run)
    if json:
        tell_json({**token_json(row), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"token {name}, of {row.source}: whoever bears it is refused from now on")
    tell_next("sellhub token list")
