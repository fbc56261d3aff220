"""A filter means one thing: in Python, in SQLite, in PostgreSQL, whichever way a list is run."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sell_model.filters import Catalogue, Field, Filter, holds, parse
from sell_model.filters.days import Period
from sell_model.filters.fields import RecordKind
from sell_model.filters.operators import OPERATORS
from sell_model.filters.tree import Amount, Comparison, Myself, Not, Operator, Value
from sell_model.filters.words import joined
from storage.hot import Writer
from storage.list_pages import BOUNDS, Bounds
from storage.list_sorts import Sort
from tests.lists.conftest import NOW, NUMBERS, TAGS, TEXTS, World

WALKED = Bounds(rare=-1, sorted=-1, looked_at=-1, capped=20)
COUNTED = Bounds(rare=3, sorted=9, looked_at=40, capped=20)
"""Nothing is rare; some things are."""

_texts = st.sampled_from([*TEXTS, "a", "ü", "%", "nn", "ss", "ANN MÜLLER"]) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=3
).map(partial(unicodedata.normalize, "NFC")).filter(lambda text: bool(text.strip()))
_days: st.SearchStrategy[date | Period] = st.integers(-400, 60).map(
    lambda n: NOW.date() + timedelta(n)
) | st.sampled_from([Period("day", shift) for shift in (-1, 0, 1)])
_periods = st.builds(Period, st.sampled_from(["day", "week", "month", "quarter", "year"]), st.integers(-1, 1))
_numbers = st.sampled_from([Decimal(n) for n in (*NUMBERS, "2.5", "33", "120")])
_LISTS = ("is any of", "is none of", "has any", "has all", "has none")


def _values(field: Field, operator: Operator, people: list[str]) -> st.SearchStrategy[tuple[Value, ...]]:
    if operator in {"is empty", "is not empty", "yes", "no"}:
        return st.just(())
    if operator == "in":
        return st.tuples(_periods)
    if operator in {"in last", "in next", "more than"}:
        return st.tuples(st.integers(0, 400))
    one: st.SearchStrategy[Value] = _one(field, people)
    if operator == "between":
        return st.tuples(one, one)
    if operator in _LISTS:
        return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)
    return st.tuples(one)


def _one(field: Field, people: list[str]) -> st.SearchStrategy[Value]:
    match field.kind:
        case "text":
            return _texts
        case "number":
            return _numbers
        case "days":
            return st.integers(0, 400)
        case "money":
            amounts = st.sampled_from([Decimal(n) for n in ("0", "1", "1000", "100.05", "0.01")])
            return st.builds(Amount, amounts, st.sampled_from(["USD", "EUR", "KWD"])) | st.builds(
                Amount, st.sampled_from([Decimal(1), Decimal(100)]), st.just("JPY")
            )
        case "date" | "datetime":
            return _days
        case "owner":
            return st.sampled_from([*people, Myself(False), Myself(True)])
    known = st.sampled_from([*(field.choices or ()), *(TAGS if field.name == "tags" else ())] or ["nothing"])
    return known if field.is_closed and field.choices else known | st.sampled_from(["none of these"])


def _comparisons(catalogue: Catalogue) -> st.SearchStrategy[Filter]:
    people = [person.email for person in catalogue.people]

    def of_field(field: Field) -> st.SearchStrategy[Filter]:
        return st.sampled_from(OPERATORS[field.kind]).flatmap(
            lambda operator: _values(field, operator, people).map(lambda values: Comparison(field, operator, values))
        )

    return st.sampled_from(list(catalogue.fields.values())).flatmap(of_field)


def filters(catalogue: Catalogue) -> st.SearchStrategy[Filter]:
    """Any filter on a record type."""
    return st.recursive(
        _comparisons(catalogue),
        lambda inner: (
            st.lists(inner, min_size=2, max_size=4).map(lambda parts: joined("and", parts))
            | st.lists(inner, min_size=2, max_size=4).map(lambda parts: joined("or", parts))
            | inner.map(Not)
        ),
        max_leaves=6,
    )


quickly = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


@pytest.mark.parametrize("kind", ["lead", "contact", "deal"])
def test_python_and_the_database_agree_on_every_filter(world: World, kind: RecordKind) -> None:
    """What a stage's exit asks of one record is what a list asks of all; empty values included."""
    with world.hub.store.read() as db:
        catalogue, context, records = world.catalogue(db, kind), world.context(db), world.records(db, kind)

        @quickly
        @given(filters(catalogue))
        def agree(tree: Filter) -> None:
            expected = sorted(id_ for id_, record in records.items() if holds(tree, record, context))
            for bounds in (BOUNDS, WALKED, COUNTED):
                running = world.running(db, kind, tree, bounds)
                number, is_exact = running.count()
                assert running.ids(0, 1_000) == expected, str(tree)
                assert number == (len(expected) if is_exact else bounds.capped - 1) <= len(expected), str(tree)

        agree()


@pytest.mark.parametrize("kind", ["lead", "contact", "deal"])
def test_every_field_can_be_asked_everything_that_its_kind_can(world: World, kind: RecordKind) -> None:
    """One comparison by each operator of each field, so that no field waits for chance to be tried."""
    with world.hub.store.read() as db:
        catalogue, context, records = world.catalogue(db, kind), world.context(db), world.records(db, kind)
        people = [person.email for person in catalogue.people]
        for field in catalogue.fields.values():
            for operator in OPERATORS[field.kind]:
                for tree in _examples(field, operator, people):
                    expected = sorted(id_ for id_, record in records.items() if holds(tree, record, context))
                    for bounds in (BOUNDS, WALKED):
                        assert world.running(db, kind, tree, bounds).ids(0, 1_000) == expected, str(tree)


def _examples(field: Field, operator: Operator, people: list[str]) -> list[Comparison]:
    """A few comparisons of a field by an operator."""
    found: list[Comparison] = []

    @settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=3, database=None)
    @given(_values(field, operator, people))
    def note(values: tuple[Value, ...]) -> None:
        found.append(Comparison(field, operator, values))

    note()
    return found


@pytest.mark.parametrize("kind", ["lead", "contact", "deal"])
def test_pages_by_any_sort_show_each_record_once_in_one_order(world: World, kind: RecordKind) -> None:
    """Keyset paging by every field that has one value, both ways, led and walked: nothing is skipped or repeated."""
    with world.hub.store.read() as db:
        catalogue, records = world.catalogue(db, kind), world.records(db, kind)
        few = parse("open_tickets > 0 or last_activity is not empty", catalogue)
        for field in catalogue.fields.values():
            if field.kind == "tags" or field.name == "pool":
                continue
            orders = []
            for tree in (None, few):
                for bounds in (BOUNDS, WALKED):
                    for down in (False, True):
                        found = _paged(world, db, kind, tree, Sort(field, down), bounds)
                        expected = [i for i, r in records.items() if holds(tree, r, world.context(db))]
                        assert sorted(found) == sorted(expected), (field.name, down)
                        orders.append(found)
            assert orders[0] == orders[2], field.name
            assert orders[1] == orders[3], field.name


def _paged(world: World, db: Writer, kind: RecordKind, tree: Filter | None, sort: Sort, bounds: Bounds) -> list[int]:
    found: list[int] = []
    after = None
    while page := world.running(db, kind, tree, bounds).page(sort, after, 17):
        found += [place[-1] for place in page]
        after = page[-1]
    return found


@pytest.mark.parametrize("kind", ["lead", "contact", "deal"])
def test_a_filter_written_down_reads_back_as_itself(world: World, kind: RecordKind) -> None:
    """Stored lists and the errors that quote filters rely on it."""
    with world.hub.store.read() as db:
        catalogue = world.catalogue(db, kind)

    @quickly
    @given(filters(catalogue))
    def reads_back(tree: Filter) -> None:
        assert parse(str(tree), catalogue, known_only=False) == tree

    reads_back()
