"""Leads that were converted: they leave the list of leads, and only the list of conversions tells what they became.

A conversion comes as its lead, with the conversion and the person's contact inside: the source says that it is a
contact now. One that made no person, or whose contact is gone since, is a lead that was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.connector import JsonObject, SourceRecord
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.sell.api import LARGEST_PAGE, Listing, SellApi
from connectors.sell.walk import Place, walk

PATH = "/lead_conversions"
NEWEST_FIRST = {"sort_by": "id:desc"}
FIX = "the leads are read; it is tried again at the next run; set conversions = false if it goes on"
LATE = 86_400.0
"""Seconds for which a conversion waits for the queue to tell that its lead is gone."""


def marked(api: SellApi, last: int | None) -> tuple[int | None, tuple[str, ...]]:
    """Tell from which conversion on we read: behind the last known one, at first behind those that there are.

    Returns:
        Its id, and a notice where the token may not read them: then None.
    """
    if last is not None:
        return last, ()
    try:
        return newest(api), ()
    except CredentialsError:
        raise
    except SetupError as error:
        return None, (f"{error}: converted leads are not told",)


def newest(api: SellApi) -> int:
    """The id of the last conversion; 0: there was none yet."""
    rows = api.listing(PATH, {**NEWEST_FIRST, "page": 1, "per_page": 1}).rows
    return max((int(row["id"]) for row in rows if row.get("id")), default=0)


def since(api: SellApi, last: int, largest: int) -> Iterator[list[JsonObject]]:
    """Yield conversions newer than one, newest first.

    Raises:
        TransientError: the list is not in order.
    """
    try:
        for rows, _, _ in walk(partial(_page, api), _age, Place(), largest, "lead conversions"):
            new = [row for row in rows if row["id"] > last]
            yield new
            if len(new) < len(rows):
                return
    except TransientError as error:
        raise TransientError(str(error), fix=FIX, retry_after=error.retry_after) from error


def told(api: SellApi, rows: Iterable[JsonObject]) -> list[SourceRecord]:
    """Give the leads of conversions as records, each with its conversion and the contact of the person it became."""
    by_lead = {str(row["lead_id"]): row for row in rows if row.get("lead_id")}
    wanted = sorted({row["individual_id"] for row in by_lead.values() if row.get("individual_id")})
    contacts: dict[Any, JsonObject] = {}
    for at in range(0, len(wanted), LARGEST_PAGE):
        some = ",".join(map(str, wanted[at : at + LARGEST_PAGE]))
        listed = api.listing("/contacts", {"ids": some, "per_page": LARGEST_PAGE}).rows
        contacts |= {row.get("id"): row for row in listed}
    return [_record(lead_id, row, contacts.get(row.get("individual_id"))) for lead_id, row in by_lead.items()]


def _record(lead_id: str, row: JsonObject, contact: JsonObject | None) -> SourceRecord:
    data = {"id": int(lead_id), "conversion": row, "contact": contact}
    return SourceRecord(lead_id, data, row.get("created_at"), event="deleted" if contact is None else "live")


@dataclass
class ByQueue:
    """The conversions behind the deletions that the Sync API tells of; asked for when there are any.

    Args:
        last: the newest conversion that is known.
        now: seconds since 1970, UTC.
    """

    api: SellApi
    last: int
    largest: int
    now: Callable[[], float]

    def of(self, gone: list[SourceRecord]) -> list[SourceRecord]:
        """Give deleted leads, those that were converted as what they became."""
        if not gone:
            return gone
        rows = {str(row.get("lead_id")): row for page in since(self.api, self.last, self.largest) for row in page}
        converted = {record.id: record for record in told(self.api, [rows[r.id] for r in gone if r.id in rows])}
        awaited = [r["id"] for lead_id, r in rows.items() if lead_id not in converted and self._may_come(r)]
        self.last = min(awaited) - 1 if awaited else max([self.last, *(row["id"] for row in rows.values())])
        return [converted.get(record.id, record) for record in gone]

    def _may_come(self, row: JsonObject) -> bool:
        """Whether the queue may yet tell that the lead is gone."""
        try:
            made = datetime.fromisoformat(str(row.get("created_at"))).astimezone(UTC)
        except ValueError:
            return False
        return self.now() - made.timestamp() < LATE


def by_queue(
    api: SellApi, largest: int, now: Callable[[], float], last: int | None
) -> tuple[ByQueue | None, tuple[str, ...]]:
    """Begin to follow conversions by the queue; None and a notice where the token may not read them."""
    known, notices = marked(api, last)
    return (None if known is None else ByQueue(api, known, largest, now)), notices


def _page(api: SellApi, page: int, size: int) -> Listing:
    return api.listing(PATH, {**NEWEST_FIRST, "page": page, "per_page": size})


def _age(row: JsonObject) -> Any:
    return -int(row["id"])
