"""Round robin exactly as Sell has it: a fixed order that wraps around, each assignment one turn.

Source: Zendesk help, "Distributing leads, contacts, and deals". Sell's order is the order in which
members were added; new members go to the end; the pool goes on without removed ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a pool."""

    user_id: int
    place: int
    """The order in the pool; ties of turns go by it."""
    turns: int
    """Turns spent less turns given back, plus the credit of joining late."""
    available: bool = True


def deal_out(members: Iterable[Member], count: int) -> tuple[list[int], list[Member]]:
    """Give `count` turns, each to the available member furthest behind, ties by place.

    Returns:
        The user ids in the order of the turns (fewer than `count` only when nobody is available,
        then none), and the members with their turns spent.
    """
    free = [m for m in members if m.available]
    rest = [m for m in members if not m.available]
    if not free:
        return [], rest
    line = [(m.turns, m.place, m.user_id) for m in free]
    heapify(line)
    dealt: list[int] = []
    for _ in range(count):
        turns, place, user_id = line[0]
        dealt.append(user_id)
        heapreplace(line, (turns + 1, place, user_id))
    spent = {user_id: turns for turns, _, user_id in line}
    return dealt, [replace(m, turns=spent[m.user_id]) for m in free] + rest


def joined(members: Iterable[Member], user_id: int) -> Member:
    """Make the member that a user becomes on joining: last in place, at the lowest count.

    Starting at the lowest count means that nobody catches up in a row.
    """
    known = list(members)
    lowest = min((m.turns for m in known if m.available), default=0)
    return Member(user_id, max((m.place for m in known), default=-1) + 1, lowest)
