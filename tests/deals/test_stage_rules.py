"""The rules of stages, without a database: outcomes, likelihood, weighted value, histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.money import CURRENCIES, checked_currency, exponent, from_minor, to_minor
from sell_model.pipelines import placed_after, read_stage, reordered, stages_of
from sell_model.stages import (
    Change,
    Place,
    effective_likelihood,
    is_forward,
    is_whole,
    outcome_of,
    spent_by_stage,
    stays,
    weighted_value,
)
from sell_model.types import utc_text

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def place(position: int, category: str = "custom", pipeline: int = 1) -> Place:
    """A stage's place."""
    return Place(pipeline, position, category)


@pytest.mark.parametrize(
    ("before", "after", "forward"),
    [
        (place(0), place(1), True),
        (place(0), place(3), True),
        (place(2), place(1), False),
        (place(0), place(5, "won"), True),
        (place(3), place(1, "won"), True),
        (place(0), place(6, "lost"), False),
        (place(0), place(5, "unqualified"), False),
        (place(5, "won"), place(0), False),
        (place(6, "lost"), place(5, "won"), False),
        (place(0), place(1, pipeline=2), False),
    ],
)
def test_only_on_the_way_to_a_win_is_forward(before: Place, after: Place, forward: bool) -> None:
    """Losing, reopening, going back and leaving the pipeline ask for no criteria."""
    assert is_forward(before, after) is forward


def test_an_outcome_is_told_by_the_category() -> None:
    """A stage may be called anything; `custom` and Sell's own four are open."""
    told = [outcome_of(c) for c in ("won", "lost", "unqualified", "custom", "incoming", None)]
    assert told == ["won", "lost", "unqualified", None, None, None]


def test_a_deals_own_likelihood_goes_before_its_stages_even_when_it_is_none() -> None:
    """0 is a likelihood, nothing is not."""
    assert [effective_likelihood(*each) for each in ((0, 80), (None, 80), (35, None), (None, None))] == [0, 80, 35, 0]


@given(st.integers(0, 10**15), st.sampled_from(sorted(CURRENCIES)), st.integers(0, 100))
def test_a_weighted_value_is_exact(minor: int, currency: str, likelihood: int) -> None:
    """Whatever the currency's decimals; nothing is rounded away."""
    value = from_minor(minor, currency)
    assert Decimal(weighted_value(value, likelihood)) * 100 == Decimal(value) * likelihood
    assert to_minor(value, currency) == minor


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_the_time_spent_in_stages_is_the_time_since_the_first(steps: list[tuple[int, int]]) -> None:
    """When moves are dated in order, every second is in one stage."""
    moments = sorted(NOW - timedelta(seconds=ago) for _, ago in steps)
    changes = [
        Change(steps[n - 1][0] if n else None, stage, utc_text(moments[n])) for n, (stage, _) in enumerate(steps)
    ]
    spent = spent_by_stage(stays(changes, NOW))

    assert sum(spent.values(), timedelta(0)) == NOW - moments[0]
    assert is_whole(changes, steps[-1][0])
    assert not is_whole(changes, 99)


def test_a_move_dated_before_the_one_seen_earlier_spent_no_time() -> None:
    """A source may know better when a deal moved; a negative stay would spoil every median."""
    changes = [Change(None, 1, utc_text(NOW)), Change(1, 2, utc_text(NOW - timedelta(days=3)))]
    assert [stay.spent.days for stay in stays(changes, NOW)] == [0, 3]


@pytest.mark.parametrize("text", ["Quote", "Quote:", ":50", "Quote:101", "Quote:-1", "Quote:x", ""])
def test_a_new_stage_needs_its_name_and_its_likelihood(text: str) -> None:
    """Sell requires both."""
    with pytest.raises(ValueError, match="Name:likelihood"):
        read_stage(text)


def test_a_new_pipeline_ends_with_one_of_each_outcome() -> None:
    """And begins as Sell's own where nobody says otherwise."""
    own, chosen = stages_of([]), stages_of([read_stage("A:B:50")])
    assert [s.name for s in own] == ["Incoming", "Qualified", "Quote", "Closure", "Won", "Unqualified", "Lost"]
    assert [(s.name, s.category, s.likelihood) for s in chosen] == [
        ("A:B", "custom", 50),
        ("Won", "won", 100),
        ("Unqualified", "unqualified", 0),
        ("Lost", "lost", 0),
    ]


def test_stages_are_put_in_order_by_those_that_are_named() -> None:
    """The others keep theirs."""
    assert reordered([1, 2, 3, 4], [3, 1, 3]) == [3, 1, 2, 4]
    assert placed_after([1, 2, 3], 9, 2) == [1, 2, 9, 3]
    assert placed_after([1, 2, 3], 1, None) == [2, 3, 1]


@pytest.mark.parametrize(
    ("code", "told"), [("usd", "nearest: USD"), ("EURO", "nearest: EUR"), ("XXX", "'XXX'"), ("", "''"), ("$", "'\\$'")]
)
def test_a_currency_that_is_none_is_refused_with_the_nearest(code: str, told: str) -> None:
    """Three letters are not yet a currency; a code of metals or of testing is none for deals."""
    with pytest.raises(ValueError, match=told):
        checked_currency(code)


def test_currencies_have_their_own_decimals() -> None:
    """Of ISO 4217, where two is usual and not the rule."""
    assert {code: exponent(code) for code in ("USD", "JPY", "KWD", "CLF", "ISK", "BGN", "XCG")} == {
        "USD": 2, "JPY": 0, "KWD": 3, "CLF": 4, "ISK": 0, "BGN": 2, "XCG": 2
    }  # fmt: skip
