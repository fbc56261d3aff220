"""`sellhub pool add, remove, order, pause, resume, set, away`: what changes a pool, or who is there for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from console.showing import quoted
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.absence import Absence, AbsenceChange
    from hub.pool_changes import PoolChange

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Switch: TypeAlias = bool | None
Of: TypeAlias = Literal["lead", "contact", "deal"]
Members: TypeAlias = Annotated[list[str] | None, Parameter(name="--member", negative_iterable="")]


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
    _change("add", name, of, member, dry_run=dry_run, json=json)


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
    _change("remove", name, of, member, dry_run=dry_run, json=json)


def order(
    name: str, /, *, of: Of | None = None, member: Members = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Say in which order members take their turns; those not named follow as they stood.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        member: An e-mail address; may be given several times, in the order of their turns.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    _change("order", name, of, member, dry_run=dry_run, json=json)


def pause(
    name: str, /, *, of: Of | None = None, member: Members = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Leave members out of a pool's turns for a while; they keep their place.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        member: An e-mail address; may be given several times.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    _change("pause", name, of, member, dry_run=dry_run, json=json)


def resume(
    name: str, /, *, of: Of | None = None, member: Members = None, dry_run: Flag = False, json: Flag = False
) -> None:
    """Let paused members have turns again; they are not made up for those that went by.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        member: An e-mail address; may be given several times.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    _change("resume", name, of, member, dry_run=dry_run, json=json)


def set_(
    name: str,
    /,
    *,
    of: Of | None = None,
    fallback: str | None = None,
    fallback_pool: str | None = None,
    no_fallback: Flag = False,
    known_owner_first: Switch = None,
    skip_present_owner: Switch = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Set who gets it when nobody is available, and what comes before a turn.

    Args:
        name: The pool.
        of: What it deals out, where several pools bear the name.
        fallback: The user, by address, who gets it when nobody is available.
        fallback_pool: The pool that deals it out then.
        no_fallback: It stays without an owner then.
        known_owner_first: The owner of the same person's contact, of its company or of their latest deal gets it;
            no turn is spent.
        skip_present_owner: A record that is dealt out anew goes to somebody else than its present owner.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import pool_settings
    from hub.opening import open_hub

    wanted = pool_settings.PoolSettings(fallback, fallback_pool, no_fallback, known_owner_first, skip_present_owner)
    with open_hub() as hub:
        change = pool_settings.set_up(hub, name, of, wanted, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


def away(
    email: str | None = None,
    /,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    reason: str | None = None,
    clear: Flag = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Say that a user is away from all pools, clear it, or list who is.

    Args:
        email: The user; without one, or without any option, the absences that are not over are listed.
        from_: The first day, YYYY-MM-DD in the hub's time zone; left out: from now on.
        to: The last day; left out: until further notice.
        reason: Why, as the pool shows it.
        clear: An absence that has begun ends now, one to come is forgotten.
        dry_run: Tell what would be done.
        json: Print JSON.
    """
    from hub import absence
    from hub.opening import open_hub
    from sell_model.errors import SetupError

    said = from_ or to or reason
    if (clear and said) or (email is None and (clear or said)):
        raise SetupError(
            "it is not clear what is meant", fix="sellhub pool away EMAIL --from D --to D, or EMAIL --clear"
        )
    with open_hub() as hub:
        if email is None or not (clear or said):
            _tell_absences(absence.list_absences(hub, email), json=json)
            return
        change = (
            absence.call_back(hub, email, dry_run=dry_run)
            if clear
            else absence.send_away(hub, email, from_, to, reason, dry_run=dry_run)
        )
    _tell_absence_change(change, dry_run=dry_run, json=json)


def _tell_absences(rows: list[Absence], *, json: bool) -> None:
    if json:
        tell_json([row.to_json() for row in rows])
    elif rows:
        tell_table(("who", "from", "to", "reason", ""), [(*_days(r), "away" if r.now else "to come") for r in rows])
        tell_next(f"sellhub pool away {rows[0].email or 'EMAIL'} --clear")
    else:
        tell("nobody is away")
        tell_next("sellhub pool away EMAIL --from YYYY-MM-DD --to YYYY-MM-DD --reason TEXT")


def _days(row: Absence) -> tuple[str, str, str, str]:
    return row.user, row.first, row.last or "further notice", row.reason or ""


def _tell_absence_change(change: AbsenceChange, *, dry_run: bool, json: bool) -> None:
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    for title, rows in (("away from all pools", change.noted), ("no more", change.cleared)):
        for row in rows:
            why = f" ({row.reason})" if row.reason else ""
            tell(f"{row.user}: {title}: {row.first} to {row.last or 'further notice'}{why}")
    if not change.noted and not change.cleared:
        tell(f"{change.email} was not away")
    for remark in change.remarks:
        tell(f"  note: {remark}")
    tell_next("sellhub pool away")


def _change(
    doing: Literal["add", "remove", "order", "pause", "resume"],
    name: str,
    of: Of | None,
    members: list[str] | None,
    *,
    dry_run: bool,
    json: bool,
) -> None:
    """Do one of the changes that are made with a pool's members, and tell it."""
    from hub import pool_changes
    from hub.opening import open_hub

    doings = {
        "add": pool_changes.add,
        "remove": pool_changes.remove,
        "order": pool_changes.order,
        "pause": pool_changes.pause,
        "resume": pool_changes.resume,
    }
    with open_hub() as hub:
        change = doings[doing](hub, name, of, members or [], dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


def _tell_change(change: PoolChange, *, dry_run: bool, json: bool) -> None:
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    tell(f"pool {change.pool}, of {change.record_type}s: {_what(change)}")
    for title, who in (
        ("joined, at the end", change.joined),
        ("no member any more", change.left),
        ("paused", change.paused),
        ("takes turns again", change.resumed),
        ("was so already" if change.paused or change.resumed else "was in it already", change.already),
        ("in this order", change.order),
        ("is a user of the hub now", change.new_users),
    ):
        if who:
            tell(f"  {title}: {', '.join(who)}")
    for name, value in change.settings.items():
        tell(f"  {name.replace('_', ' ')}: {'none' if value is None else _yes_no(value)}")
    for remark in change.remarks:
        tell(f"  note: {remark}")
    if not change.removed:
        tell_next(f"sellhub pool show {quoted(change.pool)}")


def _yes_no(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _what(change: PoolChange) -> str:
    if change.made:
        return "made"
    if change.removed:
        return "removed"
    done = (change.joined, change.left, change.paused, change.resumed, change.order, change.settings)
    return "changed" if any(done) else "as it was"
