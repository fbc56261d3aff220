"""Gravity Forms as a source: the entries of one form of a site, or of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar

from connectors.connector import Check, Connector, Cursor, JsonObject, Page, SourceField, SourceRecord, Stream
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.gravity_forms.client import GravityFormsConfig, Site, object_of
from connectors.gravity_forms.fields import fields_of, record_data

ENTRIES = Stream("entries", "people")


class GravityForms(Connector[GravityFormsConfig]):
    """Entries, in the order of their numbers; those in the trash come as archived, at each run.

    Each call asks for numbers above the last one, so nothing shifts, and the vendor's count of what is
    left tells the end. A read takes what was updated since the beginning of the last one, less an overlap.
    """

    name: ClassVar[str] = "gravity_forms"
    title: ClassVar[str] = "Gravity Forms"
    Config = GravityFormsConfig

    def __init__(self, config: GravityFormsConfig) -> None:
        super().__init__(config)
        self._site = Site(config, self._count)
        self._forms: dict[str, JsonObject] = {}

    def streams(self) -> Sequence[Stream]:
        return [ENTRIES]

    def check(self) -> list[Check]:
        """List the forms, and count the entries."""
        return [self._tried("forms", self._forms_check), self._tried("entries", self._entries_check)]

    def discover(self, stream: str) -> list[SourceField]:
        self._expect(stream)
        found: dict[str, SourceField] = {}
        for number in [self.config.form] if self.config.form else self._form_numbers():
            found = {each.path: each for each in fields_of(self._form(number))} | found
        return list(found.values())

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Give the entries updated since the cursor, then those in the trash.

        Raises:
            TransientError: fewer entries came than the vendor counts.
            SetupError: no such form, or no right to it.
        """
        self._expect(stream)
        behind: JsonObject = {"status": "active", "after": 0, **(cursor or {})}
        for status in ("active", "trash") if self.config.trash else ("active",):
            if status == "active" and behind["status"] != "active":
                continue  # resumed behind them
            for records, after in self._walk({**behind, "status": status}):
                behind = after
                yield Page(records, behind)
        yield Page([], {"since": behind.get("began") or behind["since"]})

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._expect(stream)
        return {"since": since.astimezone(UTC).isoformat()}

    def close(self) -> None:
        self._site.close()

    def _walk(self, state: JsonObject) -> Iterator[tuple[list[SourceRecord], JsonObject]]:
        """Give the entries of one status, and the cursor behind each page; behind the last, that of the next status."""
        while True:
            answer = self._page(state)
            state = {"began": self._now(), **state}
            entries, left = _listed(answer)
            records = [self._record(entry) for entry in entries]
            if len(entries) >= left:
                yield records, {**state, "status": "trash", "after": 0}
                return
            if not entries:
                raise TransientError(f"Gravity Forms: {left} entries are counted and none is listed: read short")
            state = {**state, "after": max(int(entry["id"]) for entry in entries)}
            yield records, state

    def _page(self, state: JsonObject) -> JsonObject:
        filters = [{"key": "id", "operator": ">", "value": str(state["after"])}] if state["after"] else []
        if state["status"] == "active" and state.get("since"):
            start = datetime.fromisoformat(state["since"]) - timedelta(seconds=self.config.overlap)
            filters.append({"key": "date_updated", "operator": ">=", "value": f"{start:%Y-%m-%d %H:%M:%S}"})
        search: JsonObject = {"status": state["status"]} | ({"field_filters": filters} if filters else {})
        params = [
            ("paging[page_size]", str(self.config.page_size)),
            ("paging[current_page]", "1"),
            ("sorting[key]", "id"),
            ("sorting[direction]", "ASC"),
            ("sorting[is_numeric]", "true"),
            ("search", json.dumps(search)),
        ]
        path = f"/forms/{self.config.form}/entries" if self.config.form else "/entries"
        return object_of(self._site.get(path, params), "list of entries")

    def _record(self, entry: JsonObject) -> SourceRecord:
        form = self._form(str(entry.get("form_id")))
        changed = str(entry.get("date_updated") or entry.get("date_created") or "")
        return SourceRecord(
            str(entry["id"]),
            record_data(entry, form),
            changed_at=f"{changed.replace(' ', 'T')}Z" if changed else None,
            event="archived" if entry.get("status") == "trash" else "live",
        )

    def _form(self, number: str) -> JsonObject:
        """Get a form, once a run."""
        if number not in self._forms:
            self._forms[number] = object_of(self._site.get(f"/forms/{number}"), "form")
        return self._forms[number]

    def _form_numbers(self) -> list[str]:
        return list(object_of(self._site.get("/forms"), "list of forms"))

    def _now(self) -> str:
        """Tell the time of the last answer: by the site's clock, or by ours where it does not say."""
        try:
            return parsedate_to_datetime(self._site.date or "").astimezone(UTC).isoformat()
        except ValueError:
            return datetime.now(UTC).replace(microsecond=0).isoformat()

    def _tried(self, name: str, check: Callable[[], str]) -> Check:
        try:
            return Check(name, True, check())
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(name, False, str(error), error.fix)

    def _forms_check(self) -> str:
        if self.config.form:
            return str(self._form(self.config.form).get("title"))
        return f"{len(self._form_numbers())} forms"

    def _entries_check(self) -> str:
        return f"{_listed(self._page({'status': 'active', 'after': 0}))[1]} entries, those in the trash not counted"

    def _count(self) -> None:
        self.calls += 1

    def _expect(self, stream: str) -> None:
        if stream != ENTRIES.name:
            raise SetupError(f"Gravity Forms has no stream {stream!r}", fix=f"its only stream is {ENTRIES.name}")


def _listed(answer: JsonObject) -> tuple[list[JsonObject], int]:
    """Give the entries of a page, and how many there are of which it is the first; text or number, it says."""
    entries, total = answer.get("entries"), str(answer.get("total_count"))
    good = isinstance(entries, list) and all(
        isinstance(each, dict) and str(each.get("id")).isdigit() for each in entries
    )
    if not good or not total.isdigit():
        raise TransientError("Gravity Forms: an answer without `entries` and `total_count`")
    return list(entries or []), int(total)
