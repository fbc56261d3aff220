"""What runs did: the list, and one run with its streams, what it held, who got what."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import run_listing, turns
from storage.run_listing import HeldInRun, RunLine, RunStreamLine
from storage.turns import Share


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run with everything it did."""

    run: RunLine
    streams: list[RunStreamLine]
    held: list[HeldInRun]
    shares: list[Share]

    def to_json(self) -> JsonObject:
        """Give the object that `run show --json` prints."""
        streams = [{**asdict(line), "counts": line.counts.to_json()} for line in self.streams]
        held = [{**asdict(group), "example": group.example.to_json()} for group in self.held]
        return {**line_json(self.run), "streams": streams, "held": held, "assigned": [asdict(s) for s in self.shares]}


def line_json(line: RunLine) -> JsonObject:
    """Give a run as `run list --json` prints it."""
    return {**asdict(line), "counts": line.counts.to_json()}


def list_runs(hub: Hub, source: str | None, before: int | None, limit: int) -> list[RunLine]:
    """List runs, latest first."""
    with hub.store.read() as db:
        return run_listing.list_runs(db, source, before, limit)


def show(hub: Hub, run_id: int) -> RunShown:
    """Give one run.

    Raises:
        SetupError: there is none of that number.
    """
    with hub.store.read() as db:
        run = run_listing.find_run(db, run_id)
        if run is None:
            raise SetupError(f"there is no run {run_id}", fix="sellhub run list")
        return RunShown(
            run,
            run_listing.run_streams(db, run_id),
            run_listing.held_in_run(db, run_id),
            turns.shares(db, run_id),
        )
