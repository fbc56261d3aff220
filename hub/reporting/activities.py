"""`report activities`: calls and visits counted per outcome and owner, in a period."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from hub.opening import Hub
from hub.reporting.period import Period
from sell_model.types import JsonObject
from storage import activity_counts
from storage.activity_counts import Counted

Of: TypeAlias = Literal["call", "visit"]
By: TypeAlias = Literal["outcome", "owner"]


@dataclass(frozen=True, slots=True)
class ActivitiesReport:
    """Calls and visits of a period, counted."""

    of: tuple[Of, ...]
    by: tuple[By, ...]
    """By what they are counted; what is not named here is None in the rows."""
    period: Period
    counted: list[Counted]
    """Most first; calls before visits."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(line.count for line in self.counted)

    def rows(self) -> list[JsonObject]:
        """Give a row per line, with those columns that it is counted by; `duration` is in seconds."""
        left_out = {name for group, names in _NAMES.items() if group not in self.by for name in names}
        return [{name: v for name, v in asdict(line).items() if name not in left_out} for line in self.counted]

    def to_json(self) -> JsonObject:
        """Give the object that `report activities --json` prints."""
        return {
            "of": list(self.of),
            "by": list(self.by),
            **self.period.to_json(),
            "total": self.total,
            "rows": self.rows(),
        }


_NAMES: dict[By, tuple[str, ...]] = {"outcome": ("outcome",), "owner": ("owner", "owner_email")}


def report_activities(hub: Hub, period: Period, of: Of | None = None, by: By | None = None) -> ActivitiesReport:
    """Count calls and visits by when they were made.

    Args:
        of: calls or visits alone; None: both.
        by: per outcome or per owner (who made them) alone; None: per both.
    """
    kinds: tuple[Of, ...] = (of,) if of else ("call", "visit")
    groups: tuple[By, ...] = (by,) if by else ("outcome", "owner")
    since, before = period.bounds(hub)
    with hub.store.read() as db:
        counted = [line for kind in kinds for line in activity_counts.counted(db, kind, groups, since, before)]
    return ActivitiesReport(kinds, groups, period, counted)
