"""Taking in what a source's inbox holds: a sync, and then the inbox's own housekeeping."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hub.intake import INBOX
from hub.notifying import gathered
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import TooLongError, sync_source
from storage.inbox import Inbox

KEPT = timedelta(days=30)
"""How long a delivery stays in the inbox once it is taken in: so long a sender's repetition is known as one."""
FEW, SMALL = 500, 1_000_000
"""So many deliveries, and characters of them, are taken in by one transaction."""


def drain(hub: Hub, source: str, inbox: Inbox) -> list[StreamReport]:
    """Take in what waits for a source; its vendor is not called, a sync does that.

    What is little is one transaction: beside an import, which holds the database for most of the time, each further
    one would wait its turn. So nobody else may use the hub's store meanwhile.

    Raises:
        BusyError: another process is syncing it, and takes in what waits.
        SetupError: the source cannot be opened.
    """
    reports = _drained(hub, source, inbox)
    now = hub.clock()
    for report in reports:
        if report.cursor is not None and INBOX in report.cursor:
            inbox.note_drained(source, report.stream, report.cursor[INBOX], now)
    inbox.forget_drained(now - KEPT)
    return reports


def _drained(hub: Hub, source: str, inbox: Inbox) -> list[StreamReport]:
    count, size = inbox.size_waiting(source)
    if count <= FEW and size <= SMALL:
        # Owners are told once it is stored: mails must not hold up everybody who writes.
        with suppress(TooLongError), gathered(hub), hub.store.together():
            return sync_source(hub, source, Options(received_only=True, at_once=True))
    return sync_source(hub, source, Options(received_only=True))
