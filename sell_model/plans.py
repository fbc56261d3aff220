"""What Sell's plans allow. Source: Zendesk help, "Product limits for Sell".

Two kinds of limits: those that differ by plan (pipelines, pools), and hard ones that every plan has.
What Zendesk does not say is no limit here. A hub without a plan has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from sell_model.errors import SetupError

Plan: TypeAlias = Literal["team", "growth", "professional", "enterprise"]
PLANS: tuple[Plan, ...] = get_args(Plan)
"""From the smallest to the largest."""

ASKED_FOR = "or leave out `plan` in hub.toml for no limits"


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that a plan bounds."""

    name: str
    """As `sellhub plan` calls it."""
    text: str
    """What is counted, in words: `pipelines`, `deals of one contact`."""
    every_plan: int | None = None
    """The figure of every plan; None where plans differ."""
    by_plan: Mapping[Plan, int | None] | None = None
    """The figure of each plan where they differ; None: unlimited. A plan that is not named has no known figure."""
    way_out: str = "remove some"
    """What makes room."""

    def figure(self, plan: Plan) -> int | None:
        """Give how many a plan allows; None: as many as one likes, or nobody says."""
        return self.by_plan.get(plan) if self.by_plan is not None else self.every_plan


_LIMITS = (
    Limit(
        "pipelines",
        "pipelines",
        by_plan={"team": 2, "growth": 10, "professional": 20, "enterprise": None},
        way_out="remove one: sellhub pipeline remove NAME",
    ),
    Limit("pools", "distribution pools", by_plan={"team": 0}, way_out="remove it: sellhub pool remove NAME"),
    Limit("leads", "leads", 5_000_000, way_out="delete or convert some"),
    Limit("contacts", "contacts", 2_000_000, way_out="delete some"),
    Limit("deals", "deals", 2_000_000, way_out="delete some"),
    Limit("deals of a contact", "deals of one contact", 5_000, way_out="give some to another contact"),
    Limit("companies in a hierarchy", "companies in one hierarchy", 1_000, way_out="make it two"),
    Limit("stages", "stages of one pipeline", 50, way_out="remove one: sellhub pipeline stage remove PIPELINE NAME"),
    Limit("custom fields", "custom fields of one type of record", 500, way_out="remove one: sellhub field remove NAME"),
    Limit("choices", "choices of one drop-down", 1_000, way_out="remove one: sellhub field choice remove"),
    Limit("smart lists", "smart lists of one type of record", 1_000, way_out="remove one: sellhub list remove NAME"),
    Limit("tags", "tags of one type of record", 1_000, way_out="remove one: sellhub tag remove NAME"),
    Limit("users", "users", 5_000, way_out="none that Sell offers: deleted users count too"),
)
LIMITS: dict[str, Limit] = {limit.name: limit for limit in _LIMITS}
"""Every limit that is known, by name."""


def known_plan(plan: str) -> Plan:
    """Read a plan's name.

    Raises:
        SetupError: no plan of Sell's.
    """
    for known in PLANS:
        if plan == known:
            return known
    raise SetupError(f"there is no plan {plan!r}", fix=f"plans: {', '.join(PLANS)}; {ASKED_FOR}")


def check(plan: str | None, limit: str, count: int) -> None:
    """Refuse more of something than a plan allows.

    Args:
        plan: as hub.toml names it; None: no limits.
        limit: one of `LIMITS`.
        count: how many there would be.

    Raises:
        SetupError: that would be too many; the text says the limit, the plan's figure and the way out.
    """
    bound = LIMITS[limit]
    if plan is None or (figure := bound.figure(known_plan(plan))) is None or count <= figure:
        return
    allowed = f"at most {figure:,} {bound.text}" if figure else f"no {bound.text}"
    raise SetupError(
        f"limit {bound.name!r}: the {plan.capitalize()} plan has {allowed}, this would make {count:,}",
        fix="; ".join([bound.way_out, *_larger(bound, known_plan(plan), count), ASKED_FOR]),
    )


def _larger(limit: Limit, plan: Plan, count: int) -> list[str]:
    """Name the smallest plan that has room, where there is one."""
    for other in PLANS[PLANS.index(plan) + 1 :]:
        figure = limit.figure(other)
        if figure is None or count <= figure:
            return [f'or take a larger plan: plan = "{other}"']
    return []
