"""Who is deleted for good at Mailchimp leaves no trace there: a sweep of all ids finds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import clock
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from sandbox.mailchimp import EVENTS, NEWSLETTER, MailchimpSandbox
from sandbox.vendor import status
from tests.conftest import OpenHub
from tests.hub.test_review_helpers import rows

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[MailchimpSandbox]:
    """One server for all tests here."""
    with MailchimpSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: MailchimpSandbox) -> MailchimpSandbox:
    """A running stand-in with its seeded audiences."""
    running.reset()
    return running


@pytest.fixture
def sync(opened: OpenHub, vendor: MailchimpSandbox, tmp_path: Path) -> Any:
    """Syncs a source that sweeps at each read."""
    lines = "\n".join(f'{name} = "{value}"' for name, value in vendor.settings().items())
    hub = opened(f'[sources.news]\nconnector = "mailchimp"\nsweep_every = 0\noverlap = 0\n{lines}\n')

    def run(**options: Any) -> StreamReport:
        return sync_source(hub, "news", Options(**options))[0]

    run.hub = hub  # type: ignore[attr-defined]
    return run


def living(hub: Hub) -> set[str]:
    """The source records that live."""
    return {row[0] for row in rows(hub, "SELECT source_id FROM source_record WHERE deleted_at IS NULL")}


def id_of(member: dict[str, Any]) -> str:
    """A member's record."""
    return f"{member['list_id']}:{member['contact_id']}"


def test_who_was_deleted_for_good_counts_as_deleted(vendor: MailchimpSandbox, sync: Any) -> None:
    """Their lead stays, marked; nobody else is touched."""
    sync()
    before = living(sync.hub)
    member = vendor.members[NEWSLETTER][0]
    vendor.delete_for_good(member)

    report = sync()

    assert before - living(sync.hub) == {id_of(member)}
    assert any("1 records are not listed any more" in notice for notice in report.notices)
    assert report.counts.updated == 1
    assert sync().counts.updated == 0


def test_a_sweep_is_counted_apart_and_has_a_clock_of_its_own(vendor: MailchimpSandbox, opened: OpenHub) -> None:
    """Most reads pay nothing for it."""
    lines = "\n".join(f'{name} = "{value}"' for name, value in vendor.settings().items())
    hub = opened(f'[sources.news]\nconnector = "mailchimp"\n{lines}\n')
    sync_source(hub, "news")

    report = sync_source(hub, "news")[0]

    assert (report.calls, report.notices) == (1 + 2 * 2, [])


def test_what_comes_and_moves_while_one_sweeps_is_not_taken_for_gone(vendor: MailchimpSandbox, sync: Any) -> None:
    """Lists shift while they are read: who is missed is looked for by name."""
    sync()
    before = living(sync.hub)
    hidden = vendor.members[NEWSLETTER].pop(0)

    def shown_again(_: Any) -> None:
        if hidden not in vendor.members[NEWSLETTER]:
            vendor.members[NEWSLETTER].append(hidden)

    vendor.faults.add(shown_again, at=f"/members/{hidden['contact_id']}")

    sync()

    assert living(sync.hub) == before


def test_a_mass_that_is_missing_waits_for_a_person(vendor: MailchimpSandbox, sync: Any) -> None:
    """An empty answer, or a key that sees less, must not empty the hub; who asks for all means it."""
    sync()
    before = living(sync.hub)
    for member in list(vendor.members[NEWSLETTER]):
        vendor.delete_for_good(member)

    report = sync()
    untouched = living(sync.hub)
    sync(full=True)

    assert untouched == before
    assert any("too many to be believed" in notice for notice in report.notices)
    assert {id_.partition(":")[0] for id_ in living(sync.hub)} == {EVENTS}


def test_an_audience_that_is_not_read_is_not_touched(vendor: MailchimpSandbox, sync: Any) -> None:
    """A sweep speaks for its own audience alone."""
    sync()
    before = living(sync.hub)
    del vendor.lists[EVENTS]

    sync()

    assert living(sync.hub) == before


def test_a_sweep_that_breaks_off_deletes_nobody(vendor: MailchimpSandbox, sync: Any) -> None:
    """Only all ids together tell who is missing."""
    sync()
    before = living(sync.hub)
    vendor.delete_for_good(vendor.members[NEWSLETTER][0])
    for _ in range(3):
        vendor.faults.add(lambda _: None, at=f"{NEWSLETTER}/members")
    vendor.faults.add(status(503, retry_after=3600), at=f"{NEWSLETTER}/members")

    with clock.skipping():
        failed = sync()
        after_failure = living(sync.hub)
        report = sync()

    assert (failed.state, after_failure) == ("failed", before)
    assert (report.state, len(before - living(sync.hub))) == ("done", 1)


def test_segments_become_tags_and_go_when_somebody_leaves(vendor: MailchimpSandbox, opened: OpenHub) -> None:
    """The API tells no change of a segment, so it is read whole."""
    lines = "\n".join(f'{name} = "{value}"' for name, value in vendor.settings().items())
    hub = opened(
        '[sources.news]\nconnector = "mailchimp"\nstreams = ["members", "segments"]\nsegments_every = 0\n' + lines
    )
    sync_source(hub, "news")
    wanting = [row for row in vendor.members[NEWSLETTER] if row["merge_fields"].get("INTEREST") == "Demo"]
    assert _in_segment(hub) == len([row for row in wanting if row["status"] != "archived"])

    vendor.change(wanting[-1], INTEREST="Trial")
    sync_source(hub, "news")

    assert _in_segment(hub) == len([row for row in wanting[:-1] if row["status"] != "archived"])


def _in_segment(hub: Hub) -> int:
    sql = (
        "SELECT COUNT(*) FROM source_record r JOIN stream s ON s.id = r.stream_id "
        "WHERE s.name = 'segments' AND r.deleted_at IS NULL"
    )
    count: int = rows(hub, sql)[0][0]
    return count
