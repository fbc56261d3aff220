"""Giving records to people by hand, one or a whole list: to somebody, or to whoever is next in a pool.

What is given so is a hand edit on the owner: it holds against syncs until it is released. Each record
spends a turn of the pool, those that had an owner too: so Sell counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.assign import Asked, Dealer
from hub.batch import Kind
from hub.by_hand import Hand, acting, by_hand
from hub.known_accounts import Rowed
from hub.notifying import gathered
from hub.opening import Hub
from hub.pool_changes import known_user
from hub.pooling import find
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import absences, canonical, hand_edits, turns
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.turns import Assigned

_NAMED = 10
"""So many records that can be given to nobody are told one by one."""
PORTION = 500
"""Records a transaction."""
LISTED = 1_000
"""How many records a report lists; it counts them all."""

Chosen: TypeAlias = Callable[[Writer, int, int], list[int]]
"""Gives the ids of a list after one of them, at most so many, rising: `(db, after, limit)`."""
Still: TypeAlias = Callable[[Writer], set[int]]
"""Gives what is chosen still, of those that are given in one transaction."""


@dataclass(frozen=True, slots=True)
class Given:
    """A record that was given to somebody."""

    id: int
    owner: str
    how: str
    came_from: str | None
    """Its owner until then."""


@dataclass(slots=True)
class Report:
    """What was given to whom."""

    kind: Kind
    by: str
    pool: str | None = None
    owner: str | None = None
    count: int = 0
    owners: dict[str, int] = field(default_factory=dict)
    """How many each got."""
    records: list[Given] = field(default_factory=list)
    """The first thousand."""
    nobody: list[int] = field(default_factory=list)
    """Records that nobody was there for; they stay as they were."""
    kept: list[int] = field(default_factory=list)
    """Records that stay with their owner: nobody else was there for them."""
    left: dict[int, str] = field(default_factory=dict)
    """Records that were merged, converted or deleted meanwhile."""
    runs: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `assign --json` prints."""
        return {
            "record_type": self.kind,
            "by": self.by,
            "pool": self.pool,
            "owner": self.owner,
            "count": self.count,
            "owners": self.owners,
            "records": [{"id": g.id, "owner": g.owner, "how": g.how, "from": g.came_from} for g in self.records],
            "unassigned": self.nobody,
            "kept": self.kept,
            "left": [{"id": id_, "why": why} for id_, why in self.left.items()],
            "runs": self.runs,
            "remarks": self.remarks,
        }


@dataclass(frozen=True, slots=True)
class Aim:
    """To whom: the next in a pool, or a user."""

    pool_id: int | None = None
    user_id: int | None = None


def assign_records(
    hub: Hub,
    kind: Kind,
    chosen: Sequence[int] | Chosen,
    *,
    pool: str | None = None,
    owner: str | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Give records to a user, or each to the next in a pool; 500 a transaction.

    Killed anywhere, what was given stays given, and no turn was spent on anything else. Run again it
    takes what is chosen then: a list that asks for an empty owner goes on where it was, any other one
    is dealt out anew from its beginning.

    Args:
        chosen: ids, dealt out in their order; or a list by rising ids.
        pool: the name of a pool of this kind of record.
        owner: a user's address.

    Raises:
        SetupError: no such pool, user or record; nothing is given then.
    """
    if (pool is None) is (owner is None):
        raise SetupError("it is not clear to whom", fix="either --pool NAME or --owner EMAIL")
    with hub.store.rehearsal() if dry_run else nullcontext():
        with hub.store.read() as db:
            aim, report = _aimed(hub, db, kind, pool, owner, acting(by))
            if not callable(chosen):
                chosen = list(dict.fromkeys(chosen))
                _refuse_unknown(kind, chosen, canonical.load(db, kind, chosen))
        with gathered(hub):
            for ids, still in _portions(hub, chosen):
                with by_hand(hub, "assign", by=by) as hand:
                    _give_portion(hand, ids, still, aim, report)
    return report


def _aimed(hub: Hub, db: Writer, kind: Kind, pool: str | None, owner: str | None, by: str) -> tuple[Aim, Report]:
    if owner is None:
        found = find(db, pool or "", kind)
        return Aim(pool_id=found.id), Report(kind, by, pool=found.name)
    user_id = known_user(db, owner)
    report = Report(kind, by, owner=owner)
    absent = absences.absent_users(db, [user_id], hub.now()).get(user_id)
    if absent == "inactive":
        raise SetupError(f"{owner} is no active user and can be given nothing", fix="name somebody else")
    if absent is not None:
        report.remarks.append(f"{owner} is {absent} just now")
    return Aim(user_id=user_id), report


def _refuse_unknown(kind: Kind, ids: Iterable[int], rows: dict[int, CanonicalRow]) -> None:
    """Name the ids that can be given to nobody, each with the reason."""
    faults = [f"{shown_id(kind, id_)} {why}" for id_ in ids if (why := why_not(rows.get(id_), kind)) is not None]
    if faults:
        told = "; ".join(faults[:_NAMED]) + (f"; and {len(faults) - _NAMED:,} others" if len(faults) > _NAMED else "")
        raise SetupError(f"nothing was assigned: {told}", fix=f"leave these out; all there are: sellhub {kind} list")


def why_not(row: CanonicalRow | None, kind: Kind) -> str | None:
    """Say why a record can be given to nobody; None: it can."""
    if row is None:
        return "is not there"
    if row.get("merged_into") is not None:
        return f"was merged into {shown_id(kind, row['merged_into'])}"
    if row["deleted_at"] is not None:
        return "was deleted"
    return "was converted" if row["gone_at_source"] == "converted" else None


def _portions(hub: Hub, chosen: Sequence[int] | Chosen) -> Iterator[tuple[list[int], Still | None]]:
    """Give the ids of each transaction, and how to ask once more, after they are locked, what is still chosen."""
    if not callable(chosen):
        for start in range(0, len(chosen), PORTION):
            yield list(chosen[start : start + PORTION]), None
        return
    after = 0
    while True:
        with hub.store.read() as db:
            ids = chosen(db, after, PORTION)
        if not ids:
            return
        yield ids, _asked_again(chosen, after, ids[-1])
        after = ids[-1]


def _asked_again(chosen: Chosen, after: int, last: int) -> Still:
    """What is chosen up to an id; others may have come in between, so that it may be more than there were."""

    def still(db: Writer) -> set[int]:
        found: set[int] = set()
        start = after
        while start < last and (page := chosen(db, start, PORTION)):
            found.update(page)
            start = page[-1]
        return found

    return still


def _give_portion(hand: Hand, ids: list[int], still: Still | None, aim: Aim, report: Report) -> None:
    rows = canonical.load(hand.db, report.kind, ids, lock=True)
    if still is not None:
        chosen = still(hand.db)
        ids = [id_ for id_ in ids if id_ in chosen]
    gone = {id_: why for id_ in ids if (why := why_not(rows.get(id_), report.kind)) is not None}
    standing = {id_: rows[id_] for id_ in ids if id_ not in gone}
    given = give(hand, report.kind, standing, aim)
    report.left |= gone
    report.runs.append(hand.run_id)
    _count(hand.db, report, standing, given)


def give(hand: Hand, kind: Kind, rows: dict[int, CanonicalRow], aim: Aim) -> list[Assigned]:
    """Give records to somebody within an open doing by hand; gives whom each was given to.

    Args:
        rows: the records as they stand, locked, by id, in the order in which they are dealt out.
    """
    given = _dealt(hand, kind, rows, aim.pool_id) if aim.pool_id is not None else _named(hand, kind, rows, aim)
    if given:
        owners = {each.record_id: each.user_id for each in given}
        hand_edits.keep_field(hand.db, kind, "owner_id", owners, hand.by, hand.now)
        hand.recompute((kind, id_) for id_ in owners)
        changed = [each for each in given if each.how != "hand" or each.user_id != each.from_user_id]
        turns.write(hand.db, changed, hand.run_id, hand.now)
    return given


def _dealt(hand: Hand, kind: Kind, rows: dict[int, CanonicalRow], pool_id: int) -> list[Assigned]:
    dealer = Dealer.opened(hand.db, hand.now, [pool_id], by=hand.by)
    dealer.learn_accounts([Rowed(kind, id_, row) for id_, row in rows.items()])
    asked = [dealer.deal(Asked(kind, id_, pool_id, row["owner_id"])) for id_, row in rows.items()]
    dealer.close()
    return [assigned for assigned in asked if assigned is not None]


def _named(hand: Hand, kind: Kind, rows: dict[int, CanonicalRow], aim: Aim) -> list[Assigned]:
    user_id = aim.user_id or 0
    return [Assigned(kind, id_, user_id, "hand", by=hand.by, from_user_id=row["owner_id"]) for id_, row in rows.items()]


def _count(db: Writer, report: Report, rows: dict[int, CanonicalRow], given: list[Assigned]) -> None:
    people = {a.user_id for a in given} | {a.from_user_id for a in given if a.from_user_id is not None}
    names = turns.user_addresses(db, people)
    for each in given:
        owner = names[each.user_id]
        report.count += 1
        report.owners[owner] = report.owners.get(owner, 0) + 1
        if len(report.records) < LISTED:
            before = names[each.from_user_id] if each.from_user_id is not None else None
            report.records.append(Given(each.record_id, owner, each.how, before))
    got = {each.record_id for each in given}
    for id_, row in rows.items():
        if id_ not in got:
            (report.nobody if row["owner_id"] is None else report.kept).append(id_)
