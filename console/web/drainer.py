"""Takes in what was received, within a second, in a thread beside the server."""

from __future__ import annotations

import logging
import threading
import time
from typing import Self

from console.web.answers import told
from hub.draining import drain
from hub.opening import Hub
from hub.reports import StreamReport
from storage.inbox import Inbox
from storage.leases import BusyError

log = logging.getLogger("sellhub")

TOGETHER = 0.05
"""Seconds that a source waits after its first delivery, so that a burst is taken in as one batch."""
BUSY_AGAIN = 0.5
"""Seconds after which a source that another process is syncing is tried again."""
FAILED_AGAIN = (1.0, 5.0, 20.0, 60.0)
"""Seconds after the first, second, … failure in a row; the last one stands for all further ones."""


class Drainer:
    """One thread that drains sources one after another, each as soon as something came for it.

    What fails is tried again, for the inbox keeps it. At the start everything that an earlier process
    left is taken in.
    """

    def __init__(self, hub: Hub, inbox: Inbox) -> None:
        self._hub, self._inbox = hub, inbox
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="drainer", daemon=True)

    def wake(self, source: str, after: float = TOGETHER) -> None:
        """Drain a source soon."""
        with self._changed:
            due = time.monotonic() + after
            self._due[source] = min(due, self._due.get(source, due))
            self._changed.notify()

    @property
    def is_alive(self) -> bool:
        """Whether what is received is being taken in."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        for source, count in self._inbox.waiting().items():
            if source in self._hub.settings.sources:
                self.wake(source)
            else:
                log.warning("%s: %d deliveries wait for it, but hub.toml names no such source", source, count)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Finish the drain that is under way; what waits is taken in at the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (source := self._next()) is not None:
            self._drain(source)

    def _next(self) -> str | None:
        """Wait for a source that is due; None: stop."""
        with self._changed:
            while not self._stopping:
                source = min(self._due, key=self._due.__getitem__, default=None)
                wait = None if source is None else self._due[source] - time.monotonic()
                if source is not None and wait is not None and wait <= 0:
                    del self._due[source]
                    return source
                self._changed.wait(wait)
        return None

    def _drain(self, source: str) -> None:
        try:
            reports = drain(self._hub, source, self._inbox)
        except BusyError:
            self.wake(source, BUSY_AGAIN)
        except Exception as error:  # noqa: BLE001 -- the thread must outlive any fault, and what waits is kept
            self._try_later(source, told(error))
        else:
            self._tell(source, reports)

    def _tell(self, source: str, reports: list[StreamReport]) -> None:
        error = next((report.error for report in reports if report.error), None)
        if error is not None:
            self._try_later(source, error)
            return
        self._failures.pop(source, None)
        for report in reports:
            counts = {name: count for name, count in report.counts.to_json().items() if count}
            told_counts = ", ".join(f"{count} {name}" for name, count in counts.items())
            log.info("%s: run %d took in %s", source, report.run, told_counts or "nothing new")

    def _try_later(self, source: str, text: str) -> None:
        failures = self._failures.get(source, 0)
        self._failures[source] = failures + 1
        wait = FAILED_AGAIN[min(failures, len(FAILED_AGAIN) - 1)]
        log.error("%s: not taken in yet, again in %g s; the inbox keeps it: %s", source, wait, text)
        self.wake(source, wait)
