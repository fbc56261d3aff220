"""Who bears a key is read no further than is needed, and comes out as if all were read; on both databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.bearers import COMMON_NAME, Bearers, most_of
from hub.opening import Hub
from sell_model.matching.keys import MatchKey, key_of
from storage import identity
from storage.identity import KeyRow

_SAME_HUB = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

rows = st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 40), st.integers(1, 9)), max_size=60).map(
    lambda some: [KeyRow(*row) for row in {row[:2]: row for row in some}.values()]
)


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """An open hub with nobody in it."""
    return opened("")


@_SAME_HUB
@given(rows=rows, most=st.integers(1, 5), without=st.lists(st.integers(1, 40), max_size=5))
def test_bearers_are_those_of_all_rows(hub: Hub, rows: list[KeyRow], most: int, without: list[int]) -> None:
    """Many records may be of one identity, and one record of two: what is cut short must not be taken for all."""
    expected: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.source_record_id not in without:
            expected[row.key].add(row.identity_id)
    with hub.store.write() as db:
        db.execute("DELETE FROM match_key")
        db.insert("match_key", KeyRow._fields, rows)
        found = identity.bearers(db, range(-3, 4), most, without)
    assert found == {key: frozenset(who) if len(who) <= most else None for key, who in expected.items()}


def test_a_key_of_thousands_of_records_of_one_company_still_leads_to_it(hub: Hub) -> None:
    """Everybody who works there names it: so many records, and few companies."""
    rows = [KeyRow(7, n, 1 + n % 3) for n in range(1, 3_001)]
    with hub.store.write() as db:
        db.insert("match_key", KeyRow._fields, rows)
        assert identity.bearers(db, [7], 60, ()) == {7: frozenset({1, 2, 3})}
        assert identity.bearers(db, [7], 2, ()) == {7: None}


def test_a_key_that_too_many_bear_brings_nobody_together_but_is_counted(hub: Hub) -> None:
    """How rare an address is, weighs; whoever shares it with hundreds is met by something else."""
    key = MatchKey(key_of("email", "info@acme.example"), "email")
    soft = MatchKey(key_of("halves", "ann|li"), "halves")
    rows = [KeyRow(each.key, n, n) for each in (key, soft) for n in range(1, most_of(each.kind) + 3)]
    with hub.store.write() as db:
        db.insert("match_key", KeyRow._fields, rows)
        bearers = Bearers(db, ())
        assert bearers.look_up([key, soft]) == set()
        assert not bearers.of(key)
        assert bearers.count(key.key) == most_of("email") + 2
        bearers.say((1, "crm/people.lead"), 9_999, [key])
        assert bearers.count(key.key) == most_of("email") + 3


def test_the_batch_s_own_records_count_by_what_they_say_now(hub: Hub) -> None:
    """Who says something else is met by it no more; the crowd that they made with it is none."""
    key = MatchKey(key_of("halves", "ann|li"), "halves")
    most, place = most_of("halves"), (1, "crm/people.lead")
    with hub.store.write() as db:
        db.insert("match_key", KeyRow._fields, [KeyRow(key.key, n, n) for n in range(1, most + 1)])
        bearers = Bearers(db, [1])
        bearers.say(place, 1, [key])
        assert bearers.look_up([key]) == set(range(2, most + 1))
        assert set(bearers.of(key)) == set(range(1, most + 1))
        bearers.say((0, "crm/people.lead"), most + 1, [key])
        assert not bearers.of(key)
        bearers.unsay(place, [key])
        assert set(bearers.of(key)) == set(range(2, most + 2))


def test_a_given_name_is_common_from_six_on(hub: Hub) -> None:
    """Stored ones and the batch's own together: where several bear both names, one is no slip of the other."""
    given_name = MatchKey(key_of("given", "erinn"), "given")
    with hub.store.write() as db:
        db.insert("match_key", KeyRow._fields, [KeyRow(given_name.key, n, n) for n in range(1, COMMON_NAME)])
        bearers = Bearers(db, ())
        assert not bearers.is_common("erinn")
        bearers.say((99, "crm/people.lead"), 1, [given_name])
        assert not bearers.is_common("erinn")
        bearers.say((100, "crm/people.lead"), 99, [given_name])
        assert bearers.is_common("erinn")
