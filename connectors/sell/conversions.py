"""Leads that were converted: they leave the list of leads, and only the list of conversions tells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.sell.api import Listing, SellApi
from connectors.sell.walk import Place, walk

PATH = "/lead_conversions"
NEWEST_FIRST = {"sort_by": "id:desc"}
FIX = "the leads are read; it is tried again at the next run; set conversions = false if it goes on"


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


def _page(api: SellApi, page: int, size: int) -> Listing:
    return api.listing(PATH, {**NEWEST_FIRST, "page": page, "per_page": size})


def _age(row: JsonObject) -> Any:
    return -int(row["id"])
