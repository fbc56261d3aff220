"""Mailchimp against a stand-in written from the vendor's own words alone: a plain account, default settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors import clock
from hub.connecting import open_connector
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML
from tests.review5.mailchimp import KEY, PlainMailchimp, problem
from tests.review5.standin import HTML, RESET, Answer, Asked

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = NOW - timedelta(days=30)


@pytest.fixture(params=[True, False], ids=["since_inclusive", "since_exclusive"])
def mail(request: pytest.FixtureRequest) -> Iterator[PlainMailchimp]:
    with PlainMailchimp(inclusive=request.param) as standin, clock.skipping():
        yield standin


@pytest.fixture
def hub(opened: OpenHub, mail: PlainMailchimp) -> Hub:
    section = {"connector": "mailchimp", "base_url": mail.url, "token": KEY, "pool": "Inbound"}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
    return opened(f"{TOML}\n[sources.mail]\n{lines}")


def filled(mail: PlainMailchimp, people: int, seconds: int = 1) -> None:
    for n in range(people):
        mail.put(f"p{n}@example.com", OLD + timedelta(seconds=n * seconds))


def synced(hub: Hub, **options: object) -> StreamReport:
    reports = sync_source(hub, "mail", Options(**options))  # type: ignore[arg-type]
    assert [r.error for r in reports if r.error] == []
    (members,) = (r for r in reports if r.stream == "members")
    assert members.state == "done"
    return members


def leads(hub: Hub) -> list[str]:
    with hub.store.read() as db:
        return [row[0] for row in db.select("SELECT last_name FROM v_leads ORDER BY id", ())]


def test_a_plain_account_is_read_and_followed(hub: Hub, mail: PlainMailchimp) -> None:
    """Segments, merge fields and groups are not needed for it; an address' hash is name enough."""
    filled(mail, 2_500)
    first = synced(hub)
    assert first.counts.read == 2_500
    assert first.calls <= 1 + 3 + 1 + 2
    mail.put("p1@example.com", NOW - timedelta(seconds=100), merge_fields={"FNAME": "", "LNAME": "Changed"})
    mail.put("p2@example.com", NOW - timedelta(seconds=100), status="archived")
    second = synced(hub)
    assert second.counts.read == 2
    assert second.calls <= 5
    assert "Changed" in leads(hub)
    assert synced(hub, full=True).counts.read == 2_500


def test_changes_are_found_by_the_vendors_times_not_by_our_clock(hub: Hub, mail: PlainMailchimp) -> None:
    """A vendor's clock may be hours behind ours: what it changes next lies behind what it changed last."""
    filled(mail, 20)
    synced(hub)
    synced(hub)
    mail.put("p1@example.com", OLD + timedelta(hours=1), merge_fields={"FNAME": "", "LNAME": "Changed"})
    mail.put("p2@example.com", OLD + timedelta(hours=2), status="archived")
    assert synced(hub).counts.read == 2
    assert "Changed" in leads(hub)


def test_an_import_of_one_second_is_read_once(hub: Hub, mail: PlainMailchimp) -> None:
    """Thousands may bear one second; the next read does not begin with them."""
    filled(mail, 3_500, seconds=0)
    assert synced(hub).counts.read == 3_500
    assert synced(hub).calls <= 5
    mail.put("p1@example.com", NOW - timedelta(seconds=100), merge_fields={"FNAME": "", "LNAME": "Changed"})
    assert synced(hub).counts.read == 1


def test_small_pages_are_followed_to_the_end(hub: Hub, mail: PlainMailchimp) -> None:
    """The page's size is the vendor's wish, not ours."""
    mail.page_cap = 9
    filled(mail, 100)
    assert synced(hub).counts.read >= 100
    assert len(leads(hub)) == 100


def test_members_edited_while_the_audience_is_read_are_not_lost(hub: Hub, mail: PlainMailchimp) -> None:
    """Whoever is edited moves to the end, and all behind move up by one."""
    filled(mail, 2_500)
    take, edited = mail.answer, iter(range(0, 900, 100))

    def answer(asked: Asked) -> Answer:
        answered = take(asked)
        if asked.path.endswith("/members") and (n := next(edited, None)) is not None:
            mail.put(f"p{n}@example.com", datetime.now(UTC), merge_fields={"FNAME": "", "LNAME": "Edited"})
        return answered

    mail.answer = answer  # type: ignore[method-assign]
    synced(hub)
    mail.answer = take  # type: ignore[method-assign]
    synced(hub)
    assert len(leads(hub)) == 2_500
    assert leads(hub).count("Edited") == 9 - len(list(edited)) > 1


@pytest.mark.parametrize(
    "broken",
    [
        Answer(429, b"", {}),
        Answer(429, b"<html>", {"Content-Type": "text/html", "Retry-After": "2"}),
        Answer(403, b"", {}),
        problem(500, "Internal Server Error"),
        Answer(504, b"", {}),
        HTML,
        RESET,
        Answer(200, b'{"members": [], "total_items": 0}' + b" " * 500, {"Content-Type": "application/json"}, cut=True),
    ],
)
def test_a_fault_that_passes_costs_no_record(hub: Hub, mail: PlainMailchimp, broken: Answer) -> None:
    """Reads may be asked for again."""
    filled(mail, 50)
    mail.faults, mail.fault_at = [broken, broken], "/members"
    assert synced(hub).counts.read == 50
    assert mail.faults == []


def test_an_empty_account_is_read_green(hub: Hub, mail: PlainMailchimp) -> None:
    """Nothing there is a state, not a fault; nor is an account without audiences."""
    synced(hub)
    synced(hub)
    mail.audiences.clear()
    synced(hub)


def test_a_member_of_ten_megabytes_is_read(hub: Hub, mail: PlainMailchimp) -> None:
    """What the vendor keeps is taken in."""
    mail.put("long@example.com", OLD, last_note={"note": "x" * 10_000_000})
    assert synced(hub).counts.read == 1


def test_check_passes_and_segments_that_are_not_there_fail_nothing(hub: Hub, mail: PlainMailchimp) -> None:
    """A host without segments is read all the same when they are asked for."""
    filled(mail, 3)
    with open_connector(hub, "mail") as connector:
        assert [check for check in connector.check() if not check.ok] == []
    reports = {r.stream: r for r in sync_source(hub, "mail", Options(streams=("members", "segments")))}
    assert {r.stream: r.error for r in reports.values() if r.error} == {}
    assert reports["segments"].notices
