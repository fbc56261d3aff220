"""`sellhub demo`: the main job end to end on stand-ins of the vendors."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.telling import note, progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.demo_report import DemoReport

HOME = "sellhub-demo"
_COUNTS = ("read", "created", "updated", "merged", "unchanged", "held", "skipped", "failed")
_HELD_SHOWN = 6


def demo(*, json: bool = False) -> int:
    """Bring leads from Salesforce, HubSpot, Mailchimp, Zendesk, a web form and a CSV into one list.

    The vendors are stand-ins on this machine; connectors, flows and database are the real ones. The
    hub of the demo lies in ./sellhub-demo, or where --home says. Run it again: nothing is made twice.

    Parameters
    ----------
    json
        Print one JSON object.
    """
    from flows import environment

    began = time.monotonic()
    home = Path(os.environ.get("SELLHUB_HOME") or HOME).expanduser().resolve()
    environment.settle(home)
    if not json:
        note(f"six systems on this machine, a Prefect server for as long as this takes; the hub lies in {home}")
    with progress("starting Prefect, then six sources, one after the other …"):
        from flows.demo import run_demo

        runs, report = run_demo(home)
    seconds = time.monotonic() - began
    if json:
        tell_json(_as_json(runs, report, seconds))
    else:
        _tell_all(runs, report, seconds, home)
    return int(any(run["state"] == "failed" for run in runs))


def _as_json(runs: list[dict[str, Any]], report: DemoReport, seconds: float) -> dict[str, Any]:
    return {
        "runs": runs,
        "people": {"source_records": report.source_records, "after": report.people},
        "owners": report.owners,
        "held": report.held,
        "questions": report.questions,
        "seconds": round(seconds, 1),
    }


def _tell_all(runs: list[dict[str, Any]], report: DemoReport, seconds: float, home: Path) -> None:
    tell_table(
        ("source", "stream", *_COUNTS),
        [(run["source"], run["stream"], *(run["counts"][name] for name in _COUNTS)) for run in runs],
    )
    tell()
    tell(f"{report.source_records} records of people became {report.people} people, in {seconds:.0f} s")
    owners = ", ".join(f"{email} {count}" for email, count in report.owners.items())
    tell(f"leads by owner: {owners or 'none'}")
    _tell_failed(runs)
    _tell_held(report)
    _tell_questions(report)
    tell()
    _tell_next(report, home)


def _tell_failed(runs: list[dict[str, Any]]) -> None:
    for run in runs:
        if run["state"] == "failed":
            tell(f"failed: {run['source']} {run['stream']}: {run.get('error')}")
            if run.get("fix"):
                tell(f"  fix: {run['fix']}")


def _tell_held(report: DemoReport) -> None:
    if not report.held:
        return
    tell()
    tell(f"held, because something in them is not right ({len(report.held)} reasons):")
    for one in report.held[:_HELD_SHOWN]:
        tell(f"  {one['source']}.{one['stream']}:{one['source_id']} {one['field']} {one['value']!r}: {one['reason']}")
    if len(report.held) > _HELD_SHOWN:
        tell(f"  … and {len(report.held) - _HELD_SHOWN} more")


def _tell_questions(report: DemoReport) -> None:
    if report.questions:
        pairs = "1 pair" if report.questions == 1 else f"{report.questions} pairs"
        tell()
        tell(f"{pairs} may be one, and a person must say so: dup list")


def _tell_next(report: DemoReport, home: Path) -> None:
    begin = f"sellhub --home {_shown(home)}"
    tell_next(f"{begin} lead list", f"{begin} held list")
    if report.questions:
        tell_next(f"{begin} dup list")
    if report.example_lead is not None:
        tell_next(f"{begin} lead why {report.example_lead}")


def _shown(home: Path) -> str:
    """Write a folder as one would type it from here."""
    here = Path.cwd()
    return str(home.relative_to(here)) if home.is_relative_to(here) and home != here else str(home)
