"""What holds for every batch of one stream, whoever brings it: a sync, an import, somebody's hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hub.matching_model import shipped_model
from hub.plan_room import Room
from sell_model.matching.evidence import Model
from sell_model.survivorship_rules import Survival


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
    model: Model = field(default_factory=shipped_model)
    """By which it is told who is who."""
    survival: Survival = field(default_factory=Survival)
    """By which rules fields survive where several sources know the same record."""
    sizes: dict[str, int] = field(default_factory=dict)
    """`person` and `company` → how many there were, counted once a stream's sync, and those that it made since."""
