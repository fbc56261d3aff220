"""Takes in what was received, within a second, in a thread beside the server."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Self

from console.web.answers import told
from hub.draining import drain
from hub.intake import INBOX
from hub.opening import Hub
from hub.reports import StreamReport
from hub.tokens import hashed, note_used
from sell_model.errors import HubError
from storage.inbox import Inbox
from storage.leases import BusyError
from storage.store import Store

log = logging.getLogger("sellhub")

TOGETHER = 0.02
"""Seconds that a source waits after its first delivery, so that a burst is taken in as one batch."""
APART = 0.1
"""Seconds between the beginnings of two drains of a source: each is a run, and a minute has few enough of them."""
FLOODED, FLOODED_APART = 10, 0.25
"""From so many deliveries in a drain on, what comes meanwhile is left to gather for longer."""
USES_APART = 30.0
"""Seconds between two notes of when tokens were last used."""
BUSY_AGAIN = 0.5
"""Seconds after which a source that another process is syncing is tried again."""
FAILED_AGAIN = (1.0, 5.0, 20.0, 60.0)
"""Seconds after the first, second, … failure in a row; the last one stands for all further ones."""


@dataclass(frozen=True, slots=True)
class _Awaited:
    """Somebody's answer, which waits for a delivery to be taken in."""

    source: str
    delivery: int
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[bool]


class Drainer:
    """One thread that drains sources one after another, each as soon as something came for it.

    What fails is tried again, for the inbox keeps it. At the start everything that an earlier process
    left is taken in. It has a store of its own, whose transactions are its alone. It also notes when tokens
    were used, which no request has to wait for.
    """

    def __init__(self, hub: Hub, inbox: Inbox) -> None:
        self._hub, self._inbox = replace(hub, store=Store(hub.store.engine.url)), inbox
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._awaited: list[_Awaited] = []
        self._used: dict[str, str] = {}
        self._uses_due = 0.0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="drainer", daemon=True)

    def wake(self, source: str, after: float = TOGETHER) -> None:
        """Drain a source soon."""
        with self._changed:
            due = max(time.monotonic() + after, self._not_before.get(source, 0.0))
            self._due[source] = min(due, self._due.get(source, due))
            self._changed.notify()

    async def taken_in(self, source: str, delivery: int, within: float) -> bool:
        """Drain a source and wait until a delivery is taken in; false: it was not in time, and will be later.

        Args:
            delivery: its place in the inbox.
            within: seconds.
        """
        loop = asyncio.get_running_loop()
        awaited = _Awaited(source, delivery, loop, loop.create_future())
        with self._changed:
            self._awaited.append(awaited)
        self.wake(source, 0.0)
        try:
            return await asyncio.wait_for(awaited.done, within)
        except TimeoutError:
            return False
        finally:
            with self._changed:
                self._awaited = [each for each in self._awaited if each is not awaited]

    def note_token(self, text: str) -> None:
        """Note that a token was used now."""
        with self._changed:
            self._used[hashed(text)] = self._hub.now()
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
        self._note_uses(at_once=True)
        self._hub.store.close()

    def _run(self) -> None:
        while (source := self._next()) is not None:
            if source:
                self._drain(source)
            self._note_uses()

    def _next(self) -> str | None:
        """Wait for a source that is due; empty: uses of tokens are to be noted; None: stop."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                source = min(self._due, key=self._due.__getitem__, default="")
                if source and self._due[source] <= now:
                    del self._due[source]
                    self._not_before[source] = now + APART
                    return source
                if self._used and self._uses_due <= now:
                    return ""
                waits = [self._due[source]] if source else []
                waits += [self._uses_due] if self._used else []
                self._changed.wait(min(waits) - now if waits else None)
        return None

    def _drain(self, source: str) -> None:
        began = time.monotonic()
        try:
            reports = drain(self._hub, source, self._inbox)
        except BusyError:
            self.wake(source, BUSY_AGAIN)
        except Exception as error:  # noqa: BLE001 -- the thread must outlive any fault, and what waits is kept
            self._try_later(source, told(error))
        else:
            if sum(report.counts.read for report in reports) >= FLOODED:
                self._rest(source, began + FLOODED_APART)
            self._answer(source, reports)
            self._tell(source, reports)

    def _rest(self, source: str, until: float) -> None:
        """Drain a source no sooner, whoever has asked for it meanwhile."""
        with self._changed:
            self._not_before[source] = until
            if source in self._due:
                self._due[source] = max(self._due[source], until)

    def _answer(self, source: str, reports: list[StreamReport]) -> None:
        """Let those go on who waited for what is taken in now."""
        last = max(((report.cursor or {}).get(INBOX, 0) for report in reports), default=0)
        with self._changed:
            those = [each for each in self._awaited if each.source == source and each.delivery <= last]
        for each in those:
            each.loop.call_soon_threadsafe(_set, each.done)

    def _note_uses(self, *, at_once: bool = False) -> None:
        with self._changed:
            if not self._used or (time.monotonic() < self._uses_due and not at_once):
                return
            used, self._used = self._used, {}
            self._uses_due = time.monotonic() + USES_APART
        try:
            note_used(self._hub, used)
        except HubError as error:
            log.warning("when tokens were used was not noted: %s", told(error))

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


def _set(done: asyncio.Future[bool]) -> None:
    if not done.done():
        done.set_result(True)
