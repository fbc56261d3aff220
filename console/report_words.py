"""How reports are told: the table, what it is about, what must be known beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from console.record_words import write_csv
from console.showing import value_text
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.reporting.basis import LeftOut
    from hub.reporting.funnel import FunnelReport
    from hub.reporting.owners import OwnersReport
    from hub.reporting.recurring import RecurringReport
    from hub.reporting.sources import Origin, SourcesReport
    from hub.reporting.speed import SpeedReport

NOWHERE = "(none said)"


def tell_funnel(report: FunnelReport, *, json: bool, csv: bool) -> None:
    """Tell a funnel."""
    if json:
        tell_json(report.to_json())
        return
    rows = report.rows()
    if csv:
        write_csv([{**row, "currency": report.currency} for row in rows])
        _note_beside(report.notes, report.left_out)
        return
    from hub.reporting.funnel import OUTCOMES
    from sell_model.funnel import RULES

    tell(f"{report.population}: {report.deals:,}")
    tell(f"rule {report.question.rule}: {RULES[report.question.rule]}")
    stages = rows[: -len(OUTCOMES)]
    header = ("stage", "deals", "value", "weighted", "to next", "median days")
    tell_table(header, [_funnel_row(row, report.currency) for row in stages])
    tell("each of them stands now:")
    tell_table(header[:4], [_funnel_row(row, report.currency)[:4] for row in rows[-len(OUTCOMES) :]])
    tell(_overall(report.counted.overall))
    tell("median days: a stay that still goes on counts up to now; weighted: value by each deal's own likelihood now")
    _tell_beside(report.notes, report.left_out)
    tell_next("sellhub deal list", "sellhub report owners")


def _overall(part: float | None) -> str:
    if part is None:
        return "overall conversion: none can be told, since no deal counts in the first stage"
    return f"overall conversion: {_percent(part)} of the first stage's deals were won"


def _funnel_row(row: dict[str, Any], currency: str) -> tuple[Any, ...]:
    return (
        row["stage"],
        row["count"],
        _money(row["values"], currency),
        _money(row["weighted_values"], currency),
        _percent(row["step_conversion"]),
        "–" if row["median_days"] is None else f"{row['median_days']:g}",
    )


def _money(values: dict[str, str], currency: str) -> str:
    """Write sums by currency on one line, the main currency first; a dash for none."""
    parts = [(name, values[name]) for name in sorted(values, key=lambda name: (name != currency, name))]
    return " + ".join(f"{_grouped(text)} {name}" for name, text in parts) or "–"


def _grouped(text: str) -> str:
    whole, point, cents = text.partition(".")
    return f"{int(whole):,}{point}{cents}"


def _percent(part: float | None) -> str:
    return "–" if part is None else f"{part * 100:.1f} %"


def _tell_beside(notes: Iterable[str], left_out: Iterable[LeftOut]) -> None:
    for text in notes:
        tell(f"note: {text}")
    for each in left_out:
        tell(f"note: {each.text}")
        tell(f"  fix: {each.fix}")


def _note_beside(notes: Iterable[str], left_out: Iterable[LeftOut]) -> None:
    """A spreadsheet has no room for remarks: they go beside it."""
    for text in notes:
        note(f"note: {text}")
    for each in left_out:
        note(f"note: {each.text}")
        note(f"  fix: {each.fix}")


def tell_sources(report: SourcesReport, *, json: bool, csv: bool) -> None:
    """Tell what came from where."""
    if json:
        tell_json(report.to_json())
        return
    if csv:
        write_csv([{**origin.row(), "currency": report.found.currency} for origin in report.sources])
        _note_beside(report.found.notes, report.found.left_out)
        return
    tell(report.population)
    if not report.sources:
        tell("no leads and no deals")
        tell_next("sellhub import FILE.csv")
        return
    _tell_origins("source", report.sources)
    tell("by the system that brought them first:")
    _tell_origins("system", report.systems)
    tell("qualified: converted leads of all; value: of won deals")
    _tell_beside(report.found.notes, report.found.left_out)
    tell_next("sellhub report funnel", "sellhub report speed")


def _tell_origins(title: str, origins: Iterable[Origin]) -> None:
    rows = []
    for origin in origins:
        row = origin.row()
        figures = (row[name] for name in ("leads", "converted", "unqualified"))
        money = _money(row["values"], origin.currency)
        name = value_text(origin.name or NOWHERE)
        rows.append((name, *figures, _percent(row["qualified"]), row["deals"], row["won"], money))
    header = (title, "leads", "converted", "unqualified", "qualified", "deals", "won", "value")
    tell_table(header, rows)


def tell_owners(report: OwnersReport, *, json: bool, csv: bool) -> None:
    """Tell what each owner has."""
    if json:
        tell_json(report.to_json())
        return
    rows = [figures.row() for figures in report.owners]
    if csv:
        write_csv([{**row, "currency": report.found.currency} for row in rows])
        _note_beside(report.found.notes, report.found.left_out)
        return
    tell(report.population)
    if not rows:
        tell("no leads and no deals")
        tell_next("sellhub import FILE.csv")
        return
    counts = ("leads", "worked", "converted", "open", "won", "lost", "unqualified")
    currency = report.found.currency
    table = []
    for row in rows:
        money = (_money(row[name], currency) for name in ("values", "open_values"))
        table.append((value_text(row["owner"] or "(nobody)"), *(row[name] for name in counts), *money))
    tell_table(("owner", *counts, "won value", "open value"), table)
    tell("leads, worked (something was done at them) and converted are leads; what follows is deals")
    _tell_beside(report.found.notes, report.found.left_out)
    tell_next("sellhub report speed", "sellhub lead list --owner none")


def tell_speed(report: SpeedReport, *, json: bool, csv: bool) -> None:
    """Tell how long leads wait."""
    if json:
        tell_json(report.to_json())
        return
    rows = report.rows()
    if csv:
        write_csv(rows)
        return
    from hub.reporting.speed import MEASURES

    tell(report.population)
    if not rows:
        tell("no leads")
        tell_next("sellhub import FILE.csv")
        return
    table = []
    for row in rows:
        times = (duration(row[name]) for name in ("median_seconds", "p90_seconds"))
        table.append((value_text(row["source"] or NOWHERE), MEASURES[row["measure"]], row["count"], *times))
    tell_table(("source", "", "leads", "median", "nine in ten"), table)
    tell("what never happened is not counted: fewer leads had an owner, or something done, than came")
    tell_next("sellhub report owners", "sellhub lead list --owner none")


def duration(seconds: float) -> str:
    """Write a span of time in the unit that fits it.

    >>> duration(42), duration(5400), duration(200_000)
    ('42 s', '1.5 h', '2.3 days')
    """
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def tell_recurring(report: RecurringReport, *, json: bool, csv: bool) -> None:
    """Tell what recurs."""
    if json:
        tell_json(report.to_json())
        return
    rows = [line.row() for line in report.lines]
    if csv:
        write_csv(rows)
        _note_beside(report.notes, ())
        return
    tell(report.population)
    if not rows:
        tell("none that have a value")
        tell_next("sellhub report funnel")
        return
    table = []
    for row in rows:
        sums = (_grouped(row[name]) for name in ("mrr", "arr", "tcv"))
        table.append((row["value_basis"] or "(not said)", row["currency"], row["deals"], *sums))
    tell_table(("value basis", "currency", "deals", "MRR", "ARR", "TCV"), table)
    tell("ARR = 12 × MRR; TCV = MRR × months; each is rounded once, after adding")
    _tell_beside(report.notes, ())
    tell_next("sellhub report funnel")
