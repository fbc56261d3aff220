"""The pure rules: which fields an activity has, what counts as communication, how figures come about."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.activities import ACTIVITIES, ActivityKind, read_activity
from sell_model.activity_figures import STAGE_CHANGE, Figures, Span, days_since, figures_of, open_task
from sell_model.errors import SetupError
from sell_model.moments import read_moment

NOW = "2026-11-25T12:00:00.000000Z"
CLOCK = datetime(2026, 11, 25, 12, tzinfo=UTC)
LEAD = {"resource_type": "lead", "resource_id": 17}
KINDS = [*ACTIVITIES, STAGE_CHANGE]


def test_a_call_needs_only_its_number() -> None:
    """Sell asks for nothing else; where it stands is left open."""
    row = read_activity("call", {"phone_number": "+14155552671"}, NOW)
    assert (row["resource_id"], row["missed"], row["outcome"], row["associated_deal_ids"]) == (None, False, None, [])


def test_a_task_may_float_and_be_overdue() -> None:
    """It stands at nothing, and was due long ago."""
    row = read_activity("task", {"content": "Call back", "due_date": "2020-01-01T00:00:00Z"}, NOW)
    assert (row["resource_type"], row["due_date"]) == (None, "2020-01-01T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("kind", "said", "fault"),
    [
        ("note", {**LEAD}, "content: Field required"),
        ("note", {"content": "  ", **LEAD}, "content"),
        ("note", {"content": "x"}, "name one"),
        ("note", {"content": "x", "resource_type": "lead"}, "come together"),
        ("note", {"content": "x" * 64_001, **LEAD}, "64000"),
        ("task", {}, "content: Field required"),
        ("call", {**LEAD}, "phone_number: Field required"),
        ("call", {"phone_number": "1", "duration": -1}, "duration '-1': Input should be greater"),
        ("call", {"phone_number": "1", "made_at": "2026-11-26T00:00:00Z"}, "lies in the future"),
        ("call", {"phone_number": "1", "resource_type": "deal", "resource_id": 3}, "a lead or a contact"),
        ("visit", {"visited_at": "2027-01-01T00:00:00Z", **LEAD}, "lies in the future"),
        ("email", {**LEAD}, "subject: Field required"),
        ("email", {"subject": "Hi", "mood": "good", **LEAD}, "mood"),
    ],
)
def test_what_is_wrong_with_an_activity_is_said(kind: ActivityKind, said: dict[str, object], fault: str) -> None:
    """Field, value, and what would be right."""
    with pytest.raises(SetupError) as caught:
        read_activity(kind, said, NOW)
    assert fault in str(caught.value)


def test_all_faults_are_said_at_once() -> None:
    """Nobody corrects one to hear of the next."""
    with pytest.raises(SetupError) as caught:
        read_activity("call", {"duration": -1, "made_at": "soon"}, NOW)
    assert all(name in str(caught.value) for name in ("phone_number", "duration", "made_at"))


def test_only_exchanges_with_the_person_are_communication() -> None:
    """E-mail, call, text and meeting; notes, tasks and stage changes are activities alone."""
    moments = {kind: f"2026-11-{day:02}" for day, kind in enumerate(KINDS, 1)}
    figures = figures_of([Span(kind, moment, moment) for kind, moment in moments.items()], [], 0)
    assert (figures.first, figures.last) == (moments["note"], (moments[STAGE_CHANGE], STAGE_CHANGE))
    assert figures.last_communication == (moments["email"], "email")
    assert {kind for kind, rule in ACTIVITIES.items() if rule.is_communication} == {"call", "visit", "email"}


def test_the_next_task_is_the_one_due_first_and_those_without_a_date_come_last() -> None:
    """One that is overdue is still to be done."""
    tasks = [open_task(1, None), open_task(2, "2026-12-01"), open_task(3, "2020-01-01"), open_task(4, "2020-01-01")]
    assert figures_of([], tasks, 0).next_task == open_task(3, "2020-01-01")
    assert figures_of([], tasks[:1], 0).next_task == open_task(1, None)


_DEEDS = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([f"2026-11-{day:02}" for day in range(1, 8)])))
_TASKS = st.lists(st.builds(open_task, st.integers(1, 9), st.none() | st.sampled_from(["2026-01-01", "2026-02-02"])))
_PARTS = st.lists(st.tuples(_DEEDS, _TASKS, st.integers(0, 3)), max_size=4)


def _spans(deeds: list[tuple[str, str]]) -> list[Span]:
    found = []
    for kind, group in groupby(sorted(deeds), key=lambda deed: deed[0]):
        moments = [moment for _, moment in group]
        found.append(Span(kind, min(moments), max(moments)))
    return found


@given(_PARTS, st.randoms(use_true_random=False))
def test_figures_of_parts_join_to_those_of_the_whole_in_any_order(
    parts: list[tuple[list[tuple[str, str]], list[tuple[bool, str, int]], int]], shuffler: object
) -> None:
    """So a contact's figures may be put together from those of the leads that it was."""
    figures = [figures_of(_spans(deeds), tasks, tickets) for deeds, tasks, tickets in parts]
    shuffler.shuffle(figures)  # type: ignore[attr-defined]
    joined = Figures()
    for each in figures:
        joined = joined.joined(each)
    deeds = [deed for part in parts for deed in part[0]]
    whole = figures_of(_spans(deeds), [task for part in parts for task in part[1]], sum(part[2] for part in parts))
    assert joined == whole
    assert whole.first == min((moment for _, moment in deeds), default=None)


def test_days_are_those_of_the_hubs_zone() -> None:
    """A call at eleven in the evening was yesterday, an hour later."""
    moment = "2026-11-24T23:30:00.000000Z"
    assert days_since(moment, datetime(2026, 11, 25, 0, 30, tzinfo=UTC), ZoneInfo("UTC")) == 1
    assert days_since(moment, datetime(2026, 11, 25, 0, 30, tzinfo=UTC), ZoneInfo("America/New_York")) == 0
    assert days_since(None, CLOCK, ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-11-20", "2026-11-19T23:00:00.000000Z", "2026-11-20T22:59:59.000000Z"),
        ("2026-03-29", "2026-03-28T23:00:00.000000Z", "2026-03-29T21:59:59.000000Z"),
        ("tomorrow", "2026-11-25T23:00:00.000000Z", "2026-11-26T22:59:59.000000Z"),
        ("2026-11-20T14:30", "2026-11-20T13:30:00.000000Z", "2026-11-20T13:30:00.000000Z"),
        ("2026-11-20 14:30Z", "2026-11-20T14:30:00.000000Z", "2026-11-20T14:30:00.000000Z"),
    ],
)
def test_times_are_read_as_people_write_them(text: str, begins: str, ends: str) -> None:
    """In their zone; a day alone begins or ends as meant, also where a clock is put forward in it."""
    zone = ZoneInfo("Europe/Berlin")
    assert read_moment(text, "--at", CLOCK, zone, "begins") == begins
    assert read_moment(text, "--due", CLOCK, zone, "ends") == ends


@pytest.mark.parametrize("text", ["", "soon", "20.11.2026", "2026-13-01"])
def test_what_is_no_time_is_said_with_examples(text: str) -> None:
    """The option is named."""
    with pytest.raises(SetupError, match="--due") as caught:
        read_moment(text, "--due", CLOCK, ZoneInfo("UTC"), "ends")
    assert "2026-11-20T14:30" in caught.value.fix
