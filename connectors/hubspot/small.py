"""Owners and pipelines: small lists without a time filter, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import Cursor, JsonObject, Page, SourceRecord
from connectors.hubspot.gateway import Gateway


def owners(gateway: Gateway, cursor: Cursor | None) -> Iterator[Page]:
    """Yield the owners at work, then those who left: records keep the ids of both.

    The last page's cursor reads everything again. `id` is what `hubspot_owner_id` holds; `userId` is another number.
    """
    archived = bool((cursor or {}).get("archived"))
    after = (cursor or {}).get("after")
    while True:
        listing = gateway.owners(after, archived=archived)
        whole: list[JsonObject] = [{"archived": archived} | owner for owner in listing.records]
        records = [SourceRecord(owner["id"], owner, owner.get("updatedAt")) for owner in whole]
        after = listing.after
        last = archived and after is None
        archived = archived or after is None
        yield Page(records, {"archived": archived and not last, "after": after})
        if last:
            return


def pipelines(gateway: Gateway) -> Iterator[Page]:
    """Yield the deal pipelines, each with its stages inside."""
    found = gateway.pipelines()
    yield Page(
        [SourceRecord(pipeline["id"], pipeline, pipeline.get("updatedAt")) for pipeline in found], {"read": "all"}
    )
