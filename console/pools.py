"""`sellhub pool`: who deals with what comes without an owner, by turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.pooling import PoolChange

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Of: TypeAlias = Literal["lead", "contact", "deal"]
Members: TypeAlias = Annotated[list[str] | None, Parameter(name="--member", negative_iterable="")]

app = cyclopts.App(
    name="pool",
    help="Distribution pools: list, show, add, remove, next.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(*, json: Flag = False) -> None:
    """List the pools.

    Args:
        json: Print one array.
    """
    from dataclasses import asdict

    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        pools = pooling.list_pools(hub)
    if json:
        tell_json([{"of" if name == "record_type" else name: v for name, v in asdict(p).items()} for p in pools])
    elif pools:
        rows = [(p.name, f"{p.record_type}s", p.members, p.available, p.assigned) for p in pools]
        tell_table(("pool", "of", "members", "available", "dealt out"), rows)
        tell_next(f"sellhub pool show {quoted(pools[0].name)}")
    else:
        tell("no pools yet")
        tell_next("sellhub pool add Inbound --member EMAIL")


@app.command
def show(name: str, /, *, of: Of | None = None, json: Flag = False) -> None:
    """Show a pool's members in the order of their turns, and what each got.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        json: Print one object.
    """
    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        pool = pooling.show(hub, name, of)
    if json:
        tell_json(pool.to_json())
        return
    tell(f"{pool.name}, of {pool.record_type}s, {len(pool.members)} members")
    if not pool.members:
        tell("  nobody is in it: what it should deal out stays without an owner")
        tell_next(f"sellhub pool add {quoted(pool.name)} --of {pool.record_type} --member EMAIL")
        return
    rows = [
        (at, m.name or m.email, m.email, m.got, m.given_back, m.turns, _state(m.user_id, pool.next, m.available))
        for at, m in enumerate(pool.members, 1)
    ]
    tell_table(("position", "member", "address", "got", "given back", "turns", ""), rows)
    tell_next(f"sellhub pool next {quoted(pool.name)}")


def _state(user_id: int, following: int | None, available: bool) -> str:
    if not available:
        return "not available"
    return "next" if user_id == following else ""


@app.command(name="next")
def next_(name: str, /, *, count: int = 10, of: Of | None = None, json: Flag = False) -> None:
    """Tell who would be next; no turn is spent.

    Args:
        name: The pool.
        count: How many turns to look ahead.
        of: What it deals out, where several pools bear the name.
        json: Print one object.
    """
    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        ahead = pooling.preview(hub, name, of, count)
    if json:
        tell_json(ahead.to_json())
        return
    if ahead.coming:
        rows = [(turn.number, turn.user, turn.position, turn.turns) for turn in ahead.coming]
        tell_table(("turn", "member", "position", "turns before"), rows)
    else:
        tell(f"nobody in pool {ahead.pool} is available: what it should deal out stays without an owner")
        tell_next(f"sellhub pool add {quoted(ahead.pool)} --of {ahead.record_type} --member EMAIL")
    if ahead.skipped:
        tell(f"skipped, because not available: {', '.join(ahead.skipped)}")


@app.command
def add(
    name: str, /, *, of: Of | None = None, member: Members = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Make a pool, or let somebody join one; who joins comes last and starts at the lowest count.

    Args:
        name: The pool.
        of: What it deals out; lead when the pool is new and nothing is said.
        member: An e-mail address; may be given several times, in the order of their turns.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pooling.add(hub, name, of, member or [], dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@app.command
def remove(
    name: str, /, *, of: Of | None = None, member: Members = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Take somebody out of a pool, or without --member the pool itself; what it dealt out stays as it is.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        member: An e-mail address; may be given several times.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        change = pooling.remove(hub, name, of, member or [], dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


def _tell_change(change: PoolChange, *, dry_run: bool, json: bool) -> None:
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    what = (
        "made"
        if change.made
        else "removed"
        if change.removed
        else "changed"
        if change.joined or change.left
        else "as it was"
    )
    tell(f"pool {change.pool}, of {change.record_type}s: {what}")
    for title, who in (
        ("joined, at the end", change.joined),
        ("no member any more", change.left),
        ("was in it already", change.already),
        ("is a user of the hub now", change.new_users),
    ):
        if who:
            tell(f"  {title}: {', '.join(who)}")
    for remark in change.remarks:
        tell(f"  note: {remark}")
    if not change.removed:
        tell_next(f"sellhub pool show {quoted(change.pool)}")
