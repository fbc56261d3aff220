"""What the handlers of a running application work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from fastapi import Request

from connectors.connector import Request as Received
from console.web.drainer import Drainer
from console.web.limits import Rates
from hub.opening import Hub
from storage.inbox import Inbox

RETRY_AFTER = {"Retry-After": "60"}


@dataclass(frozen=True, slots=True)
class Door:
    """The open hub, its inbox, whoever takes in what lies there."""

    hub: Hub
    inbox: Inbox
    drainer: Drainer
    rates: Rates = field(default_factory=Rates)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def turn(self, source: str) -> asyncio.Lock:
        """Give what lets the changes of one source happen one after another: each begins at what the last one left."""
        return self._turns.setdefault(source, asyncio.Lock())


def door_of(request: Request) -> Door:
    """Give the running application's door."""
    door: Door = request.app.state.door
    return door


def as_received(door: Door, request: Request, body: bytes) -> Received:
    """Give a request as connectors read it."""
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
    return Received(request.method, str(request.url), headers, body, door.hub.clock())


def name_of(door: Door, source: str) -> str:
    """Name a source in the log; what is none is a stranger's text and does not belong there."""
    return source if source in door.hub.settings.sources else "unknown source"
