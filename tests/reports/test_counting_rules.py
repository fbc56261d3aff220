"""The three counting rules, as arithmetic: no database, no clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.funnel import Funnel, Outcome, Rule, Rung, Walk, funnel

LADDER = [Rung(1, "Incoming"), Rung(2, "Qualified"), Rung(3, "Quote"), Rung(4, "Closure")]
OUTCOMES: tuple[Outcome, ...] = ("open", "won", "lost", "unqualified")
WALKS = st.builds(
    Walk,
    st.frozensets(st.integers(0, 3)),
    st.sampled_from(OUTCOMES),
    st.integers(1, 5),
    st.sampled_from(["USD", "EUR", None]),
    st.integers(0, 10**15),
    st.integers(0, 10**17),
)
RULES = st.sampled_from(["reached", "touched", "strict"])


def counts(found: Funnel) -> list[int]:
    """How many deals each stage counts."""
    return [total.count for _, total in found.stages]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("reached", [1, 1, 1, 0]), ("touched", [1, 0, 1, 0]), ("strict", [1, 0, 0, 0])],
)
def test_a_deal_that_skipped_a_stage_counts_by_rule(rule: Rule, expected: list[int]) -> None:
    """Incoming, then Quote: reached fills the gap, touched shows it, the strict path ends there."""
    assert counts(funnel(LADDER, [Walk(frozenset({0, 2}), "open", 1)], rule)) == expected


def test_a_won_deal_reached_every_stage_wherever_it_came_from() -> None:
    """Qualified → Won is named as fine by Sell."""
    assert counts(funnel(LADDER, [Walk(frozenset({1}), "won", 1)], "reached")) == [1, 1, 1, 1]


def test_a_lost_deal_counts_up_to_its_highest_open_stage() -> None:
    """Even when it went back before it was lost."""
    assert counts(funnel(LADDER, [Walk(frozenset({0, 2}), "lost", 1)], "reached")) == [1, 1, 1, 0]


def test_a_removed_stage_tells_how_far_a_deal_came_and_is_not_shown() -> None:
    """Its deals had passed what lies before it."""
    ladder = [Rung(1, "Incoming"), Rung(2, "Demo", standing=False), Rung(3, "Quote")]

    assert counts(funnel(ladder, [Walk(frozenset({1}), "open", 1)], "reached")) == [1, 0]
    assert counts(funnel(ladder, [Walk(frozenset({0, 2}), "open", 1)], "strict")) == [1, 1]


@given(st.lists(WALKS, max_size=20))
def test_reached_never_rises_from_stage_to_stage(walks: list[Walk]) -> None:
    """That is what makes it a funnel."""
    found = counts(funnel(LADDER, walks, "reached"))

    assert found == sorted(found, reverse=True)
    assert funnel(LADDER, walks, "reached").outcomes["won"].count <= found[-1]


@given(st.lists(WALKS, max_size=20))
def test_a_strict_path_never_rises_and_never_exceeds_touched(walks: list[Walk]) -> None:
    """Who stood in all stands among those who stood there."""
    strict, touched = (counts(funnel(LADDER, walks, rule)) for rule in ("strict", "touched"))

    assert strict == sorted(strict, reverse=True)
    assert all(a <= b for a, b in zip(strict, touched, strict=True))


@given(st.lists(WALKS, max_size=20), RULES)
def test_every_deal_has_one_outcome_and_sums_are_exact(walks: list[Walk], rule: Rule) -> None:
    """Won, lost, unqualified and open are the whole population, in number and in money."""
    found = funnel(LADDER, walks, rule)

    assert sum(total.count for total in found.outcomes.values()) == sum(walk.count for walk in walks)
    for currency in ("USD", "EUR"):
        added = sum(total.minor.get(currency, 0) for total in found.outcomes.values())
        assert added == sum(walk.minor for walk in walks if walk.currency == currency)


@given(st.lists(WALKS, max_size=20), RULES)
def test_steps_multiply_to_the_overall_conversion(walks: list[Walk], rule: Rule) -> None:
    """Unless a stage is empty; shares are rounded to four decimals."""
    found = funnel(LADDER, walks, rule)
    steps = [found.step(place) for place in range(len(LADDER))]

    if all(counts(found)):
        product = 1.0
        for step in steps:
            product *= step or 0.0
        assert product == pytest.approx(found.overall, abs=0.01 * max(1.0, *(step or 0.0 for step in steps)) ** 4)


def test_an_empty_funnel_has_no_shares() -> None:
    """Nothing of nothing is not zero."""
    found = funnel(LADDER, [], "reached")

    assert (found.overall, found.step(0), found.step(3)) == (None, None, None)
    assert funnel([], [Walk(frozenset(), "won", 1)], "reached").overall is None
