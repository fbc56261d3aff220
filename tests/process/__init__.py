"""The process file: proposed, checked, and honoured by syncs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mappings.process import ProcessFile
from mappings.process_guess import TheirOwner, TheirPipeline, Theirs, TheirStage, TheirValue
from mappings.process_rules import faults_of
from sell_model.process import OurProcess, OurStage, OurUser

OURS = OurProcess(
    {
        "Sales Pipeline": (
            OurStage("Incoming", "incoming", 10),
            OurStage("Qualified", "qualified", 20),
            OurStage("Quote", "quote", 50),
            OurStage("Closure", "closure", 80),
            OurStage("Won", "won", 100),
            OurStage("Unqualified", "unqualified", 0),
            OurStage("Lost", "lost", 0),
        ),
        "Renewals": (OurStage("Due", "custom", 60), OurStage("Renewed", "won", 100), OurStage("Gone", "lost", 0)),
    },
    (OurUser("ann@example.com", "Ann Li"), OurUser("bo@example.com", "Bo Berg")),
    {"Inbound": frozenset({"lead"})},
    sources=("Web",),
)
THEIRS = Theirs(
    "crm",
    "HubSpot",
    (
        TheirPipeline(
            "Sales pipeline",
            "default",
            (
                TheirStage("a1", "Kaffee getrunken", 15),
                TheirStage("a2", "quote", 30),
                TheirStage("a3", "Handshake", 75),
                TheirStage("a4", "Signed", 100, "won"),
                TheirStage("a5", "Disqualified", 0, "lost"),
                TheirStage("a6", "Lost to others", 0, "lost"),
                TheirStage("a7", "Limbo"),
            ),
        ),
        TheirPipeline(
            "Partner channel",
            "77",
            (TheirStage("p1", "Kickoff", 25), TheirStage("p2", "Done deal", 100, "won")),
        ),
    ),
    (
        TheirOwner("501", "Ann Lee", "Ann@example.com"),
        TheirOwner("502", "Bo Berg", "bo@old.example"),
        TheirOwner("503", "Chidi Eze", "chidi@example.com"),
        TheirOwner("504", "Dora Vance", "dora@example.com", active=False),
        TheirOwner("00G1", listed=False),
    ),
    {
        "statuses": (
            TheirValue("NEW", "New", "New"),
            TheirValue("S2", "In progress"),
            TheirValue("Nurture_X"),
            TheirValue("Closed - Converted"),
        ),
        "loss_reasons": (TheirValue("too expensive"), TheirValue("Competitor"), TheirValue("Bad weather")),
        "sources": (TheirValue("web"), TheirValue("Fair: Köln #2")),
    },
)


def written(folder: Path, text: str, name: str = "crm") -> ProcessFile:
    """Write a process file."""
    path = folder / f"{name}.process.yaml"
    path.write_text(text, encoding="utf-8")
    return ProcessFile(path, f"{name}.process")


def told(folder: Path, text: str, ours: OurProcess | None = OURS) -> list[str]:
    """Each fault of a file as `LINE:COLUMN message → way out`."""
    return [f"{f.line}:{f.column} {f.message} → {f.suggestion}" for f in faults_of(written(folder, text), ours)]


def by_name(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """What entries of `map process --json` become, by theirs."""
    return {entry["theirs"]: entry["ours"] for entry in entries}
