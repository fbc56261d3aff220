"""The Sync API: the vendor keeps a queue for us, and we say what we have kept.

Source of facts: Sync API of Core v2. A device, named by a UUID of our own, is given everything once, then only
what changed, deletions included, each record in its freshest state. What is not acknowledged comes again: so a
record is acknowledged only when the hub has stored it. One queue holds all kinds of records; what another stream
asks for waits in a file until that stream is read.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.sell.api import RefusedCallError, SellApi, data_of, items_of, json_object

DEVICE = "X-Basecrm-Device-UUID"
STREAMS_OF = {
    "lead": ("leads",), "deal": ("deals",), "note": ("notes",), "task": ("tasks",), "call": ("calls",),
    "visit": ("visits",),
}  # fmt: skip
SESSIONS = 3
"""Sessions that may end under us before the read counts as short."""
EMPTY_PAGES = 50
"""Pages without an item that are borne one after another; one is no end, many are a stall."""
ACKS = 100


@dataclass(frozen=True, slots=True)
class Queued:
    """One record out of the queue."""

    data: JsonObject
    is_deleted: bool
    ack_key: str


@dataclass
class SyncQueue:
    """The queue of one device within one run.

    Args:
        elsewhere: streams that are read by another device, from its own queue: here they are confirmed unread. A
            stream that was added later, or whose first read died, has a device of its own.
    """

    api: SellApi
    device: str
    elsewhere: set[str] = field(default_factory=set)
    _session: str | None = None
    _sessions: int = 0
    _drained: bool = False
    _waiting: dict[str, IO[str]] = field(default_factory=dict)
    _owed: Counter[str] = field(default_factory=Counter)
    """How many streams must have stored what a key stands for before it is acknowledged."""

    def read(self, stream: str) -> Iterator[list[Queued]]:
        """Yield a stream's records page by page, until the queue is drained.

        Raises:
            TransientError: the queue stalls.
        """
        yield from self._set_aside(stream)
        empty = 0
        while not self._drained:
            items = self._page()
            empty = 0 if items else empty + 1
            if empty > EMPTY_PAGES:
                raise TransientError("Zendesk Sell: the sync queue stalls before its end")
            yield self._sorted(items or [], stream)

    def stored(self, keys: list[str]) -> None:
        """Acknowledge what the hub has stored, once for each stream that asked for it."""
        done = []
        for key in keys:
            self._owed[key] -= 1
            if self._owed[key] <= 0:
                del self._owed[key]
                done.append(key)
        self._acknowledge(done)

    def leave(self, stream: str) -> None:
        """Confirm what was set aside for a stream, and what will come for it: another device reads it."""
        self.elsewhere.add(stream)
        for page in self._set_aside(stream):
            self.stored([queued.ack_key for queued in page])

    def close(self) -> None:
        """Forget what was set aside: not acknowledged, it comes again."""
        for file in self._waiting.values():
            file.close()

    def _page(self) -> list[JsonObject] | None:
        """Get the next page; None when there is nothing (more), or the session ended and a new one begins."""
        if self._session is None:
            self._start()
            return None
        path = f"/sync/{self._session}/queues/main"
        try:
            response = self.api.call("GET", path, headers=self._headers)
        except RefusedCallError as error:
            if error.status != 404 or self._sessions >= SESSIONS:
                raise
            self._session = None
            return None
        if response.status_code == 204:
            self._drained = True
            return None
        return items_of(json_object(response) or {}, path)

    def _start(self) -> None:
        response = self.api.call("POST", "/sync/start", headers=self._headers)
        self._sessions += 1
        self._drained = response.status_code == 204
        if self._drained:
            return
        session = ((json_object(response) or {}).get("data") or {}).get("id")
        if not session:
            raise TransientError("Zendesk Sell: a sync session without an id")
        self._session = str(session)

    def _sorted(self, items: list[JsonObject], stream: str) -> list[Queued]:
        """Give what is this stream's, set aside what is another's, acknowledge what nobody reads."""
        mine, nobodys = [], []
        for item in items:
            meta = item.get("meta") or {}
            sync = meta.get("sync") or {}
            queued = Queued(data_of(item), sync.get("event_type") == "deleted", str(sync.get("ack_key") or ""))
            streams = [each for each in _streams_of(str(meta.get("type") or ""), queued.data) if self._reads(each)]
            self._owed[queued.ack_key] += len(streams)
            if not streams:
                nobodys.append(queued.ack_key)
            for each in streams:
                if each == stream:
                    mine.append(queued)
                else:
                    self._aside(each, queued)
        self.stored(nobodys)
        return mine

    def _reads(self, stream: str) -> bool:
        return stream not in self.elsewhere

    def _aside(self, stream: str, queued: Queued) -> None:
        if stream not in self._waiting:
            self._waiting[stream] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  -- closed by close()
        self._waiting[stream].write(json.dumps([queued.data, queued.is_deleted, queued.ack_key]) + "\n")

    def _set_aside(self, stream: str) -> Iterator[list[Queued]]:
        file = self._waiting.pop(stream, None)
        if file is None:
            return
        with file:
            file.seek(0)
            page: list[Queued] = []
            for line in file:
                page.append(Queued(*json.loads(line)))
                if len(page) >= ACKS:
                    yield page
                    page = []
            yield page

    def _acknowledge(self, keys: list[str]) -> None:
        real = [key for key in keys if key]
        for at in range(0, len(real), ACKS):
            body = {"data": {"ack_keys": real[at : at + ACKS]}}
            self.api.call("POST", "/sync/ack", body=body, headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {DEVICE: self.device}


def _streams_of(kind: str, data: JsonObject) -> tuple[str, ...]:
    """Tell which streams an item belongs to. A deleted contact bears its id alone: it may be either kind."""
    if kind != "contact":
        return STREAMS_OF.get(kind, ())
    is_company = data.get("is_organization")
    if is_company is None:
        return ("companies", "contacts")
    return ("companies",) if is_company else ("contacts",)
