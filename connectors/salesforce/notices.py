"""What a person should know of a read before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.salesforce.object import SObject
from connectors.salesforce.place import Place
from connectors.salesforce.values import moment

RECYCLE_BIN = timedelta(days=15)
"""How long a deleted record can be seen; after that it is gone without a trace."""


def warnings(sobject: SObject, place: Place, now: datetime) -> Iterator[str]:
    """Tell what a read from this place cannot see."""
    name = sobject.name
    if place.read_at and now - moment(place.read_at) > RECYCLE_BIN and sobject.soft_deletes:
        yield (
            f"{name} was last read on {place.read_at[:10]}, and deleted records can be seen for "
            f"{RECYCLE_BIN.days} days only: deletions may have been missed. Read it once with --full."
        )
    if place.fields and place.fields != sobject.digest and place.job is None:
        yield (
            f"{name} has other fields than at the last read. Unchanged records keep the old ones "
            "until it is read once with --full."
        )
    if sobject.stamp_field in {"CreatedDate", None}:
        yield f"{name} tells no time of change that we may read: edits need a read with --full."
