"""Round robin exactly as Sell has it: a fixed order that wraps around, each assignment one turn.

Source: Zendesk help, "Distributing leads, contacts, and deals". Sell's order is the order in which
members were added; new members go to the end; the pool goes on without removed ones. Whoever is
absent is passed over and keeps their place; Sell knows the inactive user only, the hub also the paused
member and the one who is away. Who comes back is not made up for what went by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush, heapreplace
from typing import Literal, TypeAlias

Absence: TypeAlias = Literal["inactive", "paused", "away"]
"""Why somebody gets nothing: no active user, taken out of this pool's turns for a while, away from all pools."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a pool."""

    user_id: int
    place: int
    """The order in the pool; ties of turns go by it."""
    turns: int
    """Turns spent less turns given back, plus the credits of joining late and of coming back."""
    absent: Absence | None = None
    behind: bool = False
    """Others had turns while this one was absent."""
    credit: int = 0
    """How many of the turns this one never had: counted on joining late, on coming back, when a turn went by."""

    @property
    def available(self) -> bool:
        """Whether they can have a turn."""
        return self.absent is None


def level(members: Iterable[Member]) -> int:
    """Give the count at which somebody joins or comes back: the lowest of those available who missed nothing.

    Where none of them is available, the lowest of all who missed nothing; where everybody missed
    something, the highest of all: either way nobody is owed a run of records.
    """
    known = list(members)
    there = [m.turns for m in known if not m.behind]
    here = [m.turns for m in known if not m.behind and m.available]
    return min(here or there) if there else max((m.turns for m in known), default=0)


def caught_up(members: Iterable[Member]) -> list[Member]:
    """Let those who are back after others had turns start at the lowest count: nobody catches up in a row."""
    known = list(members)
    start = level(known)
    return [_raised(replace(m, behind=False), start) if m.behind and m.available else m for m in known]


def _raised(member: Member, count: int) -> Member:
    """Credit somebody with as many turns as make a count."""
    more = max(count - member.turns, 0)
    return replace(member, turns=member.turns + more, credit=member.credit + more)


def joined(members: Iterable[Member], user_id: int) -> Member:
    """Make the member that a user becomes on joining: last in place, at the lowest count."""
    known = caught_up(members)
    return _raised(Member(user_id, max((m.place for m in known), default=-1) + 1, 0), level(known))


@dataclass(slots=True)
class Line:
    """A pool's members in line, as turns are given out one by one.

    Each turn goes to the available member with the fewest, ties by place. So among those available
    throughout counts never differ by more than one, and nobody has two turns in a row while another
    one waits for theirs.
    """

    members: list[Member]
    """As they stood; see `after`."""
    given: int = 0
    """Turns given out."""
    passed_over: list[Member] = field(init=False)
    """Those who are absent, in their places."""
    _heap: list[tuple[int, int, int]] = field(init=False)
    _went_by: dict[int, int] = field(init=False, default_factory=dict)
    """User → turns that went by because the record was theirs already."""

    def __post_init__(self) -> None:
        """Let those in who are back."""
        self.members = sorted(caught_up(self.members), key=lambda m: m.place)
        self.passed_over = [m for m in self.members if not m.available]
        self._heap = [(m.turns, m.place, m.user_id) for m in self.members if m.available]
        heapify(self._heap)

    @property
    def following(self) -> int | None:
        """Whose turn it is; None: nobody is available."""
        return self._heap[0][2] if self._heap else None

    def turn(self) -> int | None:
        """Give a turn; None: nobody is available."""
        if not self._heap:
            return None
        turns, place, user_id = self._heap[0]
        heapreplace(self._heap, (turns + 1, place, user_id))
        self.given += 1
        return user_id

    def turn_past(self, present: int) -> int | None:
        """Give a turn to somebody else than the present owner, whose own turn goes by if it is theirs now.

        None: nobody else is available; then no turn is spent.
        """
        if not any(user_id != present for _, _, user_id in self._heap):
            return None
        turns, place, user_id = self._heap[0]
        if user_id != present:
            return self.turn()
        heappop(self._heap)
        given = self.turn()
        heappush(self._heap, (turns + 1, place, user_id))
        self._went_by[user_id] = self._went_by.get(user_id, 0) + 1
        return given

    def after(self) -> list[Member]:
        """Give the members with their turns spent, in their places; those absent meanwhile are behind."""
        turns = {user_id: count for count, _, user_id in self._heap}
        missed = self.given > 0
        return [
            replace(m, turns=turns[m.user_id], credit=m.credit + self._went_by.get(m.user_id, 0))
            if m.available
            else replace(m, behind=m.behind or missed)
            for m in self.members
        ]


def deal_out(members: Iterable[Member], count: int) -> tuple[list[int], list[Member]]:
    """Give `count` turns.

    Returns:
        The user ids in the order of the turns (fewer than `count` only when nobody is available,
        then none), and the members with their turns spent, in their places.
    """
    line = Line(list(members))
    dealt = [user_id for _ in range(count) if (user_id := line.turn()) is not None]
    return dealt, line.after()


def rebased(members: Iterable[Member]) -> list[Member]:
    """Take back credits for turns of others that were given back since, as an undo does with a whole run.

    Who joined or came back was credited with as many as others had; without this they would wait until
    others had had all of them again. A turn given back is owed to whoever had it, to nobody else.
    """
    known = list(members)
    least = min((m.credit for m in known), default=0)
    most = max((m.turns for m in known if m.credit == least), default=0)
    return [_lowered(m, max(most, m.turns - m.credit)) if m.credit > least else m for m in known]


def _lowered(member: Member, count: int) -> Member:
    """Take away as many of somebody's credited turns as are above a count."""
    less = max(member.turns - count, 0)
    return replace(member, turns=member.turns - less, credit=member.credit - less)


def in_order(members: Iterable[Member], first: Iterable[int]) -> list[Member]:
    """Give members new places: these users first, in this order, then the others as they stand."""
    wanted = {user_id: at for at, user_id in enumerate(dict.fromkeys(first))}
    known = sorted(members, key=lambda m: (wanted.get(m.user_id, len(wanted)), m.place))
    return [replace(m, place=place) for place, m in enumerate(known)]


def leads_to(falls_back: dict[int, int | None], pool_id: int) -> list[int]:
    """List the pools that are asked one after the other when nobody is available, the first one first.

    Args:
        falls_back: pool → the pool that it falls back to. A pool that was removed leads nowhere.

    Raises:
        ValueError: they lead back to a pool that was asked before.
    """
    asked = [pool_id]
    following = falls_back.get(pool_id)
    while following is not None and following in falls_back:
        if following in asked:
            raise ValueError("these pools fall back to each other in a circle")
        asked.append(following)
        following = falls_back.get(following)
    return asked
