"""What the sandbox's Singer tap reads: streams in a file, which a test may change between runs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.people import sightings

Json = dict[str, Any]

TAP = Path(__file__).parent / "singer_tap.py"
SEEDED_FROM = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
_TEXT = {"type": ["null", "string"]}


class TapData:
    """A folder with the tap's data.

    Attributes:
        streams: by name: `keys`, `bookmark` (or None), `version` (or None), `schema`, `rows`.
        config: the tap's settings. `state_every` records a STATE; `fault` (garbage, unknown, batch, hang, cut,
            noisy, exit) after `fault_at` records; `code` to exit with; `discovers` and `no_catalog` as old taps.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tap-data.json"
        self.config: Json = {"data": str(self._path), "token": "made-up-tap-token"}
        self.streams: dict[str, Json] = {"leads": _leads()}
        self.save()

    def save(self) -> None:
        """Write what the next run of the tap prints."""
        self._path.write_text(json.dumps(self.streams), encoding="utf-8")

    def settings(self) -> dict[str, Any]:
        """What a source's section of hub.toml needs to run the tap."""
        self.save()
        return {"command": [sys.executable, str(TAP)], "config": json.dumps(self.config)}

    def add_stream(
        self, name: str, rows: list[Json], *, bookmark: str | None = None, version: int | None = None
    ) -> None:
        """Add a stream of rows with ids."""
        self.streams[name] = _stream(rows, bookmark, version)
        self.save()


def _stream(rows: list[Json], bookmark: str | None, version: int | None) -> Json:
    schema = {"type": "object", "properties": {field: _TEXT for row in rows for field in row}}
    return {"keys": ["id"], "bookmark": bookmark, "version": version, "schema": schema, "rows": rows}


def _leads() -> Json:
    """Leads of several systems' manners; the last one left no name."""
    rows: list[Json] = [
        {
            "id": 9_007_199_254_740_993 + number,
            "first_name": sighting.first_name,
            "last_name": sighting.last_name,
            "email": sighting.email,
            "phone": sighting.phone,
            "company": sighting.company,
            "status": ("new", "working")[number % 2],
            "value": 10.1,
            "address": {"city": sighting.human.company.city, "country": sighting.human.company.country},
            "updated_at": (SEEDED_FROM + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        }
        for number, sighting in enumerate(sightings("singer"))
    ]
    nobody = {"first_name": "Nobody", "last_name": "", "company": "", "email": "no.name@example.com", "id": 1}
    stream = _stream([*rows, rows[-1] | nobody], "updated_at", None)
    properties: Json = stream["schema"]["properties"]
    properties["id"] = {"type": "integer"}
    properties["value"] = {"type": ["null", "number"], "multipleOf": 0.01}
    properties["updated_at"] = {"type": "string", "format": "date-time"}
    properties["status"] = {"type": "string", "enum": ["new", "working"], "title": "Lead status"}
    properties["address"] = {"type": ["null", "object"], "properties": {"city": _TEXT, "country": _TEXT}}
    return stream
