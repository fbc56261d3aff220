"""What a record's activities come to: first and last, last communication, next task, open tickets.

Last communication is the last e-mail, call, text or meeting with the person; last activity also counts
notes, tasks and stage changes. A task counts when it is added and when it is done. Source: sell_domain.md §4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sell_model.activities import ACTIVITIES

STAGE_CHANGE = "stage_change"
COMMUNICATIONS = frozenset(kind for kind, rule in ACTIVITIES.items() if rule.is_communication)
CLOSED_TICKETS = ("solved", "closed")
"""Statuses of Zendesk Support at which nobody waits for an answer."""

Deed: TypeAlias = tuple[str, str]
"""When something was done, as UTC text, and what it was: `("2026-11-20T…Z", "call")`. Of two at one moment the
later word in the alphabet is taken for the last."""

OpenTask: TypeAlias = tuple[bool, str, int]
"""Whether it has no due date, the date or an empty text, its id: the smallest is the next."""


@dataclass(frozen=True, slots=True)
class Span:
    """The activities of one kind at one record: the moment of the first and of the last."""

    kind: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a record's activities come to. Figures of the same record's parts join in any order."""

    first: str | None = None
    last: Deed | None = None
    last_communication: Deed | None = None
    next_task: OpenTask | None = None
    open_tickets: int = 0

    def joined(self, other: Figures) -> Figures:
        """Give the figures of both together; what stands at one must not stand at the other."""
        return Figures(
            min((moment for moment in (self.first, other.first) if moment is not None), default=None),
            max(_there(self.last, other.last), default=None),
            max(_there(self.last_communication, other.last_communication), default=None),
            min((task for task in (self.next_task, other.next_task) if task is not None), default=None),
            self.open_tickets + other.open_tickets,
        )


def _there(*deeds: Deed | None) -> list[Deed]:
    return [deed for deed in deeds if deed is not None]


def figures_of(spans: Iterable[Span], open_tasks: Iterable[OpenTask], open_tickets: int) -> Figures:
    """Compute the figures of what stands at one place."""
    told = list(spans)
    return Figures(
        min((span.first for span in told), default=None),
        max(((span.last, span.kind) for span in told), default=None),
        max(((span.last, span.kind) for span in told if span.kind in COMMUNICATIONS), default=None),
        min(open_tasks, default=None),
        open_tickets,
    )


def open_task(id_: int, due_date: str | None) -> OpenTask:
    """Place an open task in the order in which they come up: by due date, those without one last."""
    return (due_date is None, due_date or "", id_)


def days_since(moment: str | None, now: datetime, zone: ZoneInfo) -> int | None:
    """Count the days from a moment's day to today's in a time zone; None: it never was.

    >>> from datetime import UTC
    >>> days_since("2026-11-20T23:00:00Z", datetime(2026, 11, 23, 1, 0, tzinfo=UTC), ZoneInfo("UTC"))
    3
    """
    if moment is None:
        return None
    return (now.astimezone(zone).date() - datetime.fromisoformat(moment).astimezone(zone).date()).days
