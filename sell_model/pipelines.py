"""Pipelines as Sell has them at the start, and what holds of each. Source: Zendesk help, "About sales pipeline stages".

Each pipeline has one won, one lost and one unqualified stage, which are fixed; before them stand its
active stages, each with a likelihood. The default active ones may be renamed, reordered and removed, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sell_model.records import CLOSED_CATEGORIES, StageCategory

DEFAULT_PIPELINE = "Sales Pipeline"

DEFAULT_STAGES: tuple[tuple[str, StageCategory, int], ...] = (
    ("Incoming", "incoming", 10),
    ("Qualified", "qualified", 20),
    ("Quote", "quote", 50),
    ("Closure", "closure", 80),
    ("Won", "won", 100),
    ("Unqualified", "unqualified", 0),
    ("Lost", "lost", 0),
)
"""Name, category, likelihood in percent, in order."""

CLOSED_STAGES = tuple(stage for stage in DEFAULT_STAGES if stage[1] in CLOSED_CATEGORIES)
"""What stands at the end of every pipeline."""

LOSS_REASONS = ("Price", "Competitor", "No budget", "Bad timing", "Other")
UNQUALIFIED_REASONS = ("No need", "Not a fit", "No reply", "Duplicate")
"""Our choice: Sell's own list is not documented, but for its sample "No need"."""


def is_open(category: str) -> bool:
    """Whether deals in a stage of this category are still being worked on."""
    return category not in CLOSED_CATEGORIES


@dataclass(frozen=True, slots=True)
class NewStage:
    """A stage that is to be made."""

    name: str
    category: StageCategory
    likelihood: int


def read_stage(text: str) -> NewStage:
    """Read an active stage as people write it: `Name:likelihood`.

    >>> read_stage("Renewal due: 40")
    NewStage(name='Renewal due', category='custom', likelihood=40)

    Raises:
        ValueError: no name, or no likelihood from 0 to 100: Sell requires both.
    """
    name, _, likelihood = text.rpartition(":")
    if not name.strip() or not likelihood.strip().isdecimal() or int(likelihood) > 100:
        raise ValueError(f"{text!r} is not a stage: write Name:likelihood, like 'Quote:50', from 0 to 100 percent")
    return NewStage(name.strip(), "custom", int(likelihood))


def stages_of(active: Iterable[NewStage]) -> list[NewStage]:
    """Give all stages of a new pipeline, in order: the active ones (none: Sell's own), then the closed three."""
    chosen = list(active) or [NewStage(*stage) for stage in DEFAULT_STAGES if is_open(stage[1])]
    return [*chosen, *(NewStage(*stage) for stage in CLOSED_STAGES)]


def reordered(present: Sequence[int], first: Iterable[int]) -> list[int]:
    """Give stages in a new order: these first, as they are named, then the others as they stand."""
    wanted = list(dict.fromkeys(first))
    return [*wanted, *(stage for stage in present if stage not in wanted)]


def placed_after(present: Sequence[int], stage: int, after: int | None) -> list[int]:
    """Give stages in order with one put behind another one; None: behind the last."""
    others = [each for each in present if each != stage]
    at = len(others) if after is None else others.index(after) + 1
    return [*others[:at], stage, *others[at:]]
