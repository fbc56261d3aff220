"""One record with all that filters can ask about it, for rules that judge a single record."""

from __future__ import annotations

from sell_model.types import JsonObject
from storage.hot import Writer
from storage.list_records import whole_records


def judged(db: Writer, kind: str, id_: int) -> JsonObject:
    """Fetch a record as lists read it, so that a rule finds of it what a list would.

    Money is in minor units still: `value_minor` beside `currency`.
    """
    return whole_records(db, kind, [id_])[id_]
