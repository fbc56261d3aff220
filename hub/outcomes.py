"""The outcomes of calls and visits: names that admins make, at most one on each call or visit."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.types import TEXT_LENGTH
from storage import activities, canonical, journal, outcomes, roster
from storage.hot import Writer
from storage.outcomes import OutcomeRow


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """What was done to an outcome."""

    of: str
    """`call` or `visit`."""
    id: int
    name: str
    before: str | None = None
    """The name that it had until now."""
    moved: int = 0
    """Calls or visits that have another outcome now."""


def list_outcomes(hub: Hub, of: str) -> list[OutcomeRow]:
    """List the outcomes of calls or of visits."""
    with hub.store.read() as db:
        return outcomes.outcomes(db, of)


def outcome_named(db: Writer, of: str, name: str) -> OutcomeRow:
    """Find an outcome by name, whatever its case.

    Raises:
        SetupError: there is none.
    """
    there = outcomes.outcomes(db, of)
    for row in there:
        if folded(row.name) == folded(name):
            return row
    known = [row.name for row in there]
    near = difflib.get_close_matches(name, known, 1)
    raise SetupError(
        f"outcome {name!r}: a {of} has no such outcome" + (f"; nearest: {near[0]}" if near else ""),
        fix=f"outcomes: {', '.join(known) or 'none'}; make it: sellhub {of} outcomes add {name!r}",
    )


def add_outcome(hub: Hub, of: str, name: str, *, by: str | None = None, dry_run: bool = False) -> OutcomeChange:
    """Make an outcome.

    Raises:
        SetupError: there is one of that name.
    """
    with by_hand(hub, f"{of} outcomes add", by=by, dry_run=dry_run) as hand:
        wanted = _free_name(hand, of, name)
        id_ = outcomes.add(hand.db, of, wanted, hand.now)
        hand.journal.append(journal.created(activities.OUTCOMES[of], [id_]))
        return OutcomeChange(of, id_, wanted)


def rename_outcome(
    hub: Hub, of: str, name: str, to: str, *, by: str | None = None, dry_run: bool = False
) -> OutcomeChange:
    """Give an outcome another name; the calls or visits that have it keep it.

    Raises:
        SetupError: there is none of that name, or another one bears the new name.
    """
    with by_hand(hub, f"{of} outcomes rename", by=by, dry_run=dry_run) as hand:
        row = outcome_named(hand.db, of, name)
        wanted = _free_name(hand, of, to, row.id)
        outcomes.rename(hand.db, of, row.id, wanted, hand.now)
        hand.journal.append(journal.changed(activities.OUTCOMES[of], row.id, row.version + 1, {"name": row.name}))
        return OutcomeChange(of, row.id, wanted, row.name)


def remove_outcome(
    hub: Hub, of: str, name: str, *, into: str | None = None, by: str | None = None, dry_run: bool = False
) -> OutcomeChange:
    """Remove an outcome.

    Args:
        into: the outcome that its calls or visits get instead.

    Raises:
        SetupError: there is none of that name, or something has it and nobody said what it gets instead.
    """
    with by_hand(hub, f"{of} outcomes remove", by=by, dry_run=dry_run) as hand:
        roster.hold(hand.db, f"outcomes of {of}s")
        row = outcome_named(hand.db, of, name)
        if row.used and into is None:
            raise SetupError(
                f"outcome {row.name!r}: {row.used:,} {of}{'s have' if row.used > 1 else ' has'} it",
                fix=f"say what they get instead: sellhub {of} outcomes remove {row.name!r} --into OTHER",
            )
        moved = _moved(hand, of, row, outcome_named(hand.db, of, into)) if into is not None else 0
        outcomes.remove(hand.db, of, row.id)
        was = {"id": row.id, "name": row.name}
        hand.journal.append(journal.Entry("removed", activities.OUTCOMES[of], row.id, row.version, was))
        return OutcomeChange(of, row.id, row.name, moved=moved)


def _moved(hand: Hand, of: str, row: OutcomeRow, into: OutcomeRow) -> int:
    """Give what has one outcome another one; gives how many."""
    if into.id == row.id:
        raise SetupError(f"outcome {row.name!r} cannot be removed into itself", fix="name another one")
    having = canonical.load(hand.db, of, outcomes.users_of(hand.db, of, row.id), lock=True)
    after = [{**each, "outcome_id": into.id, "version": each["version"] + 1} for each in having.values()]
    canonical.update(hand.db, of, after, hand.now)
    hand.journal += [journal.changed(of, each["id"], each["version"], {"outcome_id": row.id}) for each in after]
    return len(after)


def _free_name(hand: Hand, of: str, name: str, id_: int | None = None) -> str:
    """Check a name that an outcome is to have, and let nobody else take it until the transaction ends."""
    roster.hold(hand.db, f"outcomes of {of}s")
    wanted = name.strip()
    if not wanted or len(wanted) > TEXT_LENGTH:
        raise SetupError(f"outcome {wanted[:40]!r}: a name has from 1 to {TEXT_LENGTH} characters", fix="write another")
    for row in outcomes.outcomes(hand.db, of):
        if folded(row.name) == folded(wanted) and row.id != id_:
            raise SetupError(f"there is an outcome {row.name!r} of {of}s already", fix=f"sellhub {of} outcomes list")
    return wanted
