"""An account of a made-up vendor, all of whose records are flat, and the mappings that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, Page, SourceField, SourceRecord, Stream
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.settings import SourcePart
from hub.sync import sync_source

Script = Mapping[str, Sequence[SourceRecord]]
"""Stream → the records it gives next."""

KINDS = {
    "agents": "users",
    "firms": "companies",
    "tickets": "people",
    "people": "people",
    "others": "people",
    "sales": "deals",
    "notes": "activities",
    "tasks": "activities",
    "calls": "activities",
    "mails": "activities",
    "meetings": "activities",
    "marks": "activities",
}

_BESIDE = """
  added_by: by
  user: {from: agent, lookup: owner, otherwise: leave}
  person: {from: person, lookup: {kind: person, stream: people}}
  company: {from: firm, lookup: company}
  deal: {from: sale, lookup: deal}
"""

MAPPINGS = {
    "agents.user": "fields: {name: name, email: email}",
    "firms.contact": "fields: {is_organization: {const: true}, name: name}",
    "people.lead": "only_if: kind != 'customer' && kind != 'spam'\n"
    "fields: {first_name: first, last_name: last, email: email, tags: tags}",
    "people.contact": "only_if: kind == 'customer'\n"
    "fields: {first_name: first, last_name: last, email: email, tags: tags}",
    "others.lead": "fields: {last_name: last, email: email}",
    "sales.deal": "fields:\n  name: name\n  company: {from: firm, lookup: company}",
    "notes.note": f"only_if: kind != 'draft'\nfields:\n  content: text\n  noted_at: at{_BESIDE}",
    "tasks.task": "fields:\n  content: text\n  due_date: due\n  completed: done\n  completed_at: done_at\n"
    f"  added_at: at\n  owner: {{from: owner, lookup: owner, otherwise: leave}}{_BESIDE}",
    "calls.call": "fields:\n  made_at: at\n  summary: text\n  phone_number: number\n  duration: seconds\n"
    f"  outcome: outcome{_BESIDE}",
    "mails.email": "fields:\n  subject: text\n  sent_at: at\n  incoming: incoming\n"
    "  person: {from: address, lookup: person, otherwise: wait}",
    "meetings.visit": f"fields:\n  summary: text\n  visited_at: at{_BESIDE}",
    "tickets.lead": "only_if: sales\nfields: {last_name: last, email: email}",
    "tickets.ticket": "fields:\n  subject: subject\n  status: status\n  opened_at: at\n"
    "  person: {from: email, lookup: person, otherwise: wait}",
    "marks.tagging": "fields:\n  tags: tags\n  person: {from: person, lookup: {kind: person, stream: people}}",
}


def write_mappings(home: Path, **changed: str) -> None:
    """Write the mappings into a hub's folder, some of them changed: `notes_note="…"`."""
    folder = home / "mappings" / "hubspot"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {**MAPPINGS, **{name.replace("_", ".", 1): text for name, text in changed.items()}}
    for name, text in texts.items():
        stream, _, target = name.partition(".")
        (folder / f"{name}.yaml").write_text(f"from: hubspot.{stream}\nto: {target}\n{text}\n", encoding="utf-8")


class Flat(Connector[ConnectorConfig]):
    """Yields what it is told, one page a stream, in the order in which streams run."""

    name, title, Config = "hubspot", "Flat", ConnectorConfig

    def __init__(self, script: Script) -> None:
        super().__init__(ConnectorConfig())
        self.script = script

    def streams(self) -> Sequence[Stream]:
        return [Stream(name, KINDS[name]) for name in self.script]  # type: ignore[arg-type]

    def check(self) -> list[Check]:
        return []

    def discover(self, stream: str) -> list[SourceField]:
        return []

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        yield Page(list(self.script[stream]), {"n": (cursor or {"n": 0})["n"] + 1})


def named(hub: Hub, source: str = "crm") -> Hub:
    """The hub with a source of this account in its settings."""
    return hub.with_source(source, SourcePart(connector="hubspot"))


def sync(hub: Hub, source: str = "crm", /, **script: Sequence[SourceRecord]) -> dict[str, StreamReport]:
    """Sync what each stream gives now; gives the reports by stream."""
    reports = sync_source(named(hub, source), source, Options(), Flat(script))
    assert all(report.state != "failed" for report in reports), [report.error for report in reports]
    return {report.stream: report for report in reports}


def record(key: str, changed_at: str | None = "2026-01-05T00:00:00Z", **data: Any) -> SourceRecord:
    """A record of any stream."""
    return SourceRecord(key, {"id": key, **data}, changed_at)


def note(key: str, text: str = "Spoke", at: str = "2026-01-02T10:00:00Z", **data: Any) -> SourceRecord:
    """A note, a call, a visit, a task or a mail: what they say has the same names."""
    return record(key, text=text, at=at, **data)


def gone(key: str, event: str = "deleted") -> SourceRecord:
    """A record that its source has no more."""
    return SourceRecord(key, {}, None, event)  # type: ignore[arg-type]


def rows(hub: Hub, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with hub.store.read() as db:
        return [tuple(row) for row in db.select(sql, values)]


def fed(hub: Hub, stream: str, key: str, kind: str, source: str = "crm") -> int | None:
    """The id of the record of a type that a source's record feeds; None: of none."""
    found = rows(
        hub,
        "SELECT l.record_id FROM link l JOIN source_record r ON r.id = l.source_record_id "
        "JOIN stream s ON s.id = r.stream_id "
        "WHERE s.source = ? AND s.name = ? AND r.source_id = ? AND l.record_type = ? AND l.role <> 'tags'",
        source,
        stream,
        key,
        kind,
    )
    return found[0][0] if found else None


def place(hub: Hub, stream: str, key: str, kind: str = "note", source: str = "crm") -> tuple[str | None, int | None]:
    """Where the activity stands that a source's record feeds; `("gone", None)` where there is none."""
    id_ = fed(hub, stream, key, kind, source)
    found = rows(hub, f'SELECT resource_type, resource_id FROM "{kind}" WHERE id = ?', id_) if id_ else []
    return found[0] if found else ("gone", None)
