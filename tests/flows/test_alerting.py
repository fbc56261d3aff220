"""Alerts: one message when a source goes wrong, one when it is well again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.sync import run_sync
from flows.watch import second_last, watch
from hub.alerting import Alert, send
from hub.runs import Options
from sell_model.errors import SetupError
from tests.flows.conftest import CSV, Inbox, write_home


@pytest.fixture
def home(tmp_path: Path, prefect_api: str, alerts: Inbox) -> Path:
    text = (
        f'[hub]\nalert = "{alerts.url}"\n'
        '[sources.sheet]\nconnector = "csv"\npath = "leads.csv"\nschedule = "* * * * *"\n'
    )
    return write_home(tmp_path / "home", text)


def test_a_source_that_goes_on_failing_is_told_once_and_its_recovery_once(home: Path, alerts: Inbox) -> None:
    """Whoever gets a message every quarter of an hour reads none of them."""
    run_sync(home, "sheet", Options())
    (home / "leads.csv").unlink()
    for _ in range(2):
        run_sync(home, "sheet", Options())
    assert alerts.titles == ["sheet: sync failed"]
    assert "fix:" in alerts.alerts[0]["message"]
    (home / "leads.csv").write_text(CSV, encoding="utf-8")
    for _ in range(2):
        run_sync(home, "sheet", Options())
    assert alerts.titles == ["sheet: sync failed", "sheet: sync works again"]


def test_an_alert_that_was_not_taken_is_sent_with_the_next_failure(home: Path, alerts: Inbox) -> None:
    """A mail server that is down for an hour must not hide a source that is down for a day."""
    (home / "leads.csv").unlink()
    alerts.status = 503
    run_sync(home, "sheet", Options())
    alerts.status = 200
    run_sync(home, "sheet", Options())
    run_sync(home, "sheet", Options())
    assert len(alerts.alerts) == 2


def test_a_source_without_a_good_run_in_two_of_its_times_is_late_once(home: Path, alerts: Inbox) -> None:
    """Nothing fails when no worker runs, so somebody has to look."""
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert watch(str(home), an_hour_ago) == ["sheet"]
    assert watch(str(home), an_hour_ago) == []
    run_sync(home, "sheet", Options())
    assert watch(str(home), an_hour_ago) == []
    assert alerts.titles == ["sheet: sync is late", "sheet: sync works again"]


def test_nothing_is_late_before_it_was_scheduled(home: Path, alerts: Inbox) -> None:
    """A hub that was deployed a moment ago owes nobody anything."""
    assert watch(str(home), datetime.now(UTC)) == []
    assert alerts.titles == []


@pytest.mark.parametrize(
    ("schedule", "due"),
    [("*/15 * * * *", "2026-11-23T09:30:00"), ("0 9 * * 1-5", "2026-11-20T09:00:00")],
)
def test_what_was_due_follows_the_schedule_over_weekends(schedule: str, due: str) -> None:
    """On Monday at ten a sync of working days has missed Friday's time and today's, not Sunday's."""
    monday = datetime(2026, 11, 23, 9, 58, tzinfo=UTC)
    assert second_last(schedule, monday).isoformat() == f"{due}+00:00"


def test_a_wrong_address_is_refused_without_being_shown() -> None:
    """An Apprise URL is mostly a secret."""
    with pytest.raises(SetupError, match="not a URL that Apprise knows") as caught:
        send("nosuch://hunter2@example.com", Alert("crm", "failed", "x"))
    assert "hunter2" not in str(caught.value) + caught.value.fix
