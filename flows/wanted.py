"""Which deployments a hub.toml asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from pydantic import ValidationError

from flows.sync import sync
from flows.watch import watch
from hub.settings import Settings
from sell_model.errors import SetupError

WATCH_EVERY = "*/5 * * * *"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deployment that hub.toml asks for. Its parameters hold where the hub lies and a name, never a secret."""

    flow: Flow[..., Any]
    name: str
    entrypoint: str
    parameters: dict[str, Any]
    schedule: str | None
    description: str

    @property
    def full_name(self) -> str:
        """As Prefect names it: `sync/crm`."""
        return f"{self.flow.name}/{self.name}"

    def schedules(self) -> list[DeploymentScheduleCreate]:
        """Give the schedule as Prefect takes it; an empty list: none.

        Raises:
            SetupError: it is no cron schedule.
        """
        if self.schedule is None:
            return []
        try:
            return [DeploymentScheduleCreate(schedule=CronSchedule(cron=self.schedule, timezone="UTC"), active=True)]
        except ValidationError:
            raise SetupError(
                f"[sources.{self.name}] schedule {self.schedule!r} is not a cron schedule",
                fix='five fields, UTC: "*/15 * * * *" is every 15 minutes',
            ) from None


def wanted_deployments(home: Path, settings: Settings) -> list[Wanted]:
    """Say which deployments hub.toml asks for.

    Raises:
        SetupError: it names no sources, or a schedule that is none.
    """
    if not settings.sources:
        raise SetupError("there is nothing to schedule: hub.toml names no sources", fix="add one as [sources.NAME]")
    syncs = [
        Wanted(
            sync, source, "flows.sync.sync", {"source": source, "home": str(home)}, part.schedule,
            f"Sync {source} ({part.connector})",
        )
        for source, part in settings.sources.items()
    ]  # fmt: skip
    for one in syncs:
        one.schedules()
    since = datetime.now(UTC).isoformat()
    watching = Wanted(
        watch, home.name or "hub", "flows.watch.watch", {"home": str(home), "since": since}, WATCH_EVERY,
        "Alert when a source is late",
    )  # fmt: skip
    return [*syncs, watching]
