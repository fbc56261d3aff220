"""Telling people that a source went wrong, or is well again: once for each change, by any Apprise URL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from hub import apprising
from hub.opening import Hub
from hub.secret_refs import resolved
from hub.settings import Settings
from storage import alerts

Health: TypeAlias = Literal["failed", "late", "recovered"]


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told of a source. The text holds no personal values: it leaves the house."""

    source: str
    health: Health
    text: str
    fix: str = ""

    @property
    def title(self) -> str:
        """The line that stands in a list of messages."""
        return {
            "failed": f"{self.source}: sync failed",
            "late": f"{self.source}: sync is late",
            "recovered": f"{self.source}: sync works again",
        }[self.health]


def tell(hub: Hub, alert: Alert) -> bool:
    """Tell people of a source's state if it is not what they were last told; gives whether they were told now.

    Late and failed are both bad news: whoever knows of the one is not told the other too.

    Raises:
        SetupError: `[hub] alert` is no Apprise URL, or cannot be resolved.
    """
    url = alert_url(hub.settings, hub.home)
    if url is None:
        return False
    with hub.store.write() as db:
        was_bad = alerts.last_alert(db, alert.source) in {"failed", "late"}
        if was_bad != (alert.health == "recovered"):
            return False
        kept = alerts.keep_alert(db, alert.source, alert.health, alert.text, alert.fix, hub.now())
    if send(url, alert):
        return True
    with hub.store.write() as db:
        alerts.mark_unsent(db, kept)
    return False


def alert_url(settings: Settings, home: Path) -> str | None:
    """Give the Apprise URL that alerts go to; None: nobody wants any.

    Raises:
        SetupError: the reference cannot be resolved.
    """
    url: str | None = resolved(settings.hub.alert, "[hub] alert", home)
    return url


def send(url: str, alert: Alert) -> bool:
    """Send an alert; false: it was not taken.

    Raises:
        SetupError: not a URL that Apprise knows.
    """
    body = f"{alert.text}\nfix: {alert.fix}" if alert.fix else alert.text
    tone: apprising.Tone = "success" if alert.health == "recovered" else "failure"
    return apprising.send(url, alert.title, body, setting="[hub] alert", tone=tone)
