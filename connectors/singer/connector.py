"""Any Singer tap as a source. Source of facts: the Singer specification."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from connectors.connector import Check, Connector, Cursor, JsonObject, Page, SourceField, Stream
from connectors.errors import ConnectorError, SetupError
from connectors.singer.catalog import bookmarks_of, chosen, fields_of, keys_of, kind_of, name_of, names_of
from connectors.singer.messages import Record, read_message
from connectors.singer.process import TapRun
from connectors.singer.reading import StreamReading
from connectors.singer.settings import SingerConfig

USUAL = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
"""What a tap sees of our environment: the secrets of other sources lie in the rest of it."""
TRIED = 10
"""Streams that a check tries at most: each starts the tap once."""
SHORTEST_SECRET = 4


class Singer(Connector[SingerConfig]):
    """The streams of a tap, each read by a run of its own, with the tap's STATE as its cursor.

    `calls` counts runs of the tap: how often it calls its vendor is not told.
    """

    name: ClassVar[str] = "singer"
    title: ClassVar[str] = "Singer tap"
    Config = SingerConfig

    def __init__(self, config: SingerConfig) -> None:
        super().__init__(config)
        self._settings: JsonObject = json.loads(config.config.get_secret_value())
        self._catalog: JsonObject | None = json.loads(config.catalog) if config.catalog else None

    def streams(self) -> Sequence[Stream]:
        """List the streams of the catalog; the tap is started once where that must be discovered."""
        names = self.config.stream_names or tuple(filter(None, map(name_of, self._entries())))
        return [Stream(name, self.config.kinds.get(name) or kind_of(name)) for name in names]

    def check(self) -> list[Check]:
        try:
            streams = self.streams()
        except ConnectorError as error:
            return [Check("tap", False, str(error), error.fix)]
        found = Check(
            "tap", bool(streams), f"{len(streams)} streams", "" if streams else "it offers none: see its documentation"
        )
        return [found, *(self._tried(stream.name) for stream in streams[:TRIED])]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        return list(fields_of(self._entry(stream).get("schema") or {}))

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what the tap gives for a stream; only its end with exit code 0 proves the read complete.

        Raises:
            TransientError: the tap hangs, or ends badly; what lies before its last STATE is kept.
            SetupError: it cannot be started, or prints what is none of Singer's messages.
        """
        self._known(stream)
        entry = self._entry(stream)
        reading = StreamReading(
            names_of(entry) | {stream},
            self.config.keys.get(stream) or keys_of(entry),
            bookmarks_of(entry),
            cursor,
            keys_rule=stream in self.config.keys,
            follow_up_to=self.config.follow_up_to,
        )
        with self._running(stream, (cursor or {}).get("state")) as run:
            yield from reading.pages(run.lines())

    def _tried(self, stream: str) -> Check:
        """Run the tap until its first record."""
        try:
            with self._running(stream, None) as run:
                messages = (read_message(line, number) for number, line in enumerate(run.lines(), 1))
                first = list(islice((message for message in messages if isinstance(message, Record)), 1))
        except ConnectorError as error:
            return Check(stream, False, str(error), error.fix)
        return Check(stream, True, "readable" if first else "readable; it has no records")

    def _entries(self) -> list[JsonObject]:
        if self._catalog is None and self.config.discovers:
            self._catalog = self._discovered()
        entries = (self._catalog or {}).get("streams") or []
        return [entry for entry in entries if isinstance(entry, dict)]

    def _entry(self, stream: str) -> JsonObject:
        """A stream's entry, as it stands where the stream is chosen; empty where the tap has no catalog."""
        if not self._entries():
            return {}
        entries: list[JsonObject] = self._chosen(stream)["streams"]
        return next((entry for entry in entries if name_of(entry) == stream), {})

    def _chosen(self, stream: str) -> JsonObject:
        return chosen({"streams": self._entries()}, stream, self.config.replication_keys.get(stream))

    def _discovered(self) -> JsonObject:
        with self._started({"config": self._settings}, ["--discover"]) as run:
            printed = b"\n".join(run.lines())
        try:
            catalog = json.loads(printed)
        except ValueError:
            catalog = None
        if not isinstance(catalog, dict) or not isinstance(catalog.get("streams"), list):
            fix = "give its catalog by `catalog`, or set `discovers = false` and `stream_names`"
            raise SetupError("Singer: what the tap prints at --discover is no catalog", fix=fix)
        return catalog

    @contextmanager
    def _running(self, stream: str, state: JsonObject | None) -> Iterator[TapRun]:
        files: dict[str, JsonObject] = {"config": self._settings}
        if self._entries():
            files[self.config.catalog_option.removeprefix("--")] = self._chosen(stream)
        if state is not None:
            files["state"] = state
        with self._started(files, []) as run:
            yield run

    @contextmanager
    def _started(self, files: dict[str, JsonObject], options: list[str]) -> Iterator[TapRun]:
        """Start the tap with files that only we can read, and that are gone when it has ended."""
        with tempfile.TemporaryDirectory(prefix="sell-hub-tap-") as folder:
            arguments = list(self.config.command)
            for name, content in files.items():
                path = Path(folder) / f"{name}.json"
                path.write_text(json.dumps(content), encoding="utf-8")
                arguments += [f"--{name}", str(path)]
            self.calls += 1
            run = TapRun([*arguments, *options], self._environment(), self.config.quiet_seconds, self._hidden)
            try:
                yield run
            finally:
                run.stop()

    def _environment(self) -> dict[str, str]:
        names = (*USUAL, *self.config.environment)
        seen = {name: os.environ[name] for name in names if name in os.environ}
        if self.config.ca_bundle:
            seen |= {"SSL_CERT_FILE": self.config.ca_bundle, "REQUESTS_CA_BUNDLE": self.config.ca_bundle}
        return {**seen, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}

    def _hidden(self, text: str) -> str:
        """Take the tap's settings out of a text: they hold its secrets."""
        for secret in sorted(_texts(self._settings), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text

    def _known(self, stream: str) -> None:
        names = [each.name for each in self.streams()]
        if stream not in names:
            raise SetupError(f"Singer: the tap has no stream {stream!r}", fix=f"streams: {', '.join(names)}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= SHORTEST_SECRET:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)
