"""The mappings in force for a stream, and what their coming into force defines."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from hub import process_at_work
from hub.field_definitions import define_fields
from hub.open_fields import both, open_fields
from hub.opening import MAPPINGS_FOLDER, Hub
from hub.settings import SourcePart
from mappings.compile import Mapping, compile_mapping
from mappings.file import MappingFile
from mappings.process_in_force import Process
from sell_model.draft import Draft, Held, Outcome, Reason
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import definitions
from storage.hot import Writer

_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Desk:
    """The compiled mappings of a stream."""

    mappings: tuple[Mapping, ...]
    version: str
    """Changes when any of them changes its meaning."""
    process: Process | None = None
    """What the source's process file says, where there is one."""

    def apply(
        self, source_id: str, data: JsonObject, raw: bytes, chosen: Collection[str] = ()
    ) -> Iterator[tuple[str, Outcome]]:
        """Map a record's payload by each mapping; `raw` is its JSON.

        Args:
            chosen: mappings by which somebody took the record in by hand, whatever their `only_if` says.
        """
        if _NUL in raw and (place := _nul_in(data)):
            for mapping in self.mappings:
                yield mapping.name, Held((_nul_reason(*place),))
            return
        for mapping in self.mappings:
            outcome = mapping.apply(data, chosen=mapping.name in chosen)
            yield mapping.name, outcome if self.process is None else self.process.judged(outcome, source_id)

    @property
    def hears_gone(self) -> bool:
        """Whether a record that is gone may still say something of a person whom it does not feed."""
        return any(mapping.record_type == "tagging" for mapping in self.mappings)

    def taggings(self, source_id: str, data: JsonObject, raw: bytes) -> dict[str, Draft]:
        """Map a record that is gone: of it only what it says beside others is heard."""
        outcomes = dict(self.apply(source_id, data, raw))
        return {n: o for n, o in outcomes.items() if isinstance(o, Draft) and o.record_type == "tagging"}


def desk_of(hub: Hub, db: Writer, source: str, part: SourcePart, stream: str) -> Desk:
    """Compile a stream's mappings, under the source's process file if it has one, and define what they feed.

    Raises:
        SetupError: there is no mapping for the stream, or one that is not right, or the process file is not.
    """
    files = mapping_files(hub, part, stream)
    process = process_at_work.in_force(hub, db, source)
    over = both(process.over if process else None, open_fields(db, part))
    compiled = tuple(compile_mapping(file, hub.context, over) for file in files)
    for file, mapping in zip(files, compiled, strict=True):
        definitions.activate(db, mapping.name, mapping.version, file.path.read_text(encoding="utf-8"), hub.now())
    define_fields(hub, db, compiled)
    meaning = [f"{mapping.name} {mapping.version}" for mapping in compiled]
    meaning += [said for mapping in compiled if process and (said := process.meaning(mapping.record_type))]
    return Desk(compiled, sha256("\n".join(meaning).encode("utf-8", "backslashreplace")).hexdigest()[:16], process)


def mapping_files(hub: Hub, part: SourcePart, stream: str) -> list[MappingFile]:
    """Give the files that read a stream: the source's own `mapping`, else those named after the stream.

    A spreadsheet holds one kind of record; without a `mapping` its rows are leads.

    Raises:
        SetupError: there is none.
    """
    named = part.mapping or ("csv/rows.lead" if part.connector == "csv" else None)
    if named is not None:
        return [named_mapping(hub, named)]
    files = hub.library.for_stream(part.connector, stream)
    if not files:
        raise SetupError(
            f"no mapping reads {part.connector}.{stream}",
            fix=f"write one: sellhub map new {part.connector}.{stream}",
        )
    return files


def named_mapping(hub: Hub, name: str) -> MappingFile:
    """Give a mapping by its name in the library, or by the path of its file.

    Raises:
        SetupError: there is none of that name.
    """
    path = hub.home / name
    if name.endswith((".yaml", ".yml")) and path.is_file():
        inside = path.resolve().is_relative_to((hub.home / MAPPINGS_FOLDER).resolve())
        return MappingFile(path, f"{path.parent.name}/{path.stem}" if inside else "", shipped=False)
    return hub.library.file(name.removesuffix(".yaml"))


def _nul_in(value: Any, path: str = "") -> tuple[str, str] | None:
    """Find the first text with a NUL character, which no database field can hold."""
    if isinstance(value, str):
        return (path, value) if "\x00" in value else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if found := _nul_in(inner, f"{path}.{key}" if path else str(key)):
            return found
    return None


def _nul_reason(path: str, value: str) -> Reason:
    return Reason(
        path,
        value.replace("\x00", "␀")[:200],
        "contains a NUL character, which cannot be stored as text",
        "remove it at the source; the file or the program that wrote it is likely damaged",
        "nul",
    )
