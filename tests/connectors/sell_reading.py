"""What the tests of Sell share: a running stand-in, and reading it to the end."""

from __future__ import annotations

from typing import Any

from connectors.connector import Cursor, Page, SourceRecord
from connectors.sell.connector import Sell, SellConfig
from sandbox.sell.standin import SellSandbox

ACTIVITIES = ("notes", "tasks", "calls", "visits")
LISTED = ("companies", "contacts", "leads", "deals", *ACTIVITIES)


def connect(vendor: SellSandbox, now: float | None = None, **settings: Any) -> Sell:
    """A connector pointed at the stand-in by nothing but its settings, at a stand-in's pace."""
    config = SellConfig(**{**vendor.settings(), "calls_per_second": 60_000, **settings})
    return Sell(config) if now is None else Sell(config, clock=lambda: now)


def pages_of(
    vendor: SellSandbox, stream: str, cursor: Cursor | None = None, now: float | None = None, **settings: Any
) -> list[Page]:
    """Read to the end."""
    with connect(vendor, now, **settings) as sell:
        return list(sell.pull(stream, cursor))


def read(
    vendor: SellSandbox, stream: str, cursor: Cursor | None = None, now: float | None = None, **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor."""
    pages = pages_of(vendor, stream, cursor, now, **settings)
    last = pages[-1].cursor
    assert last is not None
    return [record for page in pages for record in page.records], last


def ids(records: list[SourceRecord]) -> list[str]:
    return [record.id for record in records]


def all_ids(vendor: SellSandbox, table: str = "leads") -> set[str]:
    return {str(id_) for id_ in vendor.account.tables[table]}
