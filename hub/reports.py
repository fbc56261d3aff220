"""What a run tells of each stream: state, counts, calls, seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from sell_model.types import JsonObject
from storage.streams import Counts


@dataclass(slots=True)
class StreamReport:
    """What one run did to one stream."""

    run: int
    source: str
    stream: str
    state: str
    """`done`, `done_with_held` or `failed`."""
    counts: Counts = field(default_factory=Counts)
    remapped: int = 0
    """How many of the records read came from what was landed before, because their mapping changed."""
    calls: int = 0
    seconds: float = 0.0
    cursor: JsonObject | None = None
    notices: list[str] = field(default_factory=list)
    error: str | None = None
    fix: str | None = None
    credentials: bool = False
    """Whether it failed because the vendor does not accept who we say we are."""
    transient: bool = False
    """Whether it failed in a way that may pass: the same run may work a little later."""

    def to_json(self) -> JsonObject:
        """Give the object that `sellhub sync --json` prints."""
        data: JsonObject = {
            "run": self.run,
            "source": self.source,
            "stream": self.stream,
            "state": self.state,
            "counts": self.counts.to_json(),
            "remapped": self.remapped,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "cursor": self.cursor,
        }
        if self.notices:
            data["notices"] = self.notices
        if self.error:
            data |= {"error": self.error, "fix": self.fix, "credentials": self.credentials}
        return data


def state_of(reports: list[StreamReport]) -> str:
    """Tell a run's state from its streams': the worst of them."""
    states = {report.state for report in reports}
    for state in ("failed", "done_with_held"):
        if state in states:
            return state
    return "done"
