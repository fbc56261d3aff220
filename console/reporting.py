"""`sellhub report`: the funnel, sources, speed, owners, and what recurs; as table, JSON or CSV."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
From: TypeAlias = Annotated[str | None, Parameter(name="--from", help="First day, such as 2026-01-01.")]
To: TypeAlias = Annotated[str | None, Parameter(name="--to", help="Last day; it is part of the period.")]

app = cyclopts.App(
    name="report",
    help="Reports: funnel, sources, speed, owners, recurring.",
    result_action="return_value",
    help_format="plaintext",
)


app.command(
    "console.calls:report_activities", name="activities", help="Count calls and visits by outcome and by who made them."
)


@app.command
def funnel(
    *,
    pipeline: str | None = None,
    rule: Literal["reached", "touched", "strict"] = "reached",
    first: From = None,
    last: To = None,
    by: Literal["added", "closed"] = "added",
    owner: str | None = None,
    source: str | None = None,
    instalments: Literal["each", "once"] = "each",
    json: Flag = False,
    csv: Flag = False,
) -> None:
    """Count deals by how far they came: value, weighted value, conversion, median days in each stage.

    Args:
        pipeline: Its name; left out: the first one.
        rule: reached: in every stage up to the highest it ever stood in; touched: where it really stood;
            strict: where it stood in every earlier stage, too.
        by: Whether the period is of when deals were added or of when they were closed.
        owner: Address or name; none: deals without an owner.
        source: Sell's deal source.
        instalments: each: an instalment is a deal; once: those of one deal count once.
        json: Print one object.
        csv: Print a row per stage and outcome.
    """
    from console.report_words import tell_funnel
    from hub.opening import open_hub
    from hub.reporting.funnel import Question, report_funnel
    from hub.reporting.period import read_period

    question = Question(pipeline, rule, read_period(first, last), by, owner, source, instalments)
    with open_hub() as hub:
        report = report_funnel(hub, question)
    tell_funnel(report, json=json, csv=csv)


@app.command
def sources(*, first: From = None, last: To = None, json: Flag = False, csv: Flag = False) -> None:
    """Count what came of leads and deals by where they come from.

    Args:
        json: Print one object.
        csv: Print a row per source, by Sell's field Source; --json has those by system, too.
    """
    from console.report_words import tell_sources
    from hub.opening import open_hub
    from hub.reporting.period import read_period
    from hub.reporting.sources import report_sources

    period = read_period(first, last)
    with open_hub() as hub:
        report = report_sources(hub, period)
    tell_sources(report, json=json, csv=csv)


@app.command
def speed(*, first: From = None, last: To = None, json: Flag = False, csv: Flag = False) -> None:
    """Measure how long leads wait until they are here, have an owner, and something is done.

    Args:
        json: Print one object.
        csv: Print a row per source and measure.
    """
    from console.report_words import tell_speed
    from hub.opening import open_hub
    from hub.reporting.period import read_period
    from hub.reporting.speed import report_speed

    period = read_period(first, last)
    with open_hub() as hub:
        report = report_speed(hub, period)
    tell_speed(report, json=json, csv=csv)


@app.command
def owners(*, first: From = None, last: To = None, json: Flag = False, csv: Flag = False) -> None:
    """Count leads and deals by who owns them, and what was made of them.

    Args:
        json: Print one object.
        csv: Print a row per owner.
    """
    from console.report_words import tell_owners
    from hub.opening import open_hub
    from hub.reporting.owners import report_owners
    from hub.reporting.period import read_period

    period = read_period(first, last)
    with open_hub() as hub:
        report = report_owners(hub, period)
    tell_owners(report, json=json, csv=csv)


@app.command
def recurring(
    *,
    pipeline: str | None = None,
    first: From = None,
    last: To = None,
    owner: str | None = None,
    months: str = "Contract months",
    json: Flag = False,
    csv: Flag = False,
) -> None:
    """Add up what won deals bring: monthly (MRR), yearly (ARR), and over their contracts (TCV).

    Args:
        pipeline: Its name; left out: all.
        owner: Address or name; none: deals without an owner.
        months: The custom field of deals that says for how many months a contract runs.
        json: Print one object.
        csv: Print a row per basis and currency.
    """
    from console.report_words import tell_recurring
    from hub.opening import open_hub
    from hub.reporting.period import read_period
    from hub.reporting.recurring import report_recurring

    period = read_period(first, last)
    with open_hub() as hub:
        report = report_recurring(hub, period, pipeline, owner, months)
    tell_recurring(report, json=json, csv=csv)
