"""A sales process as a source's is set against ours: what Sell starts with, and what stands in the hub.

Zendesk documents no default lead statuses; these are the usual ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sell_model.pipelines import LOSS_REASONS, UNQUALIFIED_REASONS
from sell_model.records import CLOSED_CATEGORIES

LEAD_STATUSES = ("New", "Working", "Unqualified")


@dataclass(frozen=True, slots=True)
class OurStage:
    """A stage of a pipeline of ours."""

    name: str
    category: str
    likelihood: int
    """Percent."""

    @property
    def is_open(self) -> bool:
        """Whether deals in it are still being worked on."""
        return self.category not in CLOSED_CATEGORIES


@dataclass(frozen=True, slots=True)
class OurUser:
    """A user who may own records."""

    email: str
    name: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class OurProcess:
    """What a source's process can become: the hub's pipelines, people, statuses, reasons and sources by name."""

    pipelines: Mapping[str, tuple[OurStage, ...]] = field(default_factory=dict)
    """Stages in their order; the first pipeline is the default one."""
    users: tuple[OurUser, ...] = ()
    pools: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Pool → the types of records that a pool of that name deals out."""
    statuses: tuple[str, ...] = LEAD_STATUSES
    """Those that everybody has; others are made by saying so."""
    loss_reasons: tuple[str, ...] = LOSS_REASONS
    unqualified_reasons: tuple[str, ...] = UNQUALIFIED_REASONS
    sources: tuple[str, ...] = ()


def named(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str | None:
    """Find a name whatever its capitals and blanks; gives it as it is written there.

    >>> named("sales  pipeline", ("Sales Pipeline",))
    'Sales Pipeline'
    """
    wanted = plain(name)
    return next((each for each in known if plain(each) == wanted), None)


def plain(name: str) -> str:
    """Give a name without regard to capitals and blanks."""
    return " ".join(name.split()).casefold()
