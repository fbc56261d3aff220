"""What the tests of Singer taps share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.connector import Cursor, Page, SourceRecord
from connectors.errors import TransientError
from connectors.singer.connector import Singer
from connectors.singer.settings import SingerConfig
from sandbox.singer import TapData


def connect(tap: TapData, **settings: Any) -> Singer:
    """A connector that runs the sandbox's tap."""
    return Singer(SingerConfig(**{**tap.settings(), **settings}))


def pages(tap: TapData, cursor: Cursor | None = None, stream: str = "leads", **settings: Any) -> list[Page]:
    """Read to the end."""
    with connect(tap, **settings) as source:
        return list(source.pull(stream, cursor))


def read(
    tap: TapData, cursor: Cursor | None = None, stream: str = "leads", **settings: Any
) -> tuple[list[SourceRecord], Cursor]:
    """Read to the end; gives the records and the last cursor, as the hub stores it."""
    got = pages(tap, cursor, stream, **settings)
    last = got[-1].cursor
    assert last is not None
    return [record for page in got for record in page.records], json.loads(json.dumps(last))


def read_until_it_fails(tap: TapData, **settings: Any) -> tuple[list[Page], str]:
    """Read a stream that fails for now; gives the pages that came, and what was said."""
    got: list[Page] = []

    def go_on() -> None:
        with connect(tap, **settings) as source:
            got.extend(source.pull("leads", None))

    with pytest.raises(TransientError) as caught:
        go_on()
    return got, str(caught.value)


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    """Rows with ids r0, r1 …"""
    return [{"id": f"r{number}", "last_name": f"Name {number}", **more} for number in range(count)]
