"""`sellhub plan`: what Sell's plan allows, and what is used."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from console.telling import tell, tell_json, tell_next, tell_table


def plan(*, json: Annotated[bool, Parameter(negative="", help="Print one object.")] = False) -> None:
    """Show each limit of the plan that hub.toml names, and how much of it is used."""
    from hub.opening import open_hub
    from hub.plan_room import used

    with open_hub() as hub:
        name = hub.settings.hub.plan
        limits = used(hub)
    if json:
        tell_json({"plan": name, "limits": [limit.to_json() for limit in limits]})
        return
    tell(f"plan {name}" if name else "no plan: nothing is limited")
    rows = [(each.text, each.used, _figure(name, each.figure), _state(each.used, each.figure)) for each in limits]
    tell_table(("limit", "used", "plan", ""), rows)
    if name is None:
        tell_next('hub.toml: [hub] plan = "team", "growth", "professional" or "enterprise"')


def _figure(plan: str | None, figure: int | None) -> str:
    if figure is None:
        return "unlimited" if plan else "–"
    return f"{figure:,}"


def _state(used: int, figure: int | None) -> str:
    if figure is None or used < figure:
        return ""
    if not figure:
        return "over" if used else "not in this plan"
    return "full" if used == figure else "over"
