"""What holds for every batch of one stream, whoever brings it: a sync, an import, somebody's hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.plan_room import Room


@dataclass(frozen=True, slots=True)
class Intent:
    """What holds for every batch of one stream's sync."""

    source: str
    stream_id: int
    stream_kind: str
    version: str
    """The mapping version in force."""
    priority_of: Callable[[str], int]
    users_awaited: Callable[[str], bool]
    default_pool: Callable[[str], int | None]
    currency: str
    value_basis: str | None = None
    reopen_leads: bool = False
    existing: str = "update"
    destinations: tuple[str, ...] = ()
    stream: str = ""
    """The stream's own name; empty where no stream brings anything."""
    room: Room | None = None
    """What Sell's plan leaves room for; None: there are no limits."""
