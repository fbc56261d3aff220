"""`sellhub dup`: who may be one person or one company, why, and what people say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.duplicate_words import load_text, tell_explained, tell_merged, tell_pairs, tell_swept
from console.telling import note, progress, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.merge_sides import Place

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="dup",
    help="Duplicates: list, show, merge, unmerge, never, sweep.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command(name="list")
def list_(
    *,
    of: Literal["person", "company"] | None = None,
    state: Literal["open", "never", "merged"] = "open",
    limit: int = 50,
    after: int | None = None,
    json: Flag = False,
) -> None:
    """List pairs that may be one and wait for an answer, weighed as they stand now, the likeliest first.

    Args:
        of: Only people, or only companies.
        state: What was said of them: open (nothing yet), never (they are two), merged.
        limit: How many at most.
        after: Go on after this number.
        json: Print one array.
    """
    from hub import dup_listing
    from hub.opening import open_hub

    with open_hub() as hub:
        pairs = dup_listing.listed(hub, state=state, sort=of, limit=limit, after=after)
        loads = dup_listing.overload(hub) if state == "open" and after is None else []
    if json:
        tell_json([pair.to_json() for pair in pairs])
    elif pairs:
        tell_pairs(pairs, state)
    else:
        tell("nobody is asked about" if state == "open" else f"no pair is {state}")
    for load in loads:
        note(load_text(load))
    if len(pairs) == limit:
        note(f"more: the same with --after {pairs[-1].row.id}")


@app.command
def show(one: str, other: str | None = None, /, *, json: Flag = False) -> None:
    """Show what speaks for and against two being one, comparison by comparison, and what would come of it.

    Args:
        one: The number of a pair in the list, or a record: L-17 or C-4.
        other: The other record, where the first is one.
        json: Print one object.
    """
    from hub import dup_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        explained = dup_desk.explain(hub, _pair(one, other))
    if json:
        tell_json(explained.to_json())
        return
    tell_explained(explained)


@app.command
def merge(
    one: str,
    other: str | None = None,
    /,
    *,
    keep: str | None = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Make two people, or two companies, one. Nothing is lost: `dup unmerge` makes them two again.

    Args:
        one: The number of a pair in the list, or a record: L-17 or C-4.
        other: The other record, where the first is one.
        keep: Which of two records stays; else the contact, else the one known longer.
        by: Who says so; else SELLHUB_USER, else the login name.
        dry_run: Show what would be, and do nothing.
        json: Print one object.
    """
    from hub import dup_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        kept = _place(keep) if keep else None
        merged = dup_desk.answer_merge(hub, _pair(one, other), keep=kept, by=by, dry_run=dry_run)
    if json:
        tell_json(merged.to_json())
        return
    tell(f"{'would be' if dry_run else 'made'} one: {', '.join(merged.kept) or ', '.join(merged.absorbed)}")
    tell_merged(merged)
    if not dry_run:
        tell_next(f"sellhub dup unmerge {merged.id}      (if that was wrong)")


@app.command
def unmerge(what: str, /, *, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Make two again of what was merged by hand, each with what fed it, its owner and its relations.

    Args:
        what: The merge's number, or a record of either: the latest merge that it had a part in.
        by: Who says so; else SELLHUB_USER, else the login name.
        dry_run: Show what would be, and do nothing.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.unmerging import unmerge as take_back

    with open_hub() as hub:
        told = take_back(hub, int(what) if what.isdecimal() else _place(what), by=by, dry_run=dry_run)
    if json:
        tell_json(told.to_json())
        return
    tell(f"{'would be' if dry_run else 'are'} two again: {', '.join([*told.kept, *told.restored])}")
    for record, place in told.newcomers.items():
        tell(f"  {record}, which came since, goes to {place}")
    tell("  nobody is asked about them again")
    if told.restored:
        tell_next(f"sellhub {_kind(told.restored[0])} show {told.restored[0]}")


@app.command
def never(
    one: str,
    other: str | None = None,
    /,
    *,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Say that two are two, for good: nobody is asked about them again.

    Args:
        one: The number of a pair in the list, or a record: L-17 or C-4.
        other: The other record, where the first is one.
        by: Who says so; else SELLHUB_USER, else the login name.
        dry_run: Show what would be, and do nothing.
        json: Print one object.
    """
    from hub import dup_desk
    from hub.opening import open_hub

    with open_hub() as hub:
        names = dup_desk.answer_never(hub, _pair(one, other), by=by, dry_run=dry_run)
    if json:
        tell_json({"records": list(names), "state": "never"})
        return
    tell(f"{names[0]} and {names[1]} {'would be' if dry_run else 'are'} two, for good")


@app.command
def sweep(
    *,
    merge_sure: Annotated[bool, Parameter(name="--merge", negative="")] = False,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Go through the whole store for pairs that no sync has asked about. Killed, it is begun again and goes on.

    Args:
        merge_sure: Make one at once what a sync would have made one; without, they become questions too.
        by: Who does it; else SELLHUB_USER, else the login name.
        dry_run: Count what would be, and do nothing.
        json: Print one object.
    """
    from hub.dup_sweeping import sweep as go_through
    from hub.opening import open_hub

    with open_hub() as hub, progress("looking through all records"):
        swept = go_through(hub, merging=merge_sure, by=by, dry_run=dry_run)
    if json:
        tell_json(swept.to_json())
        return
    tell_swept(swept, dry_run=dry_run)


def _pair(one: str, other: str | None) -> int | tuple[Place, Place]:
    """Read a pair as people name it.

    Raises:
        SetupError: not the number of a pair, nor two records.
    """
    from sell_model.errors import SetupError

    if other is None:
        if not one.isdecimal() or len(one) > 18:
            raise SetupError(
                f"{one!r} is not the number of a pair", fix="give its number from sellhub dup list, or two records"
            )
        return int(one)
    return _place(one), _place(other)


def _place(text: str) -> Place:
    """Read a record as people name it: its letter says what it is.

    Raises:
        SetupError: the letter is missing, or is none of a lead, a contact or a deal.
    """
    from hub.records import LETTERS, read_id
    from sell_model.errors import SetupError

    for kind, letter in LETTERS.items():
        if text.upper().startswith(f"{letter}-"):
            return kind, read_id(kind, text)
    raise SetupError(f"{text!r} names no record", fix="write it with its letter: L-17 for a lead, C-4 for a contact")


def _kind(record: str) -> str:
    return _place(record)[0]
