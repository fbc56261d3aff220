"""A small Singer tap: a program that prints what a data file holds, and misbehaves when told to.

    python singer_tap.py --config CONFIG [--discover | --catalog CATALOG [--state STATE]]

The configuration names the data file and how to behave; see `TapData`. It needs Python alone, as taps live
in environments of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def main() -> None:
    """Run as a tap does."""
    parser = argparse.ArgumentParser()
    for name in ("--config", "--catalog", "--properties", "--state"):
        parser.add_argument(name, type=_read)
    parser.add_argument("--discover", action="store_true")
    given = parser.parse_args()
    config: Json = given.config
    streams: Json = _read(config["data"])
    _log("INFO starting")
    if given.discover:
        _discover(config, streams)
        return
    if config.get("no_catalog"):
        chosen = list(streams)
    else:
        chosen = [
            entry["tap_stream_id"] for entry in (given.catalog or given.properties)["streams"] if _selected(entry)
        ]
    state: Json = given.state or {"bookmarks": {}}
    for name in chosen:
        Sync(config, name, streams[name], state).run()


class Sync:
    """One stream: schema, records from the bookmark on, states between them."""

    def __init__(self, config: Json, name: str, stream: Json, state: Json) -> None:
        self._config, self._name, self._stream, self._state = config, name, stream, state
        self._printed = 0

    def run(self) -> None:
        key = self._stream.get("bookmark")
        done = self._state["bookmarks"].get(self._name, {}).get("replication_key_value")
        rows = [row for row in self._stream["rows"] if key is None or done is None or row[key] >= done]
        schema = {"type": "SCHEMA", "stream": self._name, "schema": self._stream["schema"]}
        _say({**schema, "key_properties": self._stream["keys"], "bookmark_properties": [key] if key else []})
        for row in rows:
            self._record(row, key)
        version = self._stream.get("version")
        if version is not None:
            _say({"type": "ACTIVATE_VERSION", "stream": self._name, "version": version})
        _say({"type": "STATE", "value": self._state})

    def _record(self, row: Json, key: str | None) -> None:
        self._misbehave()
        message = {"type": "RECORD", "stream": self._name, "record": row}
        if (version := self._stream.get("version")) is not None:
            message["version"] = version
        _say(message)
        self._printed += 1
        if key is not None:
            self._state["bookmarks"][self._name] = {"replication_key": key, "replication_key_value": row[key]}
        if self._printed % self._config.get("state_every", 10) == 0:
            _say({"type": "STATE", "value": self._state})

    def _misbehave(self) -> None:
        fault = self._config.get("fault")
        if fault is None or self._printed != self._config.get("fault_at", 0):
            return
        if fault == "garbage":
            sys.stdout.write("Fetched 10 rows for ann@example.com\n")
        elif fault == "unknown":
            _say({"type": "PROGRESS", "stream": self._name})
        elif fault == "batch":
            _say({"type": "BATCH", "stream": self._name, "encoding": {}, "manifest": []})
        elif fault == "hang":
            sys.stdout.flush()
            time.sleep(600)
        elif fault == "cut":
            sys.stdout.write('{"type": "RECORD", "stream": "le')
            sys.stdout.flush()
            sys.exit(self._config.get("code", 1))
        elif fault == "noisy":
            for number in range(20_000):
                _log(f"INFO request {number} took 0.1 s")
        else:
            sys.stdout.flush()
            _log(f"CRITICAL 401 Unauthorized for token {self._config.get('token')}")
            sys.exit(self._config.get("code", 1))


def _discover(config: Json, streams: Json) -> None:
    if config.get("discovers") is False:
        sys.stdout.write("usage: tap\n")
        return
    entries = [_entry(name, stream) for name, stream in streams.items()]
    sys.stdout.write(json.dumps({"streams": entries}, indent=1))


def _entry(name: str, stream: Json) -> Json:
    table: Json = {"inclusion": "available", "table-key-properties": stream["keys"]}
    if stream.get("bookmark"):
        table["valid-replication-keys"] = [stream["bookmark"]]
    fields = [
        {"breadcrumb": ["properties", f], "metadata": {"inclusion": "available"}}
        for f in stream["schema"]["properties"]
    ]
    return {
        "tap_stream_id": name,
        "stream": name,
        "schema": stream["schema"],
        "key_properties": stream["keys"],
        "metadata": [{"breadcrumb": [], "metadata": table}, *fields],
    }


def _selected(entry: Json) -> bool:
    return any(item["breadcrumb"] == [] and item["metadata"].get("selected") for item in entry["metadata"])


def _read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _say(message: Json) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")


def _log(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
