"""Members as source records, and how one is found again by its record's id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from connectors.connector import JsonObject, SourceRecord
from connectors.mailchimp.api import IDS, MailchimpApi
from connectors.mailchimp.walk import iso, time_of

_EMAIL_ID = re.compile(r"[0-9a-f]{10}")
"""A `unique_email_id`; contact ids and hashes have 32 digits."""


def name_of(row: JsonObject) -> str:
    """What a member is called within its audience: what stays when its address changes, if the account has it."""
    return str(next(row[key] for key in IDS if row.get(key)))


def record_of(audience: str, row: JsonObject) -> SourceRecord:
    """Make a member's record: all the vendor says but for its links."""
    changed = time_of(row)
    return SourceRecord(
        id=f"{audience}:{name_of(row)}",
        data={key: value for key, value in row.items() if key != "_links"},
        changed_at=iso(changed) if changed else None,
        event="archived" if row.get("status") == "archived" else "live",
    )


def hash_of(address: str) -> str:
    """Hash an address as the vendor does: MD5 of it in small letters."""
    return hashlib.md5(address.strip().lower().encode(), usedforsecurity=False).hexdigest()


def fetched(api: MailchimpApi, ids: Iterable[str]) -> list[SourceRecord]:
    """Read members by the ids of their records; those who are gone are left out. One call each."""
    found = []
    for id_ in ids:
        audience, _, name = id_.partition(":")
        is_email_id = _EMAIL_ID.fullmatch(name) is not None
        row = api.member_by_email_id(audience, name) if is_email_id else api.member(audience, name)
        if row is not None and name_of(row) == name:
            found.append(record_of(audience, row))
    return found
