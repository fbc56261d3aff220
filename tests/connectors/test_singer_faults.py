"""Taps that misbehave: what they print, how they end, what they see, what is left of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.errors import SetupError, TransientError
from connectors.singer.messages import read_message
from connectors.singer.settings import SingerConfig
from sandbox.singer import TapData
from tests.connectors.singer_reading import connect, pages, read, read_until_it_fails


@pytest.fixture
def tap(tmp_path: Path) -> TapData:
    """The sandbox's tap with its seeded leads."""
    return TapData(tmp_path)


@pytest.mark.parametrize("code", [1, 3, 137])
def test_a_tap_that_fails_keeps_what_came_before_its_last_state(tap: TapData, code: int) -> None:
    """The next run goes on from there; the run is not green."""
    tap.config |= {"fault": "exit", "fault_at": 14, "code": code}
    got, said = read_until_it_fails(tap)
    cursors = [page.cursor for page in got if page.cursor is not None]
    del tap.config["fault"]
    rest, _ = read(tap, cursors[-1])

    assert [len(page.records) for page in got] == [10, 4]
    assert len(cursors) == 1
    assert {r.id for page in got for r in page.records} | {r.id for r in rest} == {r.id for r in read(tap)[0]}
    assert f"exit code {code}" in said
    assert "401 Unauthorized" in said


def test_the_taps_last_word_is_told_without_its_secrets(tap: TapData) -> None:
    """Taps print what they were called with."""
    tap.config |= {"fault": "exit"}

    _, said = read_until_it_fails(tap)
    with connect(tap) as source:
        checked = source.check()

    assert "401 Unauthorized for token …" in said
    assert "made-up-tap-token" not in said + str(checked) + repr(source.config)
    assert [check.ok for check in checked] == [True, False]


def test_a_tap_that_prints_garbage_is_stopped_and_not_quoted(tap: TapData) -> None:
    """A `print` left behind may hold anybody's data."""
    tap.config |= {"fault": "garbage", "fault_at": 4}

    with connect(tap) as source, pytest.raises(SetupError, match="line 6") as caught:
        list(source.pull("leads", None))

    assert "ann@example.com" not in str(caught.value)


def test_a_tap_that_hangs_is_stopped(tap: TapData) -> None:
    """No heartbeat exists: silence on both outputs is the sign."""
    tap.config |= {"fault": "hang", "fault_at": 12}

    got, said = read_until_it_fails(tap, quiet_seconds=1)

    assert "said nothing for 1 s" in said
    assert sum(len(page.records) for page in got) == 12


@pytest.mark.parametrize("code", [0, 1])
def test_a_line_that_is_cut_is_no_record(tap: TapData, code: int) -> None:
    """Whatever the tap thinks of its own end."""
    tap.config |= {"fault": "cut", "fault_at": 5, "code": code}

    with connect(tap) as source, pytest.raises((SetupError, TransientError)) as caught:
        list(source.pull("leads", None))

    assert isinstance(caught.value, TransientError if code else SetupError)


def test_a_talkative_tap_does_not_stand_still(tap: TapData) -> None:
    """A megabyte of log in the middle: neither output may block the other."""
    tap.config |= {"fault": "noisy", "fault_at": 3}

    assert len(read(tap)[0]) == len(tap.streams["leads"]["rows"])


def test_messages_of_other_kinds_are_passed_over_and_said(tap: TapData) -> None:
    """Singer grows; batches by files are refused, since their records would be missed."""
    tap.config |= {"fault": "unknown"}
    told = [notice for page in pages(tap) for notice in page.notices]
    tap.config |= {"fault": "batch"}

    assert told == ["messages of kind 'PROGRESS' are not known and were passed over"]
    with connect(tap) as source, pytest.raises(SetupError, match="BATCH"):
        list(source.pull("leads", None))


def test_wrong_usage_says_where_to_look(tap: TapData) -> None:
    """A tap that does not know our options ends with 2."""
    tap.config |= {"fault": "exit", "code": 2}

    with connect(tap) as source, pytest.raises(SetupError) as caught:
        list(source.pull("leads", None))

    assert "--properties" in caught.value.fix


def test_a_program_that_is_not_there_is_a_fault_of_setup(tap: TapData) -> None:
    """Said with the way out."""
    with connect(tap, command="/nowhere/bin/tap-example --quiet") as source:
        (check,) = source.check()

    assert not check.ok
    assert "tap-example cannot be started" in check.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"command": ""},
        {"config": "[]"},
        {"config": "{"},
        {"catalog": "{}"},
        {"quiet_seconds": 0},
        {"kinds": {"a": "b"}},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_and_not_shown(wrong: dict[str, Any]) -> None:
    """The configuration holds the tap's secrets."""
    with pytest.raises(ValidationError) as caught:
        SingerConfig.model_validate({"command": "tap", "config": '{"token": "very-secret"}', **wrong})

    assert "very-secret" not in str(caught.value)


def test_a_tap_sees_no_secrets_of_other_sources(tap: TapData, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the usual variables, and those that it was given by name."""
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-very-secret")
    monkeypatch.setenv("TAP_REGION", "eu")
    with connect(tap, environment=["TAP_REGION"], ca_bundle="/etc/ours.pem") as source:
        seen = source._environment()

    assert "HUBSPOT_TOKEN" not in seen
    assert (seen["TAP_REGION"], seen["SSL_CERT_FILE"]) == ("eu", "/etc/ours.pem")
    assert "PATH" in seen


def test_nothing_is_left_behind_when_a_read_is_broken_off(
    tap: TapData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No process, no file with secrets."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    tap.config |= {"fault": "hang", "fault_at": 12}
    with connect(tap) as source:
        reading = source.pull("leads", None)
        next(iter(reading))
        reading.close()  # type: ignore[attr-defined]  # a generator

    assert list(folder.iterdir()) == []


@given(
    st.binary(max_size=80)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "stream", "record", "value", "RECORD"]), inner)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_line_whatever_is_in_it_is_more_than_a_message_or_an_error(line: bytes) -> None:
    """Never a crash, and never quoted."""
    said = "line 7"
    try:
        read_message(line, 7)
    except SetupError as error:
        said = str(error)

    assert "line 7" in said or "BATCH" in said
