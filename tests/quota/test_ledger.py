"""The ledger of an account's calls, by rules that hold whatever its workers do, and an estimate before a run."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from connectors import clock
from connectors.allowance import limits_in
from connectors.pace import Limit
from hub.opening import open_hub
from hub.sync import sync_source
from sandbox.hubspot.standin import HubSpotSandbox
from sell_model.errors import TransientError
from storage import quota
from storage.allotting import HOLDS, Line, Told, portion

STEPS = st.lists(st.tuples(st.floats(0, 3), st.integers(0, 3), st.booleans()), max_size=60)
"""Seconds that pass, which worker acts, and whether it dies with what it holds instead of using it."""


@given(steps=STEPS, per_second=st.floats(0.2, 20), burst=st.integers(1, 20))
def test_a_pace_is_never_overdrawn(steps: list[tuple[float, int, bool]], per_second: float, burst: int) -> None:
    """However portions are taken, in no stretch of time do more calls go than may go at once and by and by."""
    line, now, taken = Line("calls", "pace", burst, burst / per_second), 1000.0, list[tuple[float, int]]()
    for passed, _, dies in steps:
        now += passed
        if calls := line.portion(now):
            unused = 0 if dies else calls // 2
            line = line.taken(calls, now).settled(calls, unused, told=False)
            taken.append((now, calls - unused))
        else:
            assert line.at(now + line.wait(now)).free(now + line.wait(now)) >= 1

    for first in range(len(taken)):
        for last in range(first, len(taken)):
            spent = sum(calls for _, calls in taken[first : last + 1])
            assert spent <= burst + per_second * (taken[last][0] - taken[first][0]) + 1e-3


@given(steps=STEPS, most=st.integers(1, 200), seconds=st.floats(5, 120))
def test_a_window_is_never_overdrawn(steps: list[tuple[float, int, bool]], most: int, seconds: float) -> None:
    """Several workers, some of whom die, never make more calls in a window than are ours."""
    line, now, ends, counted = Line("minute", "window", most, seconds), 1000.0, 1000.0 + seconds, 0
    held: dict[int, tuple[int, float]] = {}
    for passed, worker, dies in steps:
        now += passed
        if now >= ends:
            ends, counted = now + seconds, 0
        line = line.at(now)
        if worker in held:
            calls, until = held.pop(worker)
            made = calls if now < until else 0
            counted += made
            told = [Told("minute", most, seconds, counted, ends)] if made else []
            line = line.settled(calls, calls - made, told=bool(told))
            for each in told:
                line = each.onto(line, now)
        elif calls := int(portion([line], now)):
            line = line.taken(calls, now)
            if not dies:
                held[worker] = (calls, now + HOLDS)
        assert counted <= most

    rested = line.at(now + 2 * seconds)
    assert rested.portion(now + 2 * seconds) == 1


@given(used=st.lists(st.integers(0, 100), min_size=2, max_size=20))
def test_a_vendors_count_only_rises_within_a_window(used: list[int]) -> None:
    """An answer that was overtaken by a later one takes nothing back."""
    line: Line | None = None
    seen = []
    for count in used:
        line = Told("minute", 100, 60, count, 1060).onto(line, 1000)
        seen.append(line.used)

    assert all(earlier <= later for earlier, later in pairwise(seen))


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({"Sforce-Limit-Info": "api-usage=18/5000"}, [Limit("day", 5000, 86_400, 4982)]),
        ({"Sforce-Limit-Info": "per-app-api-usage=1/2(appName=x)"}, []),
        (
            {"X-HubSpot-RateLimit-Max": "100", "X-HubSpot-RateLimit-Remaining": "74"}
            | {"X-HubSpot-RateLimit-Interval-Milliseconds": "10000"},
            [Limit("window", 100, 10, 74)],
        ),
        (
            {"X-HubSpot-RateLimit-Daily": "650000", "X-HubSpot-RateLimit-Daily-Remaining": "0"},
            [Limit("day", 650_000, 86_400, 0)],
        ),
        ({"X-Rate-Limit": "400", "X-Rate-Limit-Remaining": "399"}, [Limit("minute", 400, 60, 399)]),
        ({"rate-limit": "700", "rate-limit-remaining": "6", "rate-limit-reset": "9"}, [Limit("minute", 700, 60, 6, 9)]),
        (
            {"zendesk-ratelimit-tickets-index": "total=100; remaining=99; resets=41"},
            [Limit("zendesk-ratelimit-tickets-index", 100, 60, 99, 41)],
        ),
        ({"X-Rate-Limit": "many", "X-Rate-Limit-Remaining": "-1"}, []),
    ],
)
def test_limits_are_read_as_each_vendor_writes_them(headers: dict[str, str], limits: list[Limit]) -> None:
    """What cannot be read limits nobody."""
    assert limits_in(CaseInsensitiveDict(headers)) == limits


def test_a_run_that_cannot_fit_is_refused_beforehand(tmp_path: Path, database_url: str) -> None:
    """It is no success: it stands as failed, with what it needs, what is left and when it can go on."""
    with HubSpotSandbox() as vendor:
        lines = [f"{name} = {value!r}" for name, value in {**vendor.settings(), "lag": 0}.items()]
        text = [f'[storage]\nurl = "{database_url}"', '[sources.crm]\nconnector = "hubspot"', *lines]
        (tmp_path / "hub.toml").write_text("\n".join(text), encoding="utf-8")
        with open_hub(tmp_path) as hub:
            for _ in range(2):
                assert all(report.state != "failed" for report in sync_source(hub, "crm"))
            with hub.store.write() as db:
                now = quota.clock(db, ahead=clock.passed_over())  # other tests may have moved it
                quota.keep(db, "sellhub-account-crm", [Line("day", "window", 100, 86_400, 97, 0, now + 3_000)], now)
            before = vendor.calls if hasattr(vendor, "calls") else None

            with pytest.raises(TransientError, match=r"crm: about \d+ calls are needed .*, 3 of our share") as refused:
                sync_source(hub, "crm")

            assert "it can go on at 20" in refused.value.fix
            with hub.store.read() as db:
                run = db.select("SELECT state, error FROM run ORDER BY id DESC LIMIT 1")[0]
            assert run[0] == "failed"
            assert "3 of our share are left" in run[1]
            assert before is None or vendor.calls == before
