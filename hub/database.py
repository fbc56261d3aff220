"""The database as its owner sees it: which schema it has, and whether what is stored holds together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.findings import Finding
from hub.opening import Hub, database_url
from hub.settings import home_folder, read_settings
from storage import activity_checks, checks, facet_checks, stage_checks
from storage.checks import Breach
from storage.engine import SCHEMA
from storage.hot import Writer
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which schema the database came, and to which."""

    before: str | None
    """None: it was empty."""
    after: str


def upgrade(home: str | Path | None = None) -> Upgraded:
    """Bring a hub's database to the current schema.

    Raises:
        SetupError: it cannot be reached or written, or a newer hub wrote it.
    """
    folder = home_folder(home)
    store = Store(database_url(folder, read_settings(folder)))
    try:
        return Upgraded(store.upgrade(), SCHEMA)
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class _Rule:
    holds: str
    breaches: Callable[[Writer], list[Breach]]
    fix: str


_AGAIN = "sellhub sync SOURCE --full computes it anew; if it stays, report it with these ids"
_RULES = (
    _Rule("the file is whole", checks.damaged_pages, "restore the last backup; until then, write nothing"),
    _Rule(
        "sums add up in every run",
        checks.sums_that_do_not_add_up,
        "the records are right, the counts of these runs are not: sellhub run show ID, then sellhub sync SOURCE --full",
    ),
    _Rule("every link leads to a record", checks.links_to_nothing, _AGAIN),
    _Rule("every lead has a person", checks.leads_without_person, _AGAIN),
    _Rule(
        "nobody has two open leads",
        checks.people_with_two_open_leads,
        "compare them: sellhub lead show ID; then merge them at their source and sync it",
    ),
    _Rule("converted leads are converted", checks.conversions_that_are_none, "report it with these ids"),
    _Rule(
        "nothing of the forgotten is left in the files",
        checks.clearing_left,
        "end what uses the hub's files, then: sellhub db check",
    ),
    _Rule("nothing points to what is not there", checks.orphans, _AGAIN),
    _Rule(
        "every activity stands at a record",
        activity_checks.activities_at_nothing,
        "see what it says, then remove it: sellhub note show ID, sellhub note remove ID",
    ),
    _Rule(
        "figures are what the activities say",
        activity_checks.figures_that_differ,
        "any new note or task of these records computes them anew; report it with these ids",
    ),
    _Rule(
        "facets are what the records say",
        facet_checks.facets_that_differ,
        "lists may miss these records: any change to one of them files it anew; report it with these ids",
    ),
    _Rule(
        "deals' histories add up",
        stage_checks.broken_histories,
        "the deals are right, reports of their past are not; report it with these ids",
    ),
    _Rule(
        "no deal stands in a removed stage",
        stage_checks.deals_in_removed_stages,
        "put them into another one: sellhub deal move ID STAGE",
    ),
    _Rule(
        "reasons are of the deal's outcome",
        stage_checks.reasons_of_other_outcomes,
        "move them to their stage once more: sellhub deal move ID STAGE",
    ),
    _Rule(
        "pools are fair to one turn",
        checks.unfair_pools,
        "see who got what: sellhub pool show NAME; whoever is behind gets the next turns by itself",
    ),
)


def examine(hub: Hub) -> list[Finding]:
    """Check the integrity of all that is stored: one finding for each rule that holds, one for each breach."""
    findings = [Finding("ok", f"schema {SCHEMA} is current")]
    with hub.store.read() as db:
        for rule in _RULES:
            breaches = rule.breaches(db)
            findings += [_finding(breach, rule.fix) for breach in breaches] or [Finding("ok", rule.holds)]
    return findings


def _finding(breach: Breach, fix: str) -> Finding:
    shown = ", ".join(breach.ids)
    more = f" and {breach.total - len(breach.ids):,} more" if breach.total > len(breach.ids) else ""
    return Finding("FAIL", f"{breach.text}: {shown}{more}", fix, breach.ids)
