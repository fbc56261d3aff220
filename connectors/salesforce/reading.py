"""Reading one object from a place on, by REST or by Bulk, and proving that nothing is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.connector import Listed, Page, SourceRecord
from connectors.errors import TransientError
from connectors.salesforce import soql
from connectors.salesforce.client import OrgClient, QueryPage
from connectors.salesforce.columns import without_refused
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused
from connectors.salesforce.jobs import JobSpoiledError, create_job, job_results, remove_job, wait_for_job
from connectors.salesforce.notices import warnings
from connectors.salesforce.object import SObject
from connectors.salesforce.place import Place
from connectors.salesforce.values import moment, stamp

NARROWEST = timedelta(minutes=1)
"""A window that still times out at this width is given up."""
_OFFSET = re.compile(r"-(\d+)$")
"""How far a page's address says that the rows before it reach."""
_NO_BULK = frozenset(
    {"API_DISABLED_FOR_ORG", "FUNCTIONALITY_NOT_ENABLED", "FEATURENOTENABLED", "INVALIDENTITY", "EXCEEDED_QUOTA"}
)
_JOB_UNUSABLE = frozenset({"INVALID_QUERY_LOCATOR", "INVALIDJOBSTATE"})


class Reading:
    """One read of one object.

    Args:
        place: where to read on from. It moves as pages are yielded.
        began: when the read began, by our clock.
    """

    def __init__(
        self, client: OrgClient, config: SalesforceConfig, sobject: SObject, place: Place, began: datetime
    ) -> None:
        self._client = client
        self._config = config
        self._sobject = sobject
        self._digest = sobject.digest
        other_columns = place.job is not None and place.fields != self._digest
        self._place = place.without_job() if other_columns else place
        self._overlap = timedelta(minutes=config.overlap_minutes)
        self._began = began
        self._bulk_allowed = True
        self._from_the_beginning = self._place.from_the_beginning
        self._notices = list(warnings(sobject, self._place, self._began))

    def pages(self) -> Iterator[Page]:
        """Yield everything behind the place; the last page's cursor is where the next read begins."""
        try:
            yield from self._by_job() if self._place.job else self._by_size()
        except Refused as refused:
            left = without_refused(self._sobject, refused)
            if left is None:
                raise
            self._sobject, name = left
            self._notices.append(f"{self._sobject.name}.{name} is listed but may not be read by this user: left out.")
            yield from self.pages()

    def _by_size(self) -> Iterator[Page]:
        if not self._place.first:
            yield from self._by_rest(0)
            return
        expected = self._count()
        if expected > self._config.bulk_above and self._start_job(expected):
            yield from self._by_job()
        else:
            yield from self._by_rest(expected)

    # --- REST

    def _by_rest(self, expected: int) -> Iterator[Page]:
        until: str | None = None
        while True:
            try:
                yield from self._window(until, expected)
            except Refused as refused:
                expected = 0
                if refused.code == "INVALID_QUERY_LOCATOR":
                    continue  # the place moved with every page: a new query goes on from it
                if refused.code != "QUERY_TIMEOUT":
                    raise
                if self._place.first and self._start_job(0):
                    yield from self._by_job()
                    return
                until = self._narrower(until, refused)
                continue
            if until is None:
                return
            self._place, until = self._place.but(after=(until, "")), None

    def _window(self, until: str | None, expected: int) -> Iterator[Page]:
        where, deleted_too = self._where(until), self._deleted_too
        page = self._client.query(self._select(where, self._order), deleted_too=deleted_too)
        if until is None and not expected and self._worth_a_job(page) and self._start_job(0):
            yield from self._by_job()
            return
        self._place = start = self._place.but(horizon=self._place.horizon or page.answered_at)
        total, read, reached, exact = max(page.total or 0, expected), len(page.rows), 0, True
        while page.more:
            before = self._place
            records, offset = self._taken(page, exact=exact), _offset(page.more)
            if len(page.rows) != offset - reached and (missing := self._missing(start, before, records)):
                yield self._page([], start.but(horizon=None))
                raise self._too_few(total - missing, total)
            yield self._page(records, self._place)
            reached = max(offset, reached)
            page, exact = self._client.more(page.more), False
            read += len(page.rows)
        records = self._taken(page, exact=exact)
        if short := self._short(read, total, where, deleted_too):
            yield self._page([], start.but(horizon=None))  # what is missing lies somewhere behind the start
            raise short
        yield self._page(records, self._place if until else self._complete(), last=until is None)

    def _missing(self, start: Place, before: Place, records: list[SourceRecord]) -> int:
        """Count the rows that lie before the place that a page moves the cursor to, and that it left out.

        A page has fewer rows than its successor's address says where rows were purged meanwhile, or where it
        is short; what it left out before its cursor would never be read again after a crash.

        Args:
            start: the place of the query.
            before: the place of the page.
        """
        last = self._place.after
        if last is None or last == before.after:
            return 0
        rows = self._times(records)
        read = sum(time <= last[0] for time, _ in rows[: rows.index(last) + 1])
        field = self._sobject.stamp_field
        behind = soql.narrowed(soql.window(field, before.since, before.after, None), soql.up_to(field, last))
        where = soql.narrowed(behind, self._condition_of(start))
        there = self._client.count(self._sobject.name, where, deleted_too=self._deleted_of(start))
        return max(there - read, 0)

    def _worth_a_job(self, page: QueryPage) -> bool:
        return page.more is not None and (page.total or 0) > self._config.bulk_above

    def _taken(self, page: QueryPage, *, exact: bool) -> list[SourceRecord]:
        records = [self._sobject.record(row) for row in page.rows]
        self._place = self._place.behind(self._times(records), exact=exact, overlap=self._overlap)
        return records

    def _narrower(self, until: str | None, refused: Refused) -> str:
        """Halve the window of a query that took too long."""
        since = self._place.after[0] if self._place.after else self._place.since
        if not since or self._sobject.stamp_field is None:
            raise refused
        start, end = moment(since), moment(until) if until else datetime.now(UTC)
        if end - start <= NARROWEST:
            raise refused
        return stamp(start + (end - start) / 2)

    # --- Bulk

    def _start_job(self, expected: int) -> bool:
        """Make a job; False when this org or user may not, and REST has to do."""
        if not self._bulk_allowed:
            return False
        text = self._select(self._where(None))
        try:
            job, now = create_job(self._client, text, deleted_too=self._deleted_too)
        except Refused as refused:
            if not (refused.not_there or refused.code in _NO_BULK):
                raise
            self._bulk_allowed = False
            self._notices.append(f"Bulk API is not to be had ({refused.code}): read by REST, with more calls.")
            return False
        self._place = self._place.but(job=job, expected=expected, horizon=now, fields=self._digest)
        return True

    def _by_job(self) -> Iterator[Page]:
        job = self._place.job or ""
        yield self._page([], self._place)
        try:
            yield from self._results(job, wait_for_job(self._client, job, self._config))
        except JobSpoiledError as spoiled:
            yield self._page([], self._place.without_job())
            raise spoiled.error from None
        except Refused as refused:
            if not (refused.not_there or refused.status == 409 or refused.code in _JOB_UNUSABLE):
                raise
            self._notices.append(f"Bulk job {job} is gone: {self._sobject.name} is read anew.")
            self._place = self._place.without_job()
            yield from self._by_size()
            return
        remove_job(self._client, job)

    def _results(self, job: str, found: int | None) -> Iterator[Page]:
        start = self._place.without_job()
        while True:
            page = job_results(self._client, job, self._place.locator, self._config.bulk_page)
            records = [self._sobject.record(row) for row in page.rows]
            place = self._place.seen(self._times(records))
            self._place = place.but(rows=place.rows + len(records), locator=page.locator)
            if page.locator is None:
                break
            yield self._page(records, self._place)
        if found is not None and found > self._place.rows:
            raise JobSpoiledError(self._too_few(self._place.rows, found))
        where, deleted_too = self._where_of(start), self._deleted_of(start)
        if short := self._short(self._place.rows, self._place.expected, where, deleted_too):
            raise JobSpoiledError(short)
        yield self._page(records, self._complete(), last=True)

    # --- what both need

    @property
    def _deleted_too(self) -> bool:
        return self._deleted_of(self._place)

    def _deleted_of(self, place: Place) -> bool:
        """Whether to ask for deleted rows: they tell of deletions, and archived ones come along with them alone."""
        return self._sobject.soft_deletes and (not place.first or self._sobject.archives)

    @property
    def _order(self) -> str:
        field = self._sobject.stamp_field
        return f"{field}, Id" if field else "Id"

    def _where(self, until: str | None) -> str:
        return self._where_of(self._place, until)

    def _where_of(self, place: Place, until: str | None = None) -> str:
        where = soql.window(self._sobject.stamp_field, place.since, place.after, until)
        return soql.narrowed(where, self._condition_of(place))

    def _condition_of(self, place: Place) -> str:
        """What holds for all rows asked for from a place: where nothing was read before, nothing deleted is wanted."""
        return "IsDeleted = false" if place.first and self._sobject.archives else ""

    def _select(self, where: str, order: str = "") -> str:
        return soql.select(self._sobject.names, self._sobject.name, where, order)

    def _count(self) -> int:
        return self._client.count(self._sobject.name, self._where(None), deleted_too=self._deleted_too)

    def _times(self, records: list[SourceRecord]) -> list[tuple[str, str]]:
        field = self._sobject.stamp_field
        return [((field and record.data[field]) or "", record.id) for record in records]

    def _complete(self) -> Place:
        return self._place.complete(self._digest, self._began, self._overlap)

    def _page(self, records: list[SourceRecord], place: Place, *, last: bool = False) -> Page:
        """Make a page; a read that began at the beginning lists what there is."""
        notices, self._notices = tuple(self._notices), []
        listed = Listed([record.id for record in records], "" if last else None) if self._from_the_beginning else None
        return Page(records, place.cursor(), notices, listed)

    def _short(self, read: int, expected: int, where: str, deleted_too: bool) -> TransientError | None:
        """Check that as many rows came as there were; rows deleted meanwhile may be missing."""
        if read >= expected:
            return None
        there = min(expected, self._client.count(self._sobject.name, where, deleted_too=deleted_too))
        if read >= there:
            return None
        return self._too_few(read, there)

    def _too_few(self, read: int, there: int) -> TransientError:
        return TransientError(
            f"Salesforce {self._sobject.name}: {read} of {there} rows came",
            fix="the place is kept, and it is read again at the next run",
        )


def _offset(path: str) -> int:
    """How many rows lie before a page, by its address; -1 where it does not say."""
    found = _OFFSET.search(path)
    return int(found[1]) if found else -1
