"""HubSpot CRM: owners, deal pipelines, companies, contacts, leads, deals, and what people did.

Source of facts: CRM API v3 (objects, search, properties, owners, pipelines), associations v4, OAuth v1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

from connectors.connector import Check, Connector, Cursor, JsonObject, Page, SourceField, Stream
from connectors.errors import SetupError
from connectors.hubspot.answers import NotOffered
from connectors.hubspot.beside import Account, Beside
from connectors.hubspot.changes import Changes
from connectors.hubspot.check import checks
from connectors.hubspot.cursor import Progress, Step, StepName
from connectors.hubspot.fields import object_fields, owner_fields, pipeline_fields
from connectors.hubspot.gateway import Gateway
from connectors.hubspot.making import Maker
from connectors.hubspot.mark import Mark
from connectors.hubspot.objects import ACTIVITIES, OBJECT_KINDS, ObjectKind
from connectors.hubspot.properties import Properties
from connectors.hubspot.settings import HubSpotConfig
from connectors.hubspot.small import owners, pipelines
from connectors.hubspot.sweep import bin_is_due, relations_are_due, sweep
from connectors.hubspot.whole_read import WholeRead

__all__ = ["HubSpot", "HubSpotConfig"]


class HubSpot(Connector[HubSpotConfig]):
    """Reads a HubSpot account.

    Args:
        clock: seconds since 1970, UTC; for tests.

    Attributes:
        sweep_calls: how many of `calls` went into sweeps, which see what touches no time of change: the
            recycle bin, relations, calculated properties.
    """

    name = "hubspot"
    title = "HubSpot"
    Config = HubSpotConfig

    def __init__(self, config: HubSpotConfig, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._clock = clock
        self.sweep_calls = 0
        self._gateway = Gateway(config, self._count)

    def streams(self) -> Sequence[Stream]:
        return (
            Stream("owners", "users"),
            Stream("pipelines", "pipelines"),
            Stream("companies", "companies"),
            Stream("contacts", "people"),
            Stream("leads", "people"),
            Stream("deals", "deals"),
            *(Stream(name, "activities") for name in ACTIVITIES),
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
                return self._pull_owners(cursor)
            case "pipelines":
                return pipelines(self._gateway)
            case _:
                return self._pull_objects(self._kind(stream), cursor)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        """Owners and pipelines are small and always read whole, so that any time will do."""
        if stream in {"owners", "pipelines"}:
            return {"archived": False, "after": None}
        self._kind(stream)
        return Progress(mark=Mark(start=round(since.timestamp() * 1000)), swept=self._now()).written()

    def close(self) -> None:
        self._gateway.close()

    def _pull_owners(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the owners, and keep a whole list of them for what names them as authors."""
        seen: list[JsonObject] = []
        for page in owners(self._gateway, cursor):
            seen += [record.data for record in page.records]
            yield page
        if not any((cursor or {}).values()):
            self._account.owners = sorted(seen, key=lambda owner: not owner["archived"])

    def _pull_objects(self, kind: ObjectKind, cursor: Cursor | None) -> Iterator[Page]:
        """Finish what a killed read left, read what changed since, sweep what is due.

        A first read ends with the list: it began before anything that the next read will ask for.
        """
        properties = Properties(self._gateway, kind)
        maker = Maker(kind, properties, Beside(self._account, kind, properties, self._now))
        if cursor is None:
            first = self._walk(maker, Progress(step=self._step("list")))
            yield from _unless_absent(kind, first) if kind.optional else first
            return
        progress = Progress.of(cursor)
        yield from self._walk(maker, progress)
        progress.step = self._step("search")
        yield from self._walk(maker, progress)
        if bin_is_due(self.config, progress.bin, self._now()):
            progress.step = self._step("sweep")
            yield from self._walk(maker, progress)
        if relations_are_due(self.config, kind, progress.swept, self._now()):
            progress.step = self._step("relations")
            yield from self._walk(maker, progress)

    def _walk(self, maker: Maker, progress: Progress) -> Iterator[Page]:
        """Go the walk that is under way to its end, if there is one."""
        if (step := progress.step) is None:
            return
        match step.name:
            case "list":
                yield from WholeRead(self._gateway, maker).pages(progress, step)
            case "search":
                yield from Changes(self._gateway, maker).pages(progress, step)
            case "sweep":
                pages = sweep(self._gateway, maker.kind, progress, step)
                yield from self._counted_apart(pages, progress, f"archived {maker.kind.name}")
            case "relations":
                pages = WholeRead(self._gateway, maker).pages(progress, step)
                yield from self._counted_apart(pages, progress, f"relations of {maker.kind.name}")

    def _counted_apart(self, pages: Iterator[Page], progress: Progress, what: str) -> Iterator[Page]:
        """Count the calls of a sweep, and say how many where it was more than a look."""
        before = self.calls
        try:
            for page in pages:
                calls = self.calls - before
                if progress.step is None and calls > 1:
                    page.notices += (f"sweep of {what}: {calls:,} calls",)
                yield page
        finally:
            self.sweep_calls += self.calls - before

    @cached_property
    def _account(self) -> Account:
        return Account(self._gateway)

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


def _unless_absent(kind: ObjectKind, pages: Iterator[Page]) -> Iterator[Page]:
    """Give a first read's pages; of what the account does not have, or the app no right to, a notice and no cursor."""
    begun = False
    try:
        for page in pages:
            begun = True
            yield page
    except NotOffered as error:
        if begun:
            raise
        said = f"{kind.name} are not read: {error}; {error.fix}, or leave {kind.name} out of `streams`"
        yield Page([], None, notices=(said,))
