"""From a request to the inbox, and from there into the hub: once, whatever happens in between."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.connector import Request
from connectors.errors import RefusedRequest
from hub.draining import KEPT, drain
from hub.intake import Accepted, inbox_path, receive, refusals
from hub.opening import open_hub
from hub.runs import Options
from hub.sync import sync_source
from storage.inbox import Inbox
from tests.conftest import OpenHub
from tests.intake.door import HUB, OTHER_SECRET, TOKEN, in_inbox, leads, make_home, request, rows, submission

STATE = (
    "SELECT email, first_name, title, owner_email FROM v_leads ORDER BY id",
    "SELECT source, stream, source_id, record_type, record_id FROM v_source_links ORDER BY source_id",
    "SELECT user_email, record_id FROM v_assignments ORDER BY record_id",
    "SELECT source_id, field FROM v_held ORDER BY source_id",
)

KILLED = """
import os, sys
from unittest.mock import patch
from pkgutil import resolve_name
from hub import gathering
from hub.opening import open_hub
from hub.sync import sync_source

home, place, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
real, calls = resolve_name(place), []

def last_call(*given, **named):
    calls.append(1)
    return real(*given, **named) if len(calls) < batch else os._exit(7)

gathering.BATCH = 1
with patch(place, last_call), open_hub(home) as hub:
    sync_source(hub, "site")
"""
"""Drains one delivery a batch, and ends without a word at the given one's call of the given function."""


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    return make_home(tmp_path)


def state(home: Path) -> list[Any]:
    """All that must be the same after an interruption; times and run ids left out."""
    with open_hub(home) as hub:
        return [rows(hub, sql) for sql in STATE]


def token_request(body: bytes) -> Request:
    """A request to the source that takes a token."""
    headers = {"x-webhook-token": TOKEN, "content-type": "application/json"}
    return Request("POST", "https://hub.example.com/hooks/form", headers, body, datetime.now(UTC))


def people() -> list[dict[str, Any]]:
    """Four people, one of whom comes again with something new, and one without a right address."""
    again = submission(1, id="again", job_title="CEO")
    return [*(submission(number) for number in range(4)), again, submission(9, email="nine(at)example.com")]


def test_a_delivery_is_stored_once_by_its_key(home: Path) -> None:
    """The second time it says so."""
    with open_hub(home) as hub:
        first, again = receive(hub, "site", request(submission(1))), receive(hub, "site", request(submission(1)))

    assert first == Accepted("msg_s1", 1, duplicate=False)
    assert again == Accepted("msg_s1", 1, duplicate=True)
    assert in_inbox(home) == [("site", "msg_s1")]


def test_the_inbox_is_a_file_of_its_own(home: Path) -> None:
    """An import's transaction on hub.db does not hold up a sender."""
    with open_hub(home) as hub:
        with hub.store.write():
            assert not receive(hub, "site", request(submission(1))).duplicate
        with sqlite3.connect(home / "hub.db") as database:
            names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        database.close()

        assert inbox_path(hub) == home / "inbox.db"
    assert "source_record" in names
    assert "refused" not in names


def test_a_sync_takes_in_what_waits_and_the_next_finds_nothing(home: Path) -> None:
    """`sellhub sync site` does it too, without a server."""
    with open_hub(home) as hub:
        for number in range(3):
            receive(hub, "site", request(submission(number)))
        first, again = sync_source(hub, "site")[0], sync_source(hub, "site")[0]

        assert (first.counts.created, first.counts.read) == (3, 3)
        assert again.counts.read == 0
        assert again.cursor == first.cursor


def test_the_later_delivery_of_a_record_stands(home: Path) -> None:
    """Two deliveries of one record in one drain: the order in which they came is kept."""
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        for title in ("Buyer", "Head of buying"):
            receive(hub, "form", token_request(b'{"id": 1, "last_name": "Li", "job_title": "%b"}' % title.encode()))
        drain(hub, "form", inbox)

        assert rows(hub, "SELECT title FROM v_leads") == [("Head of buying",)]


def test_a_process_that_dies_between_receiving_and_taking_in_loses_nothing(home: Path) -> None:
    """Killed right after the answer, without closing anything; then killed again after the commit."""
    program = textwrap.dedent("""
        import os, sys
        from hub.intake import receive
        from hub.opening import open_hub
        from tests.intake.door import request, submission
        with open_hub(sys.argv[1]) as hub:
            for number in range(5):
                receive(hub, "site", request(submission(number)))
            os._exit(7)
    """)
    ended = subprocess.run([sys.executable, "-c", program, str(home)], check=False, timeout=60)
    assert ended.returncode == 7
    assert len(in_inbox(home)) == 5

    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        sync_source(hub, "site")  # as a drain that dies after the commit, before it notes what it took
        assert inbox.waiting() == {"site": 5}
        after_first = state(home)
        (report,) = drain(hub, "site", inbox)

        assert report.counts.read == 0
        assert inbox.waiting() == {}
    assert state(home) == after_first
    assert [owner for _, owner in leads(home)] == [f"{name}@example.com" for name in ("ann", "bo", "ann", "bo", "ann")]


@pytest.mark.parametrize(
    "place", ["hub.batching.streams.move_cursor", "hub.batching.Taking.take", "hub.sync.take_batch"]
)
@pytest.mark.parametrize("batch", [1, 4])
def test_a_drain_killed_at_any_point_and_run_again_ends_in_the_same_state(
    home: Path, tmp_path_factory: pytest.TempPathFactory, place: str, batch: int
) -> None:
    """Before a commit, in the middle of one, between two: the cursor moves with what was stored."""
    unbroken = make_home(tmp_path_factory.mktemp("unbroken"))
    for folder in (home, unbroken):
        with open_hub(folder) as hub:
            for sent in people():
                receive(hub, "site", request(sent))
    with open_hub(unbroken) as hub:
        sync_source(hub, "site")

    killed = subprocess.run([sys.executable, "-c", KILLED, str(home), place, str(batch)], check=False, timeout=60)
    assert killed.returncode == 7
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        drain(hub, "site", inbox)

    assert state(home) == state(unbroken)


def test_a_small_drain_is_one_transaction_and_tells_owners_once_it_is_stored(opened: OpenHub) -> None:
    """Beside an import each transaction waits its turn; a mail must not be sent of what may yet be taken back."""
    hub = opened(HUB)
    begun: list[bool] = []
    sa.event.listen(
        hub.store.engine,
        "commit",
        lambda connection: begun.append(not connection.get_execution_options().get("reading")),
    )
    with Inbox(inbox_path(hub)) as inbox:
        for number in range(3):
            receive(hub, "site", request(submission(number)))
        (first,) = drain(hub, "site", inbox)
        receive(hub, "site", request(submission(4)))
        begun.clear()
        (second,) = drain(hub, "site", inbox)

        assert (first.counts.created, second.counts.created) == (3, 1)
        assert sum(begun) == 2  # what was drained; who was told
        assert rows(hub, "SELECT count(*) FROM notification") == [(3,)]
        assert inbox.waiting() == {}


def test_a_drain_under_a_changed_mapping_maps_again_what_was_landed(opened: OpenHub) -> None:
    """That takes long, so it is not done at once; nothing of the attempt is left."""
    hub = opened(HUB)
    with Inbox(inbox_path(hub)) as inbox:
        receive(hub, "site", request(submission(1)))
        drain(hub, "site", inbox)
        own = hub.home / "mappings" / "webhook"
        own.mkdir(parents=True)
        text = "from: webhook.submissions\nto: lead\nfields: {last_name: last_name, title: {const: Changed}}\n"
        (own / "submissions.lead.yaml").write_text(text, encoding="utf-8")
        receive(hub, "site", request(submission(2)))
        (report,) = drain(hub, "site", inbox)

        assert (report.remapped, report.counts.created) == (1, 1)
        assert rows(hub, "SELECT DISTINCT title FROM lead") == [("Changed",)]
        assert rows(hub, "SELECT count(*) FROM run WHERE source = 'site'") == [(2,)]
        assert rows(hub, "SELECT state, count(*) FROM run WHERE source = 'site' GROUP BY state") == [("done", 2)]


def test_a_flood_that_waits_is_taken_in_by_batches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is much is no one transaction; it comes in all the same."""
    monkeypatch.setattr("hub.draining.FEW", 2)
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        for number in range(5):
            receive(hub, "site", request(submission(number)))
        (report,) = drain(hub, "site", inbox)

        assert report.counts.created == 5
        assert inbox.waiting() == {}


def test_deliveries_that_come_together_are_each_stored_or_each_told(home: Path) -> None:
    """They share one write to the disk; one that cannot be written does not take the others along."""
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox, ThreadPoolExecutor(20) as pool:
        now = datetime.now(UTC)
        kept = list(pool.map(lambda n: inbox.keep("site", "s", f"k{n % 50}", [{"n": n}], now), range(200)))
        odd = pool.submit(inbox.keep, "site", "s", "\ud800", [], now)
        good = pool.submit(inbox.keep, "site", "s", "good", [], now)

        assert sum(each.is_new for each in kept) == 50
        assert len({each.id for each in kept}) == 50
        with pytest.raises(UnicodeEncodeError):
            odd.result()
        assert good.result().is_new


def test_a_rehearsal_leaves_the_inbox_as_it_is(home: Path) -> None:
    """`sync --dry-run` says what would be; the real one then does it."""
    with open_hub(home) as hub:
        receive(hub, "site", request(submission(1)))
        with hub.store.rehearsal():
            assert sync_source(hub, "site")[0].counts.created == 1
        assert rows(hub, "SELECT count(*) FROM lead") == [(0,)]

        assert sync_source(hub, "site")[0].counts.created == 1


def test_a_full_sync_reads_again_what_the_inbox_still_has(home: Path) -> None:
    """And changes nothing."""
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        for number in range(3):
            receive(hub, "site", request(submission(number)))
        drain(hub, "site", inbox)
        before = state(home)
        report = sync_source(hub, "site", Options(full=True))[0]

        assert (report.counts.unchanged, report.counts.read) == (3, 3)
    assert state(home) == before


def test_a_lost_inbox_does_not_hide_what_comes_after_it(home: Path) -> None:
    """The cursor lies behind ids of a file that is gone; the new file's are higher."""
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        for number in range(3):
            receive(hub, "site", request(submission(number)))
        drain(hub, "site", inbox)
    for file in home.glob("inbox.db*"):
        file.unlink()

    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        receive(hub, "site", request(submission(8)))
        assert drain(hub, "site", inbox)[0].counts.created == 1


def test_what_was_taken_in_thirty_days_ago_is_forgotten(home: Path) -> None:
    """What waits is not, however old; and a sender's repetition after that changes nothing."""
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        long_ago = datetime.now(UTC) - KEPT - timedelta(days=1)
        hub.clock = lambda: long_ago
        receive(hub, "site", request(submission(1), at=long_ago))
        receive(hub, "partner", request(submission(2), secret=OTHER_SECRET, at=long_ago))
        drain(hub, "site", inbox)
        assert len(in_inbox(home)) == 2
        hub.clock = lambda: datetime.now(UTC)
        drain(hub, "site", inbox)
        assert in_inbox(home) == [("partner", "msg_s2")]

        assert not receive(hub, "site", request(submission(1))).duplicate
        assert drain(hub, "site", inbox)[0].counts.unchanged == 1


def test_refusals_are_kept_as_numbers_alone(home: Path) -> None:
    """How many, why, and when last: nothing of what was sent."""
    with open_hub(home) as hub:
        assert refusals(hub) == []
        for _ in range(3):
            with pytest.raises(RefusedRequest):
                receive(hub, "site", request(submission(1, email="xenia@private.example"), secret=OTHER_SECRET))

        (row,) = refusals(hub)

    assert (row.source, row.status, row.count) == ("site", 401, 3)
    assert b"private.example" not in b"".join(file.read_bytes() for file in home.glob("inbox.db*"))


def test_a_name_that_receives_nothing_makes_no_inbox(home: Path) -> None:
    """Strangers who try names leave no trace."""
    with open_hub(home) as hub:
        for name in ("nobody", "list"):
            with pytest.raises(RefusedRequest) as caught:
                receive(hub, name, request(submission(1)))
            assert caught.value.status == 404

        assert not inbox_path(hub).exists()


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "%b"}' % (b"x" * 300),
        b'{"id": "a\\u0000b"}',
        b'{"id": "\\ud800"}',
        b'{"a": %b}' % (b"[" * 200 + b"]" * 200),
    ],
    ids=["long id", "NUL in the id", "half a character in the id", "deep"],
)
def test_what_no_sync_could_store_is_refused(home: Path, body: bytes) -> None:
    """Once accepted, it would stand in the way of everything that comes after it."""
    with open_hub(home) as hub:
        with pytest.raises(RefusedRequest) as caught:
            receive(hub, "form", token_request(body))

        assert caught.value.status == 400
    assert in_inbox(home) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 1, "last_name": "\\ud800", "email": "a@example.com"}',
        b'{"id": 1, "last_name": "a\\u0000b", "email": "a@example.com"}',
        b'{"id": 123456789012345678901234567890, "last_name": "Li", "n": 123456789012345678901234567890}',
        b'{"id": 1, "last_name": "Li", "n": 1e999}',
        b'{"type": "lead.created", "timestamp": "yesterday", "data": {"id": 1, "last_name": "Li"}}',
        b'{"type": "lead.created", "timestamp": "0001-01-01T00:00:00+14:00", "data": {"id": 1, "last_name": "Li"}}',
        b'{"type": "lead.deleted", "timestamp": "2026-11-02T11:00:00Z", "data": {"id": 1}}',
        b'{"id": 1, "last_name": {"a": [1]}, "email": ["a@example.com"], "phone": true}',
        b"[]",
        b"{}",
        b'[{"id": 1, "last_name": "Li"}, {"id": 1, "last_name": "Lu"}]',
    ],
    ids=[
        "half a character", "NUL", "long number", "infinite", "no time", "first day", "deletion", "odd types",
        "empty list", "empty object", "twice the same",
    ],
)  # fmt: skip
def test_an_odd_delivery_does_not_stop_those_after_it(opened: OpenHub, body: bytes) -> None:
    """It is taken, or held with a reason; the next one is a lead. The inbox is the same file beside either database."""
    hub = opened(HUB)
    with Inbox(inbox_path(hub)) as inbox:
        receive(hub, "form", token_request(body))
        receive(hub, "form", token_request(b'{"id": "next", "last_name": "Next", "email": "next@example.com"}'))
        (report,) = drain(hub, "form", inbox)

        assert report.error is None
        assert inbox.waiting() == {}
        assert rows(hub, "SELECT 1 FROM v_leads WHERE email = 'next@example.com'") == [(1,)]
        assert drain(hub, "form", inbox)[0].counts.read == 0


def test_each_stream_of_the_inbox_is_its_own(tmp_path: Path) -> None:
    """A source whose stream has another name has its mapping named; it finds its own deliveries."""
    named = HUB.replace("[sources.form]", '[sources.form]\nstream = "enquiries"\nmapping = "webhook/submissions.lead"')
    home = make_home(tmp_path, named)
    with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox:
        receive(hub, "form", token_request(b'{"id": 1, "last_name": "Li", "email": "li@example.com"}'))
        (report,) = drain(hub, "form", inbox)

    assert (report.stream, report.counts.created) == ("enquiries", 1)
