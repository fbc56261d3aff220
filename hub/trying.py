"""Trying a mapping on real records: what the source holds beside what becomes of it. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Any

from connectors.connector import SourceRecord
from hub.again import landed_again
from hub.catalogue import first_records, opened
from hub.mapping_desk import find, in_force
from hub.opening import Hub
from hub.process_at_work import process_of
from hub.resolve import Resolver
from mappings.compile import Mapping, compile_mapping
from mappings.file import MappingFile
from mappings.language import FieldSpec, MappingSpec
from mappings.raw import Raw, named_specs
from sell_model.draft import Draft, Held, Reason, RecordType
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import landing, streams
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class TriedField:
    """One field: where it comes from, what stands there, what becomes of it."""

    field: str
    path: str
    value: Any
    result: Any


@dataclass(frozen=True, slots=True)
class Tried:
    """One record, field by field."""

    source_id: str
    outcome: str
    """`mapped`, `held` or `skipped`."""
    fields: tuple[TriedField, ...]
    reasons: tuple[Reason, ...]

    def to_json(self) -> JsonObject:
        """Give the object that `map try --json` prints."""
        return {**asdict(self), "reasons": [reason.to_json() for reason in self.reasons]}


@dataclass(frozen=True, slots=True)
class Trial:
    """A mapping tried on some records."""

    mapping: str
    target: RecordType
    origin: str
    """Where the records come from, in words."""
    records: tuple[Tried, ...]


def try_mapping(hub: Hub, name: str, sample: int, source: str | None = None) -> Trial:
    """Map some records, landed ones first, else read from the source.

    Args:
        name: of a mapping, or its file.
        source: a source of hub.toml, the name of an import, or a CSV file; None: any that the mapping reads.

    Raises:
        MappingError: the mapping cannot be used.
        SetupError: there are no records to try it on.
    """
    file = find(hub, name)
    compile_mapping(file, hub.context)
    if (spec := file.spec) is None:
        raise SetupError(f"{name} cannot be read", fix=f"sellhub map check {name}")
    told, at, records = _sample(hub, file, spec, sample, source)
    mapping = _as_in_sync(hub, file, at)
    with hub.store.rehearsal(), hub.store.write() as db:  # a source's name may be made anew on the way
        resolver = Resolver(db, at, hub.now())
        tried = tuple(_tried(mapping, spec, record, resolver) for record in records)
    return Trial(mapping.name, spec.to, told, tried)


def _as_in_sync(hub: Hub, file: MappingFile, source: str) -> Mapping:
    """Compile the mapping as a sync does: under the source's process file, if it has one."""
    with hub.store.read() as db:
        process = process_of(hub, db, source)
    return compile_mapping(file, hub.context, process.over if process else None)


def _tried(mapping: Mapping, spec: MappingSpec, record: SourceRecord, resolver: Resolver) -> Tried:
    outcome = mapping.apply(record.data)
    draft = outcome if isinstance(outcome, Draft) else None
    reasons = outcome.reasons if isinstance(outcome, Held) else _unresolved(draft, resolver) if draft else ()
    kind = "held" if reasons else "mapped" if draft else "skipped"
    return Tried(record.id, kind, tuple(_fields(spec, record.data, draft)), reasons)


def _unresolved(draft: Draft, resolver: Resolver) -> tuple[Reason, ...]:
    """Tell which references lead nowhere; what only waits for another record of the source is no fault."""
    resolver.prefetch([draft])
    return tuple(reason for reason in resolver.resolve(draft, {}).reasons if reason.code != "waiting")


def _fields(spec: MappingSpec, data: JsonObject, draft: Draft | None) -> Iterator[TriedField]:
    specs = named_specs(spec)
    read = Raw(specs, _finder(data) if spec.columns == "any_case" else lambda key: key)
    for name, field in specs.items():
        value, result = read(name, data), _result(draft, name) if draft else None
        if value is not None or result is not None:
            yield TriedField(name, _path(field), value, result)
    for name, children in (draft.children if draft else {}).items():
        yield TriedField(
            name, "", None, [child.fields or {r: v.value for r, v in child.refs.items()} for child in children]
        )


def _path(field: FieldSpec) -> str:
    return ", ".join(item if isinstance(item, str) else item.from_ for item in field.from_) or "const"


def _finder(data: JsonObject) -> Any:
    """Find a column whatever its capitals and blanks, as the mapping does."""
    folded = {" ".join(key.split()).casefold(): key for key in reversed(data)}
    return lambda key: folded.get(" ".join(key.split()).casefold())


def _result(draft: Draft, name: str) -> Any:
    if name == "updated_at":
        return draft.updated_at
    if name in draft.refs:
        return f"{draft.refs[name].lookup} {draft.refs[name].value}"
    if name.startswith("outside_ids."):
        return draft.outside_ids.get(name.removeprefix("outside_ids."))
    value: Any = draft.fields
    for part in name.split(".", 1):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _sample(
    hub: Hub, file: MappingFile, spec: MappingSpec, count: int, source: str | None
) -> tuple[str, str, list[SourceRecord]]:
    connector = spec.from_.partition(".")[0]
    named = [source] if source else in_force(hub).get(file.name, [])
    for name in named:
        with hub.store.read() as db:
            landed = _landed(db, name, spec, count)
        if landed:
            return f"{len(landed)} records landed from {name}", name, landed
    for name in named:
        records = _pulled(hub, name, spec, count)
        if records:
            return f"{len(records)} records read from {name}, nothing stored", name, records
    raise SetupError(
        f"there are no records to try {file.title} on",
        fix="name a CSV file or a source: --source FILE.csv"
        if connector == "csv"
        else f"add a source with connector = {connector!r} to hub.toml, or name one that has records: --source NAME",
    )


def _landed(db: Writer, source: str, spec: MappingSpec, count: int) -> list[SourceRecord]:
    """Give landed records, those that are held first: they are what a mapping is tried for."""
    connector, _, stream = spec.from_.partition(".")
    names = {stream, "rows", spec.to} if connector == "csv" else {stream}  # a spreadsheet's stream bears other names
    rows = [row for row in streams.streams_of(db, source) if row.connector == connector and row.name in names]
    found: dict[int, landing.LandedRow] = {}
    for row in rows:
        others = landing.outdated(db, row.id, "", 0, count)  # of any version: all that is landed
        found |= {each.id: each for each in chain(islice(landing.held_records(db, row.id), count), others)}
    return [landed_again(row) for row in islice(found.values(), count)]


def _pulled(hub: Hub, name: str, spec: MappingSpec, count: int) -> list[SourceRecord]:
    connector, _, stream = spec.from_.partition(".")
    at = opened(hub, name if connector == "csv" else f"{name}.{stream}")
    with at.connector as reading:
        return first_records(reading, at.the_stream(), count)
