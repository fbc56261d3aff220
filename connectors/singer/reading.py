"""From a tap's messages to pages: a cursor stands only where the tap said STATE."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256

from connectors.connector import Cursor, JsonObject, Page, SourceRecord
from connectors.errors import ConnectorError
from connectors.singer.messages import (
    ActivateVersion,
    Message,
    Record,
    Schema,
    State,
    Unknown,
    id_of,
    moment_of,
    read_message,
)
from connectors.singer.versions import Versions

PAGE = 1_000
DELETED = "_sdc_deleted_at"
"""Set by taps that read a database's log."""
OF_THE_RUN = frozenset(
    {
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_batched_at",
        "_sdc_sequence",
        "_sdc_table_version",
        "_sdc_sync_started_at",
    }
)
"""What some taps add of their run: it belongs to no record, and each run would seem to change them all."""


class StreamReading:
    """One stream of one run.

    Args:
        names: under which its messages come.
        keys: the fields that name a record; what SCHEMA says takes their place, unless `keys_rule`.
        bookmarks: the field whose value may be the time of change.
        keys_rule: the keys are the admin's own.
    """

    def __init__(
        self,
        names: frozenset[str],
        keys: tuple[str, ...],
        bookmarks: tuple[str, ...],
        cursor: Cursor | None,
        *,
        keys_rule: bool,
        follow_up_to: int,
    ) -> None:
        self._names, self._keys, self._bookmarks = names, keys, bookmarks
        self._keys_rule = keys_rule
        self._state: JsonObject | None = (cursor or {}).get("state")
        self._versions = Versions((cursor or {}).get("versions"), follow_up_to)
        self._records: list[SourceRecord] = []
        self._since_cursor = 0
        self._notices: dict[str, None] = {}
        self._told: set[str] = set()

    def pages(self, lines: Iterable[bytes]) -> Iterator[Page]:
        """Yield pages to the tap's good end; what came behind its last STATE belongs to the run's end.

        A run that ends badly gives what came and raises: the cursor stays at the last STATE.
        """
        try:
            for number, line in enumerate(lines, 1):
                message = read_message(line, number)
                if message is None:
                    continue
                has_state = self._take(message)
                if has_state and self._is_time():
                    yield self._page(self._cursor())
                elif len(self._records) >= PAGE:
                    yield self._page(None)
        except ConnectorError:
            if self._records:
                yield self._page(None)
            raise
        if self._versions.is_lost:
            self._notice("there are more records than `follow_up_to`: deletions are not found out")
        yield self._page(self._cursor())

    def _take(self, message: Message) -> bool:
        """Take one message in; tells whether it was a STATE."""
        if isinstance(message, State):
            self._state = message.value
            return True
        if isinstance(message, Unknown):
            self._notice(f"messages of kind {message.kind!r} are not known and were passed over")
        elif message.stream in self._names:
            self._take_own(message)
        return False

    def _take_own(self, message: Schema | Record | ActivateVersion) -> None:
        if isinstance(message, Record):
            self._record(message)
        elif isinstance(message, ActivateVersion):
            gone = self._versions.complete(message.version)
            self._records += [SourceRecord(id_, {}, event="deleted") for id_ in gone]
        else:
            self._keys = self._keys if self._keys_rule else message.keys or self._keys
            self._bookmarks = message.bookmarks or self._bookmarks

    def _record(self, message: Record) -> None:
        data = {name: value for name, value in message.data.items() if name not in OF_THE_RUN}
        id_ = id_of(data, self._keys) if self._keys else self._by_content(data)
        if message.version is not None:
            self._versions.met(id_, message.version)
        changed = next((moment_of(data.get(name)) for name in self._bookmarks), None)
        is_gone = data.get(DELETED) is not None
        self._records.append(SourceRecord(id_, data, changed, event="deleted" if is_gone else "live"))

    def _by_content(self, data: JsonObject) -> str:
        self._notice("no field names a record: one that changes is another record; set `keys`")
        return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    def _is_time(self) -> bool:
        """Whether a cursor is worth its page: not where it bears many ids and little came."""
        return not self._versions.is_used or self._since_cursor + len(self._records) >= 5 * PAGE

    def _cursor(self) -> Cursor:
        versions = self._versions.stored()
        return {"state": self._state} if versions is None else {"state": self._state, "versions": versions}

    def _page(self, cursor: Cursor | None) -> Page:
        records, self._records = self._records, []
        self._since_cursor = 0 if cursor else self._since_cursor + len(records)
        notices, self._notices = tuple(self._notices), {}
        return Page(records, cursor, notices)

    def _notice(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._notices[text] = None
