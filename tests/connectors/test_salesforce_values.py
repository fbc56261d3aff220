"""One form for a value, however it came; the places that cursors hold; the stand-in's SOQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import soql
from connectors.salesforce.jobs import read_csv
from connectors.salesforce.place import Place
from connectors.salesforce.values import converter, id18, moment, stamp
from sandbox.salesforce.ids import id18 as sandbox_id18
from sandbox.salesforce.soql import SoqlError, parse

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ID15 = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


@given(NUMBERS)
def test_a_number_is_the_same_as_json_and_as_text(value: float) -> None:
    """Bulk may write 23 where REST writes 23.0."""
    same = converter("currency")
    assert same(value) == same(str(value)) == value
    if value.is_integer():
        assert repr(same(int(value))) == repr(same(str(int(value)))) == repr(same(value))


@given(TIMES)
def test_a_time_is_the_same_with_a_letter_and_with_an_offset(value: datetime) -> None:
    """Bulk ends a time with Z, REST with +0000."""
    same = converter("datetime")
    text = stamp(value)
    assert same(text) == same(text.replace("+0000", "Z")) == same(text.replace("+0000", "+00:00")) == text
    assert abs(moment(text) - value) < timedelta(milliseconds=1)


@given(ID15)
def test_ids_get_their_checksum_once(value: str) -> None:
    """The 18-character form is the same whoever computes it, and stays."""
    assert id18(value) == sandbox_id18(value)
    assert id18(id18(value)) == id18(value)


@pytest.mark.parametrize("kind", ["string", "int", "double", "boolean", "datetime", "date", "id", "picklist"])
def test_no_value_is_none_in_both(kind: str) -> None:
    """CSV has no null; Salesforce has no empty text."""
    assert converter(kind)("") is converter(kind)(None) is None


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("double", "****", "****"),
        ("int", "12.0", 12),
        ("int", 12, 12),
        ("boolean", "true", True),
        ("boolean", False, False),
        ("datetime", "soon", "soon"),
        ("textarea", "a\r\nb\x00", "a\nb"),
    ],
)
def test_odd_values_are_kept_as_they_can_be(kind: str, sent: Any, kept: Any) -> None:
    """Encrypted fields come masked; nothing is dropped for not fitting its type."""
    assert converter(kind)(sent) == kept


def test_csv_cells_may_hold_line_breaks_quotes_commas_and_long_text() -> None:
    """Long text areas have up to 131,072 characters, and every page its header."""
    long = "x" * 200_000
    text = f'"Id","Description"\n"1","a, ""b""\r\nc"\n"2","{long}"\n'
    rows = read_csv(b"\xef\xbb\xbf" + text.encode())
    assert [row["Description"] for row in rows] == ['a, "b"\r\nc', long]
    assert read_csv(b"") == []


@given(st.text(max_size=30))
def test_a_quoted_text_is_found_again_by_soql(value: str) -> None:
    """Backslash and quote must not end the literal."""
    query = parse(f"SELECT Id FROM Lead WHERE Name = {soql.quoted(value)}")
    assert query.run([{"Name": value}], lambda row, path: row[path])


def test_queries_that_soql_refuses_are_refused() -> None:
    """A stand-in that takes everything proves nothing."""
    for text in (
        "SELECT FROM Lead",
        "SELECT Id Lead",
        "SELECT Id FROM Lead WHERE",
        "SELECT Id FROM Lead WHERE Name = Bob",
        "SELECT Id FROM Lead WHERE Name ~ 'x'",
        "SELECT Id FROM Lead LIMIT x",
        "SELECT Id FROM Lead ORDER Name",
        "SELECT Id FROM Lead junk junk",
    ):
        with pytest.raises(SoqlError) as caught:
            parse(text)
        assert caught.value.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("N > 1 AND (T = 'a' OR T = 'c')", [3]),
        ("NOT N = 1", [2, 3]),
        ("T IN ('a', 'B')", [1, 2]),
        ("T NOT IN ('a')", [2, 3]),
        ("T LIKE 'A%'", [1]),
        ("D >= 2026-01-02T00:00:00Z", [2, 3]),
        ("D = 2026-01-03T01:00:00+01:00", [3]),
        ("X = null", [1, 2, 3]),
        ("N <= 2.5 AND B = true", [1]),
    ],
)
def test_conditions_hold_as_soql_says(where: str, found: list[int]) -> None:
    """Text compares without case, null only by equality, times by moment."""
    rows = [
        {"N": 1, "T": "a", "D": "2026-01-01T00:00:00.000+0000", "B": True},
        {"N": 2, "T": "b", "D": "2026-01-02T00:00:00.000+0000", "B": False},
        {"N": 3, "T": "c", "D": "2026-01-03T00:00:00.000+0000", "B": False},
    ]
    query = parse(f"SELECT N FROM Lead WHERE {where} ORDER BY N DESC LIMIT 10")
    assert [row["N"] for row in reversed(query.run(rows, lambda row, path: row.get(path)))] == found


OVERLAP = timedelta(minutes=10)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROW = (stamp(NOON - timedelta(hours=2)), "00Q5f0000000001EAA")


def read_at(place: Place, when: datetime, *rows: tuple[str, str]) -> Place:
    place = place.but(horizon=stamp(when)).behind(list(rows), exact=True, overlap=OVERLAP)
    return place.complete("digest", when, OVERLAP)


def test_a_quiet_object_is_not_read_twice_for_ever() -> None:
    """Once nothing can still come late, even 10,000 rows of the newest second are left alone."""
    first = read_at(Place(), NOON, ROW)
    soon = read_at(first, NOON + timedelta(minutes=5), ROW)
    later = read_at(soon, NOON + timedelta(minutes=20), ROW)
    assert first.since == soon.since == stamp(NOON - timedelta(hours=2) - OVERLAP)
    assert later.since is None
    assert later.after == ROW
    assert read_at(later, NOON + timedelta(hours=9)).after == ROW


def test_news_after_a_quiet_time_bring_the_overlap_back() -> None:
    """What comes now may be followed by what was begun before it."""
    quiet = Place(after=ROW, newest=ROW, newest_seen_at=stamp(NOON))
    fresh = (stamp(NOON + timedelta(hours=5)), "00Q5f0000000002EAA")
    assert read_at(quiet, NOON + timedelta(hours=6), fresh).since == stamp(NOON + timedelta(hours=5) - OVERLAP)


def test_a_read_that_took_hours_is_followed_by_one_from_its_beginning() -> None:
    """Rows read early may have been changed since; later rows bear later times."""
    place = Place(horizon=stamp(NOON)).behind(
        [ROW, (stamp(NOON + timedelta(hours=3)), "00Q5f0000000003EAA")], exact=False, overlap=OVERLAP
    )
    assert place.after == ROW
    assert place.complete("digest", NOON, OVERLAP).since == stamp(NOON - OVERLAP)


@given(st.lists(TIMES.map(stamp), min_size=1, max_size=5), st.booleans())
def test_a_cursor_says_all_that_a_place_holds(times: list[str], bulk: bool) -> None:
    """It goes through JSON and comes back the same."""
    place = Place(since=times[0]).seen([(time, "00Q5f0000000001EAA") for time in times])
    place = place.but(job="750", rows=3, locator="abc") if bulk else place
    assert Place.of(place.cursor()) == place
