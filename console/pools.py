"""`sellhub pool`: who deals with what comes without an owner, by turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, when
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.pooling import PoolShown
    from storage.pool_listing import MemberRow

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Of: TypeAlias = Literal["lead", "contact", "deal"]

app = cyclopts.App(
    name="pool",
    help="Distribution pools: who gets what comes without an owner, by turns.",
    result_action="return_value",
    help_format="plaintext",
)
for _name, _help in {
    "add": "Make a pool, or let somebody join one; who joins comes last and starts at the lowest count.",
    "remove": "Take somebody out of a pool, or without --member the pool itself; what it dealt out stays as it is.",
    "order": "Say in which order members take their turns; those not named follow as they stood.",
    "pause": "Leave members out of a pool's turns for a while; they keep their place.",
    "resume": "Let paused members have turns again; they are not made up for those that went by.",
    "set": "Set who gets it when nobody is available, and what comes before a turn.",
    "away": "Say that a user is away from all pools, clear it, or list who is.",
}.items():
    app.command(f"console.pool_changes:{'set_' if _name == 'set' else _name}", name=_name, help=_help)


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
    """Show a pool's members in the order of their turns, what each got, who is absent and why.

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
    for line in _settings(pool):
        tell(f"  {line}")
    if not pool.members:
        goes = f"goes to {pool.fallback}" if pool.fallback else "stays without an owner"
        tell(f"  nobody is in it: what it should deal out {goes}")
        tell_next(f"sellhub pool add {quoted(pool.name)} --of {pool.record_type} --member EMAIL")
        return
    rows = [
        (at, m.name or m.email, m.email, m.got, m.given_back, m.turns, m.passed_over, _state(m, pool.next))
        for at, m in enumerate(pool.members, 1)
    ]
    tell_table(("position", "member", "address", "got", "given back", "turns", "skipped", ""), rows)
    tell_next(f"sellhub pool next {quoted(pool.name)}", f"sellhub pool history {quoted(pool.name)}")


def _settings(pool: PoolShown) -> list[str]:
    told = []
    if pool.known_owner_first:
        told.append("the owner of a known account comes first, and no turn is spent")
    if pool.fallback:
        told.append(f"when nobody is available: {'pool ' if pool.fallback_pool else ''}{pool.fallback}")
    if pool.skip_present_owner:
        told.append("a record that is dealt out anew goes to somebody else than its owner")
    return told


def _state(member: MemberRow, following: int | None) -> str:
    if member.absent == "away":
        until = f" until {when(member.away_until)}" if member.away_until else ""
        return f"away{until}{f': {member.away_reason}' if member.away_reason else ''}"
    return member.absent or ("next" if member.user_id == following else "")


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
def simulate(
    name: str,
    /,
    *,
    next_: Annotated[int, Parameter(name="--next")] = 10,
    of: Of | None = None,
    json: Flag = False,
) -> None:
    """Tell who would get the next records and why, what the pool falls back to included; no turn is spent.

    Args:
        name: The pool.
        next_: How many records.
        of: What it deals out, where several pools bear the name.
        json: Print one object.
    """
    from dataclasses import asdict

    from hub import pooling
    from hub.opening import open_hub

    with open_hub() as hub:
        coming = pooling.simulate(hub, name, of, next_)
    if json:
        tell_json({"turns": [asdict(turn) for turn in coming]})
        return
    tell_table(("turn", "owner", "why"), [(turn.n, turn.owner or "nobody", turn.why) for turn in coming])
    shares: dict[str, int] = {}
    for turn in coming:
        shares[turn.owner or "nobody"] = shares.get(turn.owner or "nobody", 0) + 1
    tell(f"shares: {', '.join(f'{owner} {share}' for owner, share in shares.items())}")
    tell_next(f"sellhub pool show {quoted(name)}")


@app.command
def history(
    name: str, /, *, of: Of | None = None, limit: int = 50, before: int | None = None, json: Flag = False
) -> None:
    """Tell what a pool gave to whom and why, latest first.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        limit: How many at most.
        before: The last id of the page before: go on before it.
        json: Print one array.
    """
    from hub import pooling
    from hub.opening import open_hub
    from hub.records import shown_id

    with open_hub() as hub:
        given, following = pooling.history(hub, name, of, limit, before)
    if json:
        tell_json(
            [
                {"id": g.turn.id, "record_type": g.turn.record_type, "record_id": g.turn.record_id, **g.to_json()}
                for g in given
            ]
        )
    elif given:
        rows = [
            (g.turn.id, when(g.turn.assigned_at), shown_id(g.turn.record_type, g.turn.record_id), g.turn.user, g.text)
            for g in given
        ]
        tell_table(("id", "when", "record", "owner", "why"), rows)
        tell_next(f"sellhub {given[0].turn.record_type} why {rows[0][2]}")
    else:
        tell(f"pool {name} has given nothing" + (" before that" if before is not None else " yet"))
        tell_next(f"sellhub pool show {quoted(name)}")
    if following is not None:
        note(f"more: sellhub pool history {quoted(name)} --limit {limit} --before {following}")
