"""The rules of turns: Sell's order, and fairness whoever joins, leaves, pauses or comes back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.pools import Line, Member, caught_up, deal_out, in_order, joined, leads_to, level, rebased

A, B, C, D = 1, 2, 3, 4


def pool(*turns: int) -> list[Member]:
    """Members A, B, C … with so many turns each."""
    return [
        Member(user_id, place, count) for place, (user_id, count) in enumerate(zip(range(1, 9), turns, strict=False))
    ]


def absent(members: list[Member], *user_ids: int) -> list[Member]:
    """The same members, these paused and the others there."""
    return [replace(m, absent="paused" if m.user_id in user_ids else None) for m in members]


def test_sells_documented_example_of_the_order() -> None:
    """A, B, C, A, and then an existing lead that is given to the pool goes to B: a reassignment is a turn."""
    dealt, members = deal_out(pool(0, 0, 0), 4)
    reassigned, _ = deal_out(members, 1)

    assert (dealt, reassigned) == ([A, B, C, A], [B])


def test_a_new_member_comes_at_the_end() -> None:
    """Also in the middle of a round: those who wait for their turn keep it."""
    _, members = deal_out(pool(0, 0, 0), 1)

    dealt, _ = deal_out([*members, joined(members, D)], 5)

    assert dealt == [B, C, D, A, B]


@pytest.mark.parametrize(("removed", "dealt"), [(B, [C, A, C, A]), (A, [B, C, B, C]), (C, [B, A, B, A])])
def test_the_pool_goes_on_without_a_removed_member(removed: int, dealt: list[int]) -> None:
    """The one whose turn it was, the one before and the one after."""
    _, members = deal_out(pool(0, 0, 0), 1)

    assert deal_out([m for m in members if m.user_id != removed], 4)[0] == dealt


def test_who_is_absent_gets_nothing_and_is_behind_then() -> None:
    """And nobody at all available means that nothing is dealt out and nobody fell behind."""
    dealt, members = deal_out(absent(pool(0, 0, 0), B), 4)
    nothing, same = deal_out(absent(pool(0, 0), A, B), 4)

    assert dealt == [A, C, A, C]
    assert [m.behind for m in members] == [False, True, False]
    assert (nothing, [m.behind for m in same]) == ([], [False, False])


def test_who_returns_gets_no_run_of_records() -> None:
    """They start at the lowest count of those who were there, at their old place."""
    _, members = deal_out(absent(pool(0, 0, 0), B), 100)

    dealt, _ = deal_out(absent(members), 6)

    assert dealt == [A, B, C, A, B, C]


def test_an_absence_without_a_turn_of_others_costs_nothing() -> None:
    """Away over a weekend on which nothing came: the order is as if nothing had been."""
    members = absent(absent(pool(1, 0, 0), B))

    assert deal_out(members, 3)[0] == [B, C, A]


def test_who_returns_while_the_others_are_gone_owes_and_is_owed_nothing() -> None:
    """Whoever is back first goes on at the others' count; the others do not get a run when they come."""
    _, members = deal_out(absent(pool(0, 0), A), 10)
    alone, members = deal_out(absent(members, B), 3)

    dealt, _ = deal_out(absent(members), 4)

    assert alone == [A, A, A]
    assert dealt == [A, B, A, B]


def test_the_level_when_everybody_missed_something_is_the_highest() -> None:
    """The one who had all the turns was removed: nobody left is owed what went by."""
    members = [Member(A, 0, 0, behind=True), Member(B, 1, 5, behind=True)]

    assert level(members) == 5
    assert [m.turns for m in caught_up(members)] == [5, 5]
    assert level([]) == 0


def test_past_the_present_owner_their_turn_goes_by() -> None:
    """As a pointer that moves on: they are not made up for it either."""
    line = Line(pool(0, 0, 0))

    assert [line.turn_past(A), line.turn_past(A), line.turn_past(A)] == [B, C, B]
    assert [m.turns for m in line.after()] == [2, 2, 1]


def test_past_the_present_owner_nobody_else_is_there() -> None:
    """Then no turn is spent."""
    line = Line(absent(pool(0, 0), B))

    assert (line.turn_past(A), line.given, [m.behind for m in line.after()]) == (None, 0, [False, False])


def test_who_joined_meanwhile_does_not_wait_for_turns_that_were_given_back() -> None:
    """A hundred were dealt to two, a third one joined, the hundred are taken back: the third waits for none of them."""
    newcomer = joined(pool(50, 50), C)

    assert [m.turns for m in rebased([*pool(0, 0), newcomer])] == [0, 0, 0]
    assert [m.turns for m in rebased([*pool(0, 0), replace(newcomer, turns=54)])] == [0, 0, 4]
    assert rebased([newcomer]) == [newcomer]
    assert rebased([]) == []


def test_a_turn_given_back_is_owed_to_whoever_had_it() -> None:
    """Two of A's were duplicates: A gets two more, whoever joined late does not."""
    members = [*pool(8, 10), replace(joined(pool(9, 9), C), turns=10)]

    assert [m.turns for m in rebased(members)] == [8, 10, 10]


def test_the_order_is_set_and_the_others_follow() -> None:
    """Counts stay as they are."""
    ordered = in_order(pool(3, 2, 2, 2), [C, A])

    assert [(m.user_id, m.turns) for m in ordered] == [(C, 2), (A, 3), (B, 2), (D, 2)]
    assert [m.place for m in ordered] == [0, 1, 2, 3]


def test_pools_fall_back_one_after_the_other_and_never_in_a_circle() -> None:
    """A pool that is gone leads nowhere."""
    assert leads_to({1: 2, 2: 3, 3: None}, 1) == [1, 2, 3]
    assert leads_to({1: 2}, 1) == [1]
    with pytest.raises(ValueError, match="in a circle"):
        leads_to({1: 2, 2: 1}, 1)


@dataclass
class World:
    """A pool that things happen to; what everybody got is noted."""

    members: list[Member] = field(default_factory=lambda: pool(0, 0, 0, 0))
    got: Counter[int] = field(default_factory=Counter)
    last: list[int] = field(default_factory=list)
    """Who got the last turns, since the last time that anything happened to the pool."""

    def happens(self, what: str, which: int) -> None:
        """Let somebody join, leave, pause, come back, be passed over as present owner, or turns be given."""
        user_id = self.members[which % len(self.members)].user_id
        if what == "deal":
            self._deal(which)
        elif what == "deal past":
            self._deal_past(user_id)
        elif what == "joins":
            self.members.append(joined(self.members, max(m.user_id for m in self.members) + 1))
        elif what == "leaves" and user_id > D:
            self.members = [m for m in self.members if m.user_id != user_id]
        elif what == "pauses" and user_id not in (A, B):
            self._set(user_id, replace_absent=True)
        elif what == "returns":
            self._set(user_id, replace_absent=False)
        if not what.startswith("deal"):
            self.last = []

    def _set(self, user_id: int, *, replace_absent: bool) -> None:
        self.members = [
            replace(m, absent="away" if replace_absent else None) if m.user_id == user_id else m for m in self.members
        ]

    def _deal(self, count: int) -> None:
        for _ in range(count):
            there = {m.user_id: m.turns for m in caught_up(self.members) if m.available}
            dealt, self.members = deal_out(self.members, 1)
            assert there[dealt[0]] == min(there.values()), "nobody has a turn while another one is further behind"
            self._note(dealt[0])

    def _deal_past(self, present: int) -> None:
        line = Line(self.members)
        user_id = line.turn_past(present)
        self.members = line.after()
        assert user_id != present
        if user_id is not None:
            self._note(user_id)
            self.last = []

    def _note(self, user_id: int) -> None:
        self.got[user_id] += 1
        self.last = [*self.last, user_id][-3:]
        assert len(self.last) < 3 or len(set(self.last)) > 1, "three in a row while others were there"


HAPPENS = st.tuples(st.sampled_from(["deal", "deal", "joins", "leaves", "pauses", "returns"]), st.integers(0, 9))


@given(st.lists(HAPPENS, max_size=60))
def test_counts_of_those_who_were_always_there_differ_by_one_at_most(story: list[tuple[str, int]]) -> None:
    """A and B are there throughout, whoever joins, leaves, pauses and comes back around them."""
    world = World()
    for what, which in story:
        world.happens(what, which)
        turns = [m.turns for m in caught_up(world.members) if m.available]
        assert max(turns) - min(turns) <= 1
        assert abs(world.got[A] - world.got[B]) <= 1


@given(st.lists(st.one_of(HAPPENS, st.tuples(st.just("deal past"), st.integers(0, 9))), max_size=60))
def test_whoever_is_passed_over_as_present_owner_counts_stay_level(story: list[tuple[str, int]]) -> None:
    """A turn that goes by is counted, so that nobody gets a run of records afterwards."""
    world = World()
    for what, which in story:
        world.happens(what, which)
        turns = [m.turns for m in caught_up(world.members) if m.available]
        assert max(turns) - min(turns) <= 1


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 9))
def test_it_makes_no_difference_where_one_batch_ends(sizes: list[int], absent_one: int) -> None:
    """A thousand at once or one by one: the same people get the same number."""
    members = absent(pool(0, 0, 0, 0), absent_one)
    at_once, _ = deal_out(members, sum(sizes))
    in_parts: list[int] = []
    for size in sizes:
        dealt, members = deal_out(members, size)
        in_parts += dealt

    assert in_parts == at_once
