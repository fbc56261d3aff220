"""What stands in an activity's record beside Salesforce's own fields, so that a mapping needs no clock and no prefixes.

`WhoId`, `WhatId` and `ParentId` may lead to records of several objects; an id's first three characters say of which.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from connectors.connector import JsonObject, SourceField
from connectors.salesforce.object import Beside
from connectors.salesforce.values import moment, stamp

_PLACES = {"00Q": "lead_id", "003": "contact_id", "006": "opportunity_id", "001": "account_id"}
_REFERENCES = ("WhoId", "WhatId", "ParentId")
_KINDS = {"Call": "call", "Email": "email", "ListEmail": "email"}
_NEAR = timedelta(hours=36)
"""A day is told without its zone: this far from its noon its own moments may lie."""
_AT_ONCE = timedelta(minutes=1)

_PLACE_FIELDS = tuple(SourceField(name, "string", name.removesuffix("_id").title()) for name in _PLACES.values())
FIELDS: dict[str, tuple[SourceField, ...]] = {
    "Task": (
        *_PLACE_FIELDS,
        SourceField("kind", "enum", "What it is", ("task", "call", "email")),
        SourceField("done_at", "datetime", "When it was done"),
    ),
    "Event": (*_PLACE_FIELDS, SourceField("planned", "boolean", "Still to come")),
    "Note": _PLACE_FIELDS,
}
"""Stream → the fields that `beside_of` gives."""


def beside_of(stream: str, now: datetime) -> Beside | None:
    """Give what tells the fields beside a stream's own; None: there are none.

    Args:
        now: by which an event is planned or past.
    """
    known: dict[str, Beside] = {"Task": _task, "Event": partial(_event, now), "Note": _places}
    return known.get(stream)


def _places(data: JsonObject) -> JsonObject:
    """Tell whom it is about, by object; records of other objects are nobody."""
    found: JsonObject = dict.fromkeys(_PLACES.values())
    for value in (data.get(name) for name in _REFERENCES):
        if isinstance(value, str) and (place := _PLACES.get(value[:3])):
            found[place] = value
    return found


def _task(data: JsonObject) -> JsonObject:
    """Tell a task from the log of a call or of an e-mail, which Salesforce keeps as closed tasks."""
    kind = _KINDS.get(str(data.get("TaskSubtype"))) or _KINDS.get(str(data.get("Type")))
    closed = bool(data.get("IsClosed"))
    return _places(data) | {"kind": kind if kind and closed else "task", "done_at": _done_at(data) if closed else None}


def _done_at(data: JsonObject) -> str | None:
    """When it was done.

    What was closed after it was made bears its time. What was made closed is a log, written down at once or later:
    then its day says when it was, as in records that were brought in from elsewhere. Nothing was done after its
    last change.
    """
    made, closed = _moment(data.get("CreatedDate")), _moment(data.get("CompletedDateTime"))
    noon = _moment(f"{str(data.get('ActivityDate'))[:10]}T12:00:00+00:00")
    if closed and made and closed - made > _AT_ONCE:
        return stamp(closed)
    written = closed or made
    if noon is None or (written and abs(written - noon) <= _NEAR):
        return stamp(written) if written else None
    latest = closed or _moment(data.get("LastModifiedDate")) or made
    return stamp(min(noon, latest) if latest else noon)


def _event(now: datetime, data: JsonObject) -> JsonObject:
    """Tell whether an event is still to come."""
    start = _moment(data.get("StartDateTime")) or _moment(data.get("ActivityDateTime") or data.get("ActivityDate"))
    return _places(data) | {"planned": start is not None and start > now}


def _moment(value: object) -> datetime | None:
    try:
        return moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
