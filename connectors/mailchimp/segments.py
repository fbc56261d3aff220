"""Who is in which saved segment. The API tells no change of it: a segment is read whole, on a schedule of its own.

What Mailchimp calls a static segment is a tag, which members bear themselves; those are not read here.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import JsonObject, Listed, Page, SourceRecord
from connectors.errors import TransientError
from connectors.mailchimp.api import MailchimpApi

_FIELDS = ("id", "unique_email_id", "email_address", "full_name", "status", "list_id")
_TRIES = 3
"""How often a segment is read whose size changed meanwhile."""


def segments(api: MailchimpApi, audience: str) -> Iterator[Page]:
    """Yield one record for each member of each saved segment; the last page tells that these are all."""
    for segment in api.segments(audience):
        yield from _segment(api, audience, segment)
    yield Page([], None, listed=Listed((), f"{audience}:", look_again=False))


def _segment(api: MailchimpApi, audience: str, segment: JsonObject) -> Iterator[Page]:
    named = {"id": segment["id"], "name": segment.get("name")}
    for _ in range(_TRIES):
        seen: set[str] = set()
        offset, totals = 0, set[int]()
        while True:
            page = api.segment_page(audience, str(segment["id"]), offset, _FIELDS)
            totals.add(page.total)
            offset += len(page.rows)
            records = [_record(audience, named, row) for row in page.rows]
            seen.update(record.id for record in records)
            yield Page(records, None, listed=Listed([record.id for record in records]))
            if not page.rows or offset >= page.total:
                break
        if totals == {len(seen)}:
            return
    raise TransientError(f"Mailchimp: segment {segment['id']} changed {_TRIES} times while it was read")


def _record(audience: str, segment: JsonObject, row: JsonObject) -> SourceRecord:
    name = row.get("unique_email_id") or row["id"]
    return SourceRecord(f"{audience}:{segment['id']}:{name}", {**row, "list_id": audience, "segment": segment})
