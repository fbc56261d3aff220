"""The story of a record: what was noted, planned, called, written, moved; and what it comes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.activity_ids import activity_id
from hub.opening import Hub
from sell_model.activities import ACTIVITIES
from sell_model.activity_figures import STAGE_CHANGE, Figures, days_since
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import activities, activity_figures
from storage.activities import Told
from storage.hot import Writer
from storage.looking_through import Place


def zone_of(hub: Hub) -> ZoneInfo:
    """Give the hub's time zone.

    Raises:
        SetupError: hub.toml names one that does not exist.
    """
    return ZoneInfo(hub.context.timezone)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened around a record, newest first, and what it comes to."""

    lines: list[Told]
    figures: JsonObject
    following: str | None
    """The id after which the next page begins; None: there is no more."""

    def to_json(self) -> JsonObject:
        """Give what `lead show --json` and `lead activities --json` print."""
        return {"activities": [asdict(line) for line in self.lines], "figures": self.figures}


def story_of(hub: Hub, db: Writer, record: Place, limit: int, after: str | None = None) -> Story:
    """Tell the story of a record that is there.

    Raises:
        SetupError: there is nothing of the id to go on after.
    """
    lines = activities.story(db, *record, limit + 1, _after(db, after))
    more = activity_id(lines[limit - 1].type, lines[limit - 1].id) if len(lines) > limit else None
    figures = activity_figures.standing(db, [record]).get(record, Figures())
    return Story(lines[:limit], figures_json(figures, hub.clock(), zone_of(hub)), more)


def _after(db: Writer, text: str | None) -> activities.After | None:
    if text is None:
        return None
    letters, _, number = text.strip().upper().partition("-")
    kinds: dict[str, str] = {rule.prefix: kind for kind, rule in ACTIVITIES.items()} | {"S": STAGE_CHANGE}
    moment = activities.moment_of(db, kinds[letters], int(number)) if letters in kinds and number.isdecimal() else None
    if moment is None:
        raise SetupError(f"--after {text}: there is no such activity", fix="take the last id of the page before: N-4")
    return moment, kinds[letters], int(number)


def figures_json(figures: Figures, now: datetime, zone: ZoneInfo) -> JsonObject:
    """Give figures as JSON; the days since the last communication are those until `now` in a time zone."""
    last, communication, task = figures.last, figures.last_communication, figures.next_task
    return {
        "first_activity": figures.first,
        "last_activity": last[0] if last else None,
        "last_activity_type": last[1] if last else None,
        "last_communication": communication[0] if communication else None,
        "last_communication_type": communication[1] if communication else None,
        "days_since_last_communication": days_since(communication[0] if communication else None, now, zone),
        "next_task": (task[1] or None) if task else None,
        "next_task_id": task[2] if task else None,
        "open_tickets": figures.open_tickets,
    }
