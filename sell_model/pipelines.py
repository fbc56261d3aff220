"""Pipelines as Sell has them at the start. Source: Zendesk help, "About sales pipeline stages"."""

from __future__ import annotations

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


def is_open(category: str) -> bool:
    """Whether deals in a stage of this category are still being worked on."""
    return category not in CLOSED_CATEGORIES
