"""Singer taps, by the conformance kit: the sandbox's tap, a program of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.singer.connector import Singer
from connectors.testing import ConformanceSuite, StandIn
from sandbox.singer import TapData
from tests.conformance.vendors import NO_ARCHIVE, NO_HOOKS, NO_MERGE

TEXT = {"type": ["null", "string"]}


class TapFolder(StandIn):
    """What a tap prints: leads that bear when they changed, oldest first, a STATE behind every third."""

    stream = "leads"
    lacks = NO_ARCHIVE | NO_MERGE | NO_HOOKS | {
        "start": "a tap is a program on this machine",
        "revoke": "what a vendor refuses is the tap's to say, by the code with which it ends",
        "expire_token": "the tap renews its own tokens",
        "expire_cursor": "a STATE is the tap's to understand",
        "refuse_rights": "the tap offers the streams that it may read",
    }  # fmt: skip
    untold = {"delete": "a tap with a bookmark gives what changed, and does not tell of deletions"}

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sell-hub-kit-")

    def reset(self) -> None:
        self._tap = TapData(Path(self._folder.name))
        self._tap.config["state_every"] = 3
        self._rows: list[dict[str, Any]] = []
        self._tap.streams["leads"]["rows"] = self._rows
        at = {"type": "string", "format": "date-time"}
        fields = {"id": {"type": "string"}, "name": TEXT, "note": TEXT, "updated_at": at}
        self._tap.streams["leads"]["schema"]["properties"] = fields
        self._made = 0
        self._tap.save()

    def settings(self, base_url: str) -> dict[str, Any]:
        return self._tap.settings()

    def secrets(self) -> Sequence[str]:
        return ["made-up-tap-token"]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self._rows if row["id"] == id_)

    def _save(self) -> None:
        self._rows.sort(key=lambda row: str(row["updated_at"]))
        self._tap.save()

    def add(self, text: str) -> str:
        return self.add_at(text, datetime.now(UTC))

    def add_at(self, text: str, when: datetime) -> str:
        self._made += 1
        self._rows.append({"id": f"r{self._made}", "name": text, "note": "", "updated_at": _iso(when)})
        self._save()
        return f"r{self._made}"

    def change(self, id_: str, text: str) -> None:
        self._row(id_).update(name=text, updated_at=_iso(datetime.now(UTC)))
        self._save()

    def delete(self, id_: str) -> None:
        self._rows.remove(self._row(id_))
        self._save()

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}
        self._save()

    def retype(self, id_: str) -> None:
        self._row(id_)["note"] = {"was": ["text"]}
        self._save()

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["note"] = "x" * size
        self._save()

    def add_field(self, text: str) -> None:
        self._tap.streams["leads"]["schema"]["properties"][text] = TEXT
        self._save()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class TestSinger(ConformanceSuite):
    connector, standin = Singer, TapFolder
