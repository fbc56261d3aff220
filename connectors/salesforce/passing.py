"""Events whose time has come since the last read: that they are past now changes no timestamp of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.connector import Cursor, Page
from connectors.errors import TransientError
from connectors.salesforce import soql
from connectors.salesforce.client import OrgClient
from connectors.salesforce.columns import first_page
from connectors.salesforce.object import SObject
from connectors.salesforce.place import Place
from connectors.salesforce.values import stamp

START = "StartDateTime"


def passed(client: OrgClient, sobject: SObject, cursor: Cursor, now: datetime) -> Iterator[Page]:
    """Yield the events that began since the last look, then the cursor that says so.

    Args:
        cursor: of the read that found what changed.
    """
    place = Place.of(cursor)
    since, until = place.looked_at or stamp(now), stamp(now)
    if since < until and START in sobject.names:
        where = f"{START} > {soql.literal(since)} AND {START} <= {soql.literal(until)}"
        sobject, page = first_page(client, sobject, where)
        total, read = page.total or 0, len(page.rows)
        yield Page([sobject.record(row) for row in page.rows], None)
        while page.more:
            page = client.more(page.more)
            read += len(page.rows)
            yield Page([sobject.record(row) for row in page.rows], None)
        if read < total and read < client.count(sobject.name, where):
            raise TransientError(
                f"Salesforce {sobject.name}: {read} of {total} events that began came",
                fix="they are looked for again at the next run",
            )
    yield Page([], place.but(looked_at=until).cursor())
