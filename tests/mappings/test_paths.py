from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.conditions import ConditionError, condition, condition_keys, parse_condition
from mappings.paths import PathError, parse_path, path_reader

RECORD = {
    "a": {"b": {"c": 1}, "list": [{"id": 27642, "value": "x"}, {"id": "y", "value": None}, "bare"]},
    "First Name": "Ann",
    "odd.key": 2,
    "tags": [{"name": "vip"}, {"name": "web"}, {}],
    "deep": [{"l": [1, 2]}, {"l": [3]}],
    "flag": [{"primary": True, "id": 9}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b.c", 1),
        ("First Name", "Ann"),
        ('"First Name"', "Ann"),
        ('"odd.key"', 2),
        ("a.list[0].value", "x"),
        ("a.list[-1]", "bare"),
        ("a.list[7]", None),
        ("a.list[id=27642].value", "x"),
        ('a.list["id"="y"].value', None),
        ("a.list[id=27642]", {"id": 27642, "value": "x"}),
        ("flag[primary=true].id", 9),
        ("tags[*].name", ["vip", "web"]),
        ("tags[*]", RECORD["tags"]),
        ("deep[*].l[0]", [1, 3]),
        ("a.b.c.d", None),
        ("tags.name", None),
        ("First Name.x", None),
        ("@", RECORD),
    ],
)
def test_a_path_reads_what_it_says_and_nothing_where_nothing_is(path: str, value: Any) -> None:
    """It never fails on data: shapes differ from record to record."""
    assert path_reader(parse_path(path))(RECORD) == value


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "a[", "a[x]", "a[]", '"a', 'a"b"', "a]b", "a[0]b", '"\\x"'])
def test_what_is_no_path_says_where_it_stops_to_be_one(text: str) -> None:
    """The place goes into the check's message."""
    with pytest.raises(PathError) as raised:
        parse_path(text)

    assert 0 <= raised.value.place <= len(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
CONDITIONS = [
    "a.b != 'x'",
    "a == `1` || b == `true`",
    "!a && (b || c.a)",
    "a > `1`",
    "a <= b",
    "a >= 'x' || c < a",
    "contains(a, 'b')",
    "contains(b, `1`) && a",
    "a == `null`",
    "a == b",
    "a[0].b == 'x'",
    "length(a) > `2`",
    "a || b",
]


@given(st.sampled_from(CONDITIONS), st.dictionaries(st.sampled_from("abc"), JSON, max_size=3))
def test_a_fast_condition_decides_as_the_library_does(text: str, record: dict[str, Any]) -> None:
    """It may only be faster; what the library refuses is not met."""
    try:
        found = jmespath.search(text, record)
        expected = found not in ("", [], {}, None) and found is not False
    except jmespath.exceptions.JMESPathError:
        expected = False
    except TypeError:  # a number compared with a text: the library fails, ours decides part by part
        expected = condition(parse_condition(text), lambda key: key)(record)

    assert condition(parse_condition(text), lambda key: key)(record) is expected


def test_a_number_compared_with_a_text_is_not_met() -> None:
    """On the slow path too, where the library itself fails."""
    assert condition(parse_condition("list[?n >= 'x']"), lambda key: key)({"list": [{"n": 1}]}) is False


def test_a_condition_names_the_keys_it_reads() -> None:
    """They count as used columns, and are found in any case."""
    assert condition_keys(parse_condition("a.b == 'x' && contains(c[0].d, e)")) == {"a", "c", "e"}


@pytest.mark.parametrize("text", ["a = 'x'", "a ==", "(a", 'a == "x', ""])
def test_what_is_no_condition_is_refused(text: str) -> None:
    """The place goes into the check's message."""
    with pytest.raises(ConditionError) as raised:
        parse_condition(text)

    assert 0 <= raised.value.place <= len(text)
