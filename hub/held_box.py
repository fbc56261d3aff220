"""The held inbox: what could not be taken in, why, and what its payload says there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.activation import mapping_files
from hub.opening import Hub
from hub.settings import SourcePart
from mappings.paths import parse_path, path_reader
from mappings.raw import named_specs
from sell_model.draft import Reason
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import held_listing
from storage.held_listing import Cause, HeldRow, HeldStream
from storage.payloads import read_payload, storable_id


def causes(hub: Hub, source: str | None = None, code: str | None = None) -> list[Cause]:
    """Group what is held by cause, largest first, at most 100."""
    with hub.store.read() as db:
        return held_listing.causes(db, source, code)


def held_rows(hub: Hub, source: str | None, code: str | None, after: int, limit: int) -> list[HeldRow]:
    """List what is held one by one, oldest first."""
    with hub.store.read() as db:
        return held_listing.held_rows(db, source, code, after, limit)


def find(hub: Hub, text: str) -> list[HeldRow]:
    """Find what is held by its number, or by the source record's name: `SOURCE.STREAM:SOURCE_ID`.

    Raises:
        SetupError: nothing is held under that number or name.
    """
    place, _, source_id = text.partition(":")
    source, _, stream = place.rpartition(".")
    with hub.store.read() as db:
        if text.isdigit():
            row = held_listing.held_by_id(db, int(text)) if len(text) < 19 else None
            found = held_listing.held_by_name(db, row.source, row.stream, row.source_id) if row else []
        else:
            known = all(map(storable_id, (source, stream, source_id)))  # asking for another would end in the driver
            found = held_listing.held_by_name(db, source, stream, source_id) if known else []
    if not found:
        raise SetupError(
            f"nothing is held as {text!r}; it may have been taken in since",
            fix="sellhub held list --all shows the numbers; a record is named SOURCE.STREAM:ID",
        )
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """What the payload holds where a field is read from."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A held source record: every reason, and what its payload says there."""

    rows: list[HeldRow]
    raw: JsonObject

    def places(self, hub: Hub, row: HeldRow, reason: Reason) -> list[Place]:
        """Give the paths that the mapping reads a field from, with what stands there.

        Without a mapping that says so it is the payload's own field of that name, if there is one.
        """
        paths = _paths(hub, row, reason.field) or ([reason.field] if reason.field else [])
        found = [Place(path, _value_at(self.raw, path)) for path in paths]
        return [place for place in found if place.value is not None] or found[:1]

    def to_json(self, hub: Hub) -> JsonObject:
        """Give the object that `held show --json` prints."""
        first = self.rows[0]
        held = [
            {
                "id": row.id,
                "mapping": row.mapping,
                "held_at": row.held_at,
                "run": row.run_id,
                "reasons": [
                    {**reason.to_json(), "raw": {p.path: p.value for p in self.places(hub, row, reason)}}
                    for reason in row.reasons
                ],
            }
            for row in self.rows
        ]
        return {"record": first.name, "source": first.source, "stream": first.stream, "source_id": first.source_id} | {
            "held": held,
            "raw": self.raw,
        }


def show(hub: Hub, text: str) -> HeldRecord:
    """Give a held source record with its payload.

    Raises:
        SetupError: nothing is held under that number or name.
    """
    rows = find(hub, text)
    with hub.store.read() as db:
        return HeldRecord(rows, read_payload(held_listing.raw_of(db, rows[0].source_record_id)))


def _paths(hub: Hub, row: HeldRow, field: str) -> list[str]:
    with hub.store.read() as db:
        stream = next((s for s in held_listing.held_streams(db, row.source) if s.name == row.stream), None)
    if stream is None:
        return []
    try:
        files = mapping_files(hub, _part(hub, row.source, stream), stream.name)
    except SetupError:
        return []  # the mapping is gone or broken: the payload alone is shown
    spec = next((file.spec for file in files if file.name == row.mapping.partition("#")[0]), None)
    entry = named_specs(spec).get(field) if spec else None
    return [item if isinstance(item, str) else item.from_ for item in entry.from_] if entry else []


def _value_at(raw: JsonObject, path: str) -> Any:
    if path in raw:
        return raw[path]
    by_folded = {" ".join(key.split()).casefold(): value for key, value in raw.items()}
    found = by_folded.get(" ".join(path.split()).casefold())
    return found if found is not None else path_reader(parse_path(path))(raw)


def as_read(hub: Hub, source: str, stream: HeldStream) -> Hub:
    """Give the hub with a source as it was read: an import's own mapping and pool, or what hub.toml says."""
    return hub.with_source(source, _part(hub, source, stream))


def _part(hub: Hub, source: str, stream: HeldStream) -> SourcePart:
    """Say how a stream is read: as hub.toml has it, or as the import did that brought it."""
    standing = hub.settings.sources.get(source)
    if "mapping" in stream.remembered:
        mapping, pool = stream.remembered["mapping"], stream.remembered.get("pool")
        return SourcePart(connector="csv", mapping=mapping, pool=pool, priority=standing.priority if standing else 0)
    if standing is not None:
        return standing
    return SourcePart(connector=stream.connector, mapping=stream.mapping if stream.connector == "csv" else None)
