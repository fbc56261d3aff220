"""Zendesk Support against a stand-in that was written from the vendor's own words alone: default settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors import clock
from hub.connecting import open_connector
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.review5.standin import HTML, RESET, Answer, says
from tests.review5.support import EMAIL, TOKEN, PlainSupport


@pytest.fixture
def support() -> Iterator[PlainSupport]:
    with PlainSupport() as standin, clock.skipping():
        yield standin


@pytest.fixture
def hub(opened: OpenHub, support: PlainSupport) -> Hub:
    lines = f'connector = "zendesk_support"\nbase_url = "{support.url}"\nemail = "{EMAIL}"\ntoken = "{TOKEN}"\n'
    return opened(f'{TOML}\n[sources.support]\n{lines}pool = "Inbound"\n')


def filled(support: PlainSupport, tickets: int) -> None:
    support.organizations[5] = {"id": 5, "name": "Acme"}
    for n in range(1, tickets + 1):
        support.user(n, organization_id=5)
        support.ticket(1000 + n, n, organization_id=5, group_id=8, brand_id=9, ticket_form_id=10)


def synced(hub: Hub, **options: object) -> StreamReport:
    reports = sync_source(hub, "support", Options(**options))  # type: ignore[arg-type]
    assert [report.stream for report in reports] == ["tickets"]
    return reports[0]


def people(hub: Hub) -> list[tuple[str, str | None]]:
    with hub.store.read() as db:
        return [
            (row[0], row[1]) for row in db.select("SELECT last_name, organization_name FROM v_leads ORDER BY id", ())
        ]


@pytest.mark.parametrize("unknown", ["404", "403", "html"])
@pytest.mark.parametrize("boards", [(), ("users",), ("users", "organizations"), "strict"])
def test_what_a_plain_account_has_is_read_whole(
    hub: Hub, support: PlainSupport, unknown: str, boards: tuple[str, ...] | str
) -> None:
    """Whatever comes along or not: tickets, who sent them, and their firms; what has no name is said."""
    support.unknown, support.strict = unknown, boards == "strict"
    support.boards = set(boards) if not support.strict else {"users"}
    filled(support, 30)
    report = synced(hub)
    assert (report.state, report.error, report.counts.read) == ("done", None, 30)
    assert people(hub) == [(f"Li{n}", "Acme") for n in range(1, 31)]
    assert "/brands" in " ".join(report.notices)
    before = len(support.asked)
    assert synced(hub).counts.read == 0
    assert len(support.asked) - before <= 2


def test_names_are_read_by_their_lists(hub: Hub, support: PlainSupport) -> None:
    """Where nothing comes along, the lists have the names."""
    support.lists = {
        "groups": [{"id": 100 + n, "name": "x"} for n in range(150)] + [{"id": 8, "name": "Sales"}],
        "brands": [{"id": 9, "name": "Acme"}],
        "ticket_forms": [{"id": 10, "name": "Contact"}],
    }
    filled(support, 3)
    report = synced(hub)
    assert (report.state, report.notices) == ("done", [])


def test_changes_and_deletions_are_followed(hub: Hub, support: PlainSupport) -> None:
    """One call, by cursor; a user who wrote nothing new costs nothing."""
    support.boards = {"users", "organizations", "groups", "ticket_forms", "metric_sets"}
    filled(support, 40)
    synced(hub)
    now = int(time.time()) - 120
    support.ticket(1001, 1, now, status="deleted", subject="SCRUBBED")
    support.user(90)
    support.ticket(1090, 90, now)
    before = len(support.asked)
    report = synced(hub)
    assert (report.state, report.counts.read) == ("done", 2)
    assert [a.path for a in support.asked[before:] if "incremental" in a.path] == ["/api/v2/incremental/tickets/cursor"]
    assert ("Li90", None) in people(hub)


@pytest.mark.parametrize("cap", [1, 7, 1000])
def test_a_second_with_more_than_a_page(hub: Hub, support: PlainSupport, cap: int) -> None:
    """Pages may hold less than was asked for, and all rows one time."""
    support.page_cap = cap
    at = int(time.time()) - 5000
    count = 30 if cap < 1000 else 2500
    for n in range(1, count + 1):
        support.user(n)
        support.ticket(1000 + n, n, at, tags=["sales"] if n < 30 else [])
    assert synced(hub).counts.read == count
    full = synced(hub, full=True)
    assert (full.state, full.counts.read) == ("done", count)


def test_a_cursor_that_lapsed_is_replaced(hub: Hub, support: PlainSupport) -> None:
    """The vendor takes it for unknown: the read goes on by time."""
    filled(support, 5)
    synced(hub)
    at = max(row["generated_timestamp"] for row in support.tickets.values())
    support.lapsed |= {f"c{at}-{id_}" for id_ in support.tickets}
    support.user(77)
    support.ticket(1077, 77, int(time.time()) - 100)
    report = synced(hub)
    assert report.state == "done"
    assert ("Li77", None) in people(hub)


DATE = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
TOO_MANY = {"error": "APIRateLimitExceeded", "description": "slow down"}


@pytest.mark.parametrize(
    "fault",
    [
        says(TOO_MANY, 429),
        says(TOO_MANY, 429, **{"Retry-After": "3"}),
        says(TOO_MANY, 429, **{"Retry-After": DATE}),
        Answer(
            429, b"Number of allowed incremental ticket export API requests exceeded", {"Content-Type": "text/plain"}
        ),
        says({"error": {"title": "down", "message": "x"}}, 503),
        Answer(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
        HTML,
        RESET,
        Answer(200, b'{"tickets": []}' + b" " * 400, {"Content-Type": "application/json"}, cut=True),
        Answer(200, b'{"tickets": [{"id"', {"Content-Type": "application/json"}),
    ],
)
@pytest.mark.parametrize("where", ["incremental", "show_many"])
def test_a_fault_that_passes_costs_a_call_and_no_record(
    hub: Hub, support: PlainSupport, fault: Answer, where: str
) -> None:
    """Reads may be asked for again."""
    filled(support, 5)
    support.faults, support.fault_at = [fault, fault], where
    report = synced(hub)
    assert (report.state, report.counts.read, support.faults) == ("done", 5, [])
    assert len(people(hub)) == 5


def test_an_empty_account_is_read_green(hub: Hub, support: PlainSupport) -> None:
    """Nothing there is a state, not a fault."""
    for _ in range(2):
        report = synced(hub)
        assert (report.state, report.notices) == ("done", [])


def test_a_ticket_of_ten_megabytes_is_read(hub: Hub, support: PlainSupport) -> None:
    """Descriptions may be long; what the vendor keeps is taken in."""
    support.user(1)
    support.ticket(1001, 1, description="x" * 10_000_000)
    report = synced(hub)
    assert (report.error, report.counts.read) == (None, 1)


def test_check_is_green_where_what_is_read_is_there(hub: Hub, support: PlainSupport) -> None:
    """What the account lacks beside it is nothing to mend."""
    filled(support, 3)
    with open_connector(hub, "support") as connector:
        assert [check for check in connector.check() if not check.ok] == []
