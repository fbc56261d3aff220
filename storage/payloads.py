"""Landed payloads read back to what was landed, and the ids that a database can keep."""

from __future__ import annotations

import json
import re

import orjson

from sell_model.types import JsonObject

LONGEST_ID = 2000
"""Bytes. PostgreSQL's index takes no key longer than about 2,700, and an id is part of one."""

_LONG_NUMBER = re.compile(r"\d{19}")


def read_payload(raw: str) -> JsonObject:
    """Read a landed payload to the very values that were landed.

    orjson makes a float of an integer beyond 64 bits and refuses half a surrogate pair; the
    standard library's reader, four times slower, keeps both.
    """
    if not _LONG_NUMBER.search(raw):
        try:
            data: JsonObject = orjson.loads(raw)
        except orjson.JSONDecodeError:
            data = json.loads(raw)
        return data
    exact: JsonObject = json.loads(raw)
    return exact


def storable_id(id_: str) -> bool:
    """Whether both databases can keep a text as a source's id: no NUL, whole characters, not endless."""
    if "\x00" in id_:
        return False
    try:
        return len(id_.encode()) <= LONGEST_ID
    except UnicodeEncodeError:
        return False
