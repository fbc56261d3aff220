"""What a source's process consists of: read from the source and from what is landed of it. Nothing is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest
from typing import Any

from connectors.connector import Connector, SourceField, SourceRecord, Stream
from hub.activation import mapping_files
from hub.connecting import chosen_streams, open_connector
from hub.opening import Hub
from mappings.compile import Mapping, compile_mapping
from mappings.language import FieldSpec, MappingSpec
from mappings.paths import PathError, parse_path
from mappings.process import Section
from mappings.process_fields import bare, likely_feeds, wanted_fields
from mappings.process_guess import TheirField, TheirOwner, TheirPipeline, Theirs, TheirStage, TheirValue
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.process import plain
from sell_model.records import CLOSED_CATEGORIES
from sell_model.types import JsonObject
from storage import landing, streams
from storage.payloads import read_payload

NEWEST = 50_000
"""Landed records of a stream that are looked at, the newest first."""
MOST_VALUES = 200
"""Different values of one field that are listed, the most frequent first."""
_PAGE = 1_000

_SECTIONS: dict[str, Section] = {
    "status": "statuses",
    "loss_reason": "loss_reasons",
    "unqualified_reason": "unqualified_reasons",
    "source": "sources",
}


def read_theirs(hub: Hub, source: str, reads: Iterable[TheirField] = ()) -> Theirs:
    """Read a source's pipelines, users, statuses, reasons and sources.

    Args:
        reads: fields of theirs that a process file has read beside the mappings.

    Raises:
        SetupError, ConnectorError: the source cannot be opened or read.
    """
    with open_connector(hub, source) as connector:
        reading = _Reading(hub, source, connector, list(reads))
        for stream in chosen_streams(connector, hub.settings.source(source).streams):
            reading.read(stream)
        return reading.theirs()


@dataclass(slots=True)
class _Reading:
    """Gathers what the streams of a source say."""

    hub: Hub
    source: str
    connector: Connector[Any]
    fields: list[TheirField]
    owners: dict[str, TheirOwner] = field(default_factory=dict)
    pipelines: dict[str, list[tuple[str, Draft]]] = field(default_factory=lambda: defaultdict(list))
    """Drafts by the pipeline's name, each with its record's id."""
    labels: dict[Section, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Values that the source offers, with what people see for them."""
    mapped: dict[tuple[Section, str], str] = field(default_factory=dict)
    used: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Values in records, by the field that they feed."""
    used_stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Pipeline and stage as records name them."""
    notes: list[str] = field(default_factory=list)

    def read(self, stream: Stream) -> None:
        """Read one stream: users and pipelines whole, of others their fields and what is landed."""
        try:
            files = mapping_files(self.hub, self.hub.settings.source(self.source), stream.name)
        except SetupError as error:
            self.notes.append(f"{stream.name} is left out: {error}")
            return
        mappings = [compile_mapping(file, self.hub.context) for file in files]
        specs = [file.spec for file in files if file.spec is not None]
        if stream.kind in {"users", "pipelines"}:
            for record in self._pulled(stream):
                self._listed(record, [mapping.apply(record.data) for mapping in mappings])
        elif stream.kind not in {"relations", "activities"}:
            self._fields_of(stream, specs)

    def _pulled(self, stream: Stream) -> Iterator[SourceRecord]:
        for page in self.connector.pull(stream.name, None):
            self.notes += page.notices
            yield from (record for record in page.records if record.event == "live")

    def _listed(self, record: SourceRecord, outcomes: Iterable[object]) -> None:
        for draft in outcomes:
            if not isinstance(draft, Draft):
                continue
            if draft.record_type == "user":
                said = draft.fields
                active = said.get("status") != "inactive"
                self.owners[record.id] = TheirOwner(record.id, said.get("name") or "", said.get("email"), active)
            elif draft.record_type == "pipeline":
                self.pipelines[str(draft.fields.get("name") or record.id)].append((record.id, draft))

    def _fields_of(self, stream: Stream, specs: list[MappingSpec]) -> None:
        wanted = [spec for spec in specs if wanted_fields(spec)]
        offered = self.connector.discover(stream.name) if wanted and stream.kind != "companies" else []
        self._find_unread(stream, specs, offered)
        extra = {each.feeds: each.path for each in self.fields if each.stream == stream.name}
        readers = []
        for spec in specs:
            mine = bare(spec, extra)
            self._choices(mine, offered)
            self._tables(spec)
            readers.append(Mapping("", mine, self.hub.context))
        for data in chain(self._rows_of_file(stream), self._landed(stream)):
            for reader in readers:
                if (draft := reader.partly(data)) is not None:
                    self._count(draft)

    def _find_unread(self, stream: Stream, specs: list[MappingSpec], offered: list[SourceField]) -> None:
        """Note fields that are called like a reason and that no mapping reads; forget those that are there no more."""
        paths = {each.path for each in offered}
        self.fields = [each for each in self.fields if each.stream != stream.name or each.path in paths]
        there = {each.feeds for each in self.fields if each.stream == stream.name}
        known = {each.path for each in self.fields if each.stream == stream.name}
        for each in offered:
            if each.path in known:
                continue
            feeds = likely_feeds(each.path, each.label, specs) if each.type in {"enum", "string"} else None
            if feeds is not None and feeds not in there:
                there.add(feeds)
                self.fields.append(TheirField(stream.name, each.path, each.label, feeds))

    def _tables(self, spec: MappingSpec) -> None:
        """Note what the mapping's own tables make of values."""
        for name, section in _SECTIONS.items():
            entry = spec.fields.get(name)
            for value, becomes in entry.values.items() if isinstance(entry, FieldSpec) else ():
                if becomes is not None:
                    self.mapped[section, value] = str(becomes)

    def _choices(self, mine: MappingSpec, offered: list[SourceField]) -> None:
        """Pass each choice that the source offers through the field's steps, as a record would come with it."""
        reader = Mapping("", mine.model_copy(update={"only_if": None}), self.hub.context)
        by_path = {_parsed(each.path): each for each in offered if each.choices}
        for name, entry in mine.fields.items():
            for item in entry.from_ if isinstance(entry, FieldSpec) and name in {*_SECTIONS, "stage"} else []:
                path = _parsed(item if isinstance(item, str) else item.from_)
                found = by_path.get(path)
                for choice, label in zip_longest(*_choices_of(found), fillvalue="") if found else ():
                    draft = reader.partly(_nested(path, choice))
                    if draft is not None and (value := _value(draft, name)):
                        self._offer(name, value, label)

    def _offer(self, name: str, value: str, label: str) -> None:
        if name == "stage":
            self.used_stages["", value] += 0
        else:
            self.labels[_SECTIONS[name]].setdefault(value, label)

    def _rows_of_file(self, stream: Stream) -> Iterator[JsonObject]:
        """Give the rows of a file: it is at hand, before anything of it is landed."""
        if self.hub.settings.source(self.source).connector != "csv":
            return
        rows = list(islice(self._pulled(stream), NEWEST + 1))
        if len(rows) > NEWEST:
            self.notes.append(f"{stream.name}: the first {NEWEST:,} rows were looked at")
        yield from (row.data for row in rows[:NEWEST])

    def _landed(self, stream: Stream) -> Iterator[JsonObject]:
        with self.hub.store.read() as db:
            row = streams.find_stream(db, self.source, stream.name)
            before, seen = None, 0
            while row is not None and seen < NEWEST and (rows := landing.newest(db, row.id, before, _PAGE)):
                yield from (read_payload(each.raw) for each in rows)
                before, seen = rows[-1].id, seen + len(rows)
        if seen >= NEWEST:
            self.notes.append(f"{stream.name}: of what is landed, the newest {NEWEST:,} records were looked at")

    def _count(self, draft: Draft) -> None:
        for name in (*_SECTIONS, "owner"):
            if value := _value(draft, name):
                self.used[name][value] += 1
        if stage := _value(draft, "stage"):
            self.used_stages[_value(draft, "pipeline") or "", stage] += 1

    def theirs(self) -> Theirs:
        """Put together what was gathered."""
        values = {section: tuple(self._values(name, section)) for name, section in _SECTIONS.items()}
        return Theirs(
            self.source,
            self.connector.title,
            tuple(self._pipelines()),
            tuple(self._owners()),
            {section: found for section, found in values.items() if found},
            tuple(self.fields),
            tuple(dict.fromkeys(self.notes)),
        )

    def _values(self, name: str, section: Section) -> Iterator[TheirValue]:
        offered = self.labels[section]
        found = [*offered, *(value for value, _ in self.used[name].most_common() if value not in offered)]
        if len(found) > MOST_VALUES:
            rest = "are taken as the mapping says" if section != "statuses" else "are held"
            self.notes.append(
                f"{section}: {len(found):,} different values, {MOST_VALUES} are listed; the others {rest}"
            )
        for value in found[:MOST_VALUES]:
            yield TheirValue(value, offered.get(value, ""), self.mapped.get((section, value)))

    def _owners(self) -> Iterator[TheirOwner]:
        yield from sorted(self.owners.values(), key=lambda each: (not each.active, each.name.casefold(), each.id))
        known = {*self.owners, *(each.email for each in self.owners.values())}
        for value, _ in self.used["owner"].most_common(MOST_VALUES):
            if value not in known:
                yield TheirOwner(value, "", value if "@" in value else None, listed=False)

    def _pipelines(self) -> Iterator[TheirPipeline]:
        found = [_pipeline(name, drafts) for name, drafts in self.pipelines.items()]
        known = {text for each in found for stage in each.stages for text in (stage.id, stage.name)}
        for (pipeline, stage), _ in self.used_stages.most_common(MOST_VALUES):
            if stage in known:
                continue
            known.add(stage)
            place = next((n for n, each in enumerate(found) if pipeline in {each.id, each.name}), 0)
            if not found:
                found.append(TheirPipeline(self.connector.title))
            found[place] = replace(found[place], stages=(*found[place].stages, TheirStage(stage, stage)))
        yield from found


def _pipeline(name: str, drafts: list[tuple[str, Draft]]) -> TheirPipeline:
    """Make a pipeline of its records: one with all its stages, or one for each stage, as Salesforce has them."""
    children = chain.from_iterable(draft.children.get("stages", ()) for _, draft in drafts)
    ordered = sorted(children, key=lambda child: child.fields.get("position") or 0)
    return TheirPipeline(name, drafts[0][0] if len(drafts) == 1 else None, tuple(map(_stage, ordered)))


def _stage(child: Draft) -> TheirStage:
    name, category = str(child.fields.get("name") or ""), child.fields.get("category")
    closed = category if category in CLOSED_CATEGORIES else None
    return TheirStage(child.outside_ids.get("id") or name, name, child.fields.get("likelihood"), closed)


def _value(draft: Draft, name: str) -> str | None:
    if name == "status":
        found = draft.fields.get(name) if draft.record_type == "lead" else None
        return found.strip() or None if isinstance(found, str) else None
    ref = draft.refs.get(name)
    return ref.value if ref is not None else None


def _choices_of(found: SourceField) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels = found.choice_labels if len(found.choice_labels) == len(found.choices) else ()
    return found.choices, tuple("" if plain(a) == plain(b) else a for a, b in zip(labels, found.choices, strict=False))


def _parsed(path: str) -> tuple[Any, ...]:
    try:
        return parse_path(path)
    except PathError:
        return (path,)


def _nested(path: tuple[Any, ...], value: str) -> JsonObject:
    """Make a record that has one value at a path of keys."""
    found: Any = value
    for key in reversed(path):
        if not isinstance(key, str):
            return {}
        found = {key: found}
    return found if isinstance(found, dict) else {}
