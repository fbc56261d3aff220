"""What each of Sell's types holds, and how people type it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.custom_fields import (
    CUSTOM_TYPES,
    Changes,
    CustomField,
    CustomType,
    CustomValueError,
    changes_of,
    held,
    typed,
)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "  a line ", "a line"),
        ("text", "a\nb", "a\nb"),
        ("email", "ann@example.com", "ann@example.com"),
        ("phone", "+1 415", "+1 415"),
        ("url", "https://x.example", "https://x.example"),
        ("number", "+12.50", "12.50"),
        ("number", "-0.1", "-0.1"),
        ("bool", "No", False),
        ("bool", "1", True),
        ("date", "2026-12-31", "2026-12-31"),
        ("datetime", "2026-12-31T12:00:00+01:00", "2026-12-31T11:00:00.000000Z"),
        ("list", "red", "Red"),
        ("multi_select_list", "blue, RED, blue", ["Blue", "Red"]),
    ],
)
def test_a_value_is_kept_as_its_type_has_it(type_: CustomType, text: str, value: Any) -> None:
    """A number is text, as Sell's API has it; a moment is kept in UTC."""
    assert typed(type_, text, ["Red", "Blue"]) == value
    assert held(type_, value, ["Red", "Blue"]) == value


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("string", "x" * 256, "256 characters where 255 fit"),
        ("text", "x" * 64_001, "64001 characters where 64000 fit"),
        ("string", 1, "not text"),
        ("number", "12,5", "not a number"),
        ("number", "1e3", "not a number"),
        ("number", True, "not a number"),
        ("number", "NaN", "not a number"),
        ("bool", "perhaps", "neither yes nor no"),
        ("date", "31.12.2026", "not a date"),
        ("date", "2026-12-31T10:00", "a time where a date"),
        ("datetime", "2026-12-31T10:00", "without its zone"),
        ("email", "nobody", "not an e-mail address"),
        ("list", "Rad", "none of the choices Red, Blue"),
        ("multi_select_list", "Red", "a list is expected"),
        ("multi_select_list", ["Red", "Rad"], "none of the choices"),
        ("address", "Berlin", "not an address"),
        ("address", {"street": "x"}, "not an address: street"),
    ],
)
def test_what_a_type_cannot_hold_is_refused(type_: CustomType, value: Any, why: str) -> None:
    """The text says what it would hold."""
    with pytest.raises(CustomValueError, match=why):
        held(type_, value, ["Red", "Blue"])


def test_the_nearest_choice_is_told() -> None:
    """A misspelt one is what people get wrong."""
    with pytest.raises(CustomValueError) as caught:
        typed("list", "Rd", ["Red", "Blue"])

    assert (caught.value.nearest, caught.value.code) == ("Red", "unknown_value")


@given(st.sampled_from(CUSTOM_TYPES), st.text(max_size=40))
def test_whatever_is_typed_is_held_or_refused_and_what_is_held_stays(type_: CustomType, text: str) -> None:
    """No other error, and reading a held value again changes nothing."""
    try:
        value = typed(type_, text)
    except CustomValueError:
        return
    assert held(type_, value) == value


_NAMES = st.sampled_from(["A", "B", "C", "D"])


@given(st.dictionaries(_NAMES, st.integers()), st.lists(st.tuples(_NAMES, _NAMES), max_size=4))
def test_values_under_former_names_land_under_todays(values: dict[str, int], renames: list[tuple[str, str]]) -> None:
    """Applied twice it is as applied once; no value is lost but to one that stands under today's name already."""
    field = CustomField("lead", "Today", "string", former_names=tuple(dict.fromkeys(old for old, _ in renames)))
    changes = changes_of([field])
    if changes is None:
        assert not renames
        return
    today = changes.applied(values)

    assert changes.applied(today) == today
    assert ("Today" in today) == any(name in field.former_names for name in values)
    assert {n: v for n, v in values.items() if n not in field.former_names}.items() <= today.items()


def test_choices_that_were_taken_out_leave_nothing() -> None:
    """Renamed ones stand as they are called now, each once."""
    changes = Changes({}, {"Colour": {"Rot": "Red", "Crimson": "Red", "Blau": None}})

    assert changes.value("Colour", ["Rot", "Crimson", "Blau", "Green"]) == ["Red", "Green"]
    assert changes.value("Colour", "Blau") is None
    assert changes.value("Colour", ["Blau"]) is None
    assert changes.value("Other", "Blau") == "Blau"
