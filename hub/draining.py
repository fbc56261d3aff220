"""Taking in what a source's inbox holds: a sync, and then the inbox's own housekeeping."""

from __future__ import annotations

from datetime import timedelta

from hub.intake import INBOX
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.sync import sync_source
from storage.inbox import Inbox

KEPT = timedelta(days=30)
"""How long a delivery stays in the inbox once it is taken in: so long a sender's repetition is known as one."""


def drain(hub: Hub, source: str, inbox: Inbox) -> list[StreamReport]:
    """Take in what waits for a source; its vendor is not called, a sync does that.

    Raises:
        BusyError: another process is syncing it, and takes in what waits.
        SetupError: the source cannot be opened.
    """
    reports = sync_source(hub, source, Options(received_only=True))
    now = hub.clock()
    for report in reports:
        if report.cursor is not None and INBOX in report.cursor:
            inbox.note_drained(source, report.stream, report.cursor[INBOX], now)
    inbox.forget_drained(now - KEPT)
    return reports
