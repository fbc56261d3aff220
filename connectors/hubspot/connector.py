"""HubSpot CRM: owners, deal pipelines, companies, contacts, deals.

Source of facts: CRM API v3 (objects, search, properties, owners, pipelines), associations v4, OAuth v1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache

from connectors.connector import Check, Connector, Cursor, Page, SourceField, Stream
from connectors.errors import SetupError
from connectors.hubspot.changes import Changes
from connectors.hubspot.check import checks
from connectors.hubspot.cursor import Progress, Step, StepName
from connectors.hubspot.fields import object_fields, owner_fields, pipeline_fields
from connectors.hubspot.first_read import FirstRead
from connectors.hubspot.gateway import Gateway
from connectors.hubspot.mark import Mark
from connectors.hubspot.objects import OBJECT_KINDS, ObjectKind, property_names
from connectors.hubspot.settings import HubSpotConfig
from connectors.hubspot.small import owners, pipelines
from connectors.hubspot.sweep import is_due, sweep

__all__ = ["HubSpot", "HubSpotConfig"]

Names = Callable[[], Sequence[str]]
"""Gives the properties to ask for; the first time it is a call."""


class HubSpot(Connector[HubSpotConfig]):
    """Reads a HubSpot account.

    Args:
        clock: seconds since 1970, UTC; for tests.
    """

    name = "hubspot"
    title = "HubSpot"
    Config = HubSpotConfig

    def __init__(self, config: HubSpotConfig, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._clock = clock
        self._gateway = Gateway(config, self._count)

    def streams(self) -> Sequence[Stream]:
        return (
            Stream("owners", "users"),
            Stream("pipelines", "pipelines"),
            Stream("companies", "companies"),
            Stream("contacts", "people"),
            Stream("deals", "deals"),
        )

    def check(self) -> list[Check]:
        return checks(self._gateway)

    def discover(self, stream: str) -> list[SourceField]:
        match stream:
            case "owners":
                return owner_fields()
            case "pipelines":
                return pipeline_fields()
            case _:
                return object_fields(self._gateway, self._kind(stream))

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        match stream:
            case "owners":
                return owners(self._gateway, cursor)
            case "pipelines":
                return pipelines(self._gateway)
            case _:
                return self._pull_objects(self._kind(stream), cursor)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        """Owners and pipelines are small and always read whole, so that any time will do."""
        if stream in {"owners", "pipelines"}:
            return {"archived": False, "after": None}
        self._kind(stream)
        return Progress(mark=Mark(start=round(since.timestamp() * 1000))).written()

    def close(self) -> None:
        self._gateway.close()

    def _pull_objects(self, kind: ObjectKind, cursor: Cursor | None) -> Iterator[Page]:
        """Finish what a killed read left, read what changed since, look into the recycle bin.

        A first read ends with the list: it began before anything that the next read will ask for.
        """
        names = cache(lambda: property_names(self._gateway, kind))
        progress = Progress(step=self._step("list")) if cursor is None else Progress.of(cursor)
        yield from self._walk(kind, names, progress)
        if cursor is None:
            return
        progress.step = self._step("search")
        yield from self._walk(kind, names, progress)
        if is_due(self.config, progress.bin, self._now()):
            progress.step = self._step("sweep")
            yield from self._walk(kind, names, progress)

    def _walk(self, kind: ObjectKind, names: Names, progress: Progress) -> Iterator[Page]:
        """Go the walk that is under way to its end, if there is one."""
        if (step := progress.step) is None:
            return
        match step.name:
            case "list":
                yield from FirstRead(self._gateway, kind, names()).pages(progress, step)
            case "search":
                yield from Changes(self._gateway, kind, names).pages(progress, step)
            case "sweep":
                yield from sweep(self._gateway, kind, progress, step)

    def _step(self, name: StepName) -> Step:
        return Step(name, self._now())

    def _now(self) -> int:
        return round(self._clock() * 1000)

    def _count(self) -> None:
        self.calls += 1

    def _kind(self, stream: str) -> ObjectKind:
        try:
            return OBJECT_KINDS[stream]
        except KeyError:
            raise SetupError(
                f"HubSpot has no stream called {stream!r}",
                fix=f"use one of {', '.join(stream.name for stream in self.streams())}",
            ) from None
