"""The admin's desk: which mappings there are, a new one from what a source holds, one tried on real records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from connectors.connector import SourceField, StreamKind
from connectors.errors import ConnectorError
from hub.activation import mapping_files, named_mapping
from hub.catalogue import opened
from hub.connecting import chosen_streams, open_connector
from hub.opening import MAPPINGS_FOLDER, Hub
from mappings.check import check_file, notes_of
from mappings.compile import compile_mapping
from mappings.errors import Fault
from mappings.file import MappingFile
from mappings.process import ProcessFile
from mappings.scaffold import new_mapping
from mappings.survivors import SurvivorsFile
from sell_model.draft import RecordType
from sell_model.errors import HubError, SetupError

_TARGET_OF: dict[StreamKind, RecordType] = {
    "users": "user",
    "pipelines": "pipeline",
    "companies": "contact",
    "people": "lead",
    "deals": "deal",
    "relations": "association",
    "activities": "note",
}


@dataclass(frozen=True, slots=True)
class MappingLine:
    """One mapping of the library."""

    name: str
    origin: str
    """`shipped`, `yours`, or `yours, over the shipped one`."""
    stream: str
    """Connector and stream; empty for a file that cannot be read."""
    target: str
    version: str
    """Empty for a file that cannot be used."""
    in_force_for: tuple[str, ...]
    """The sources of hub.toml that read by it."""


def listed(hub: Hub) -> list[MappingLine]:
    """List every mapping, and for which sources it is in force."""
    shipped = set(type(hub.library)(None).names())
    used = in_force(hub)
    return [_line(hub, hub.library.file(name), name in shipped, used.get(name, ())) for name in hub.library.names()]


def _line(hub: Hub, file: MappingFile, is_shipped: bool, used_by: Iterable[str]) -> MappingLine:
    origin = "shipped" if file.shipped else "yours, over the shipped one" if is_shipped else "yours"
    spec = file.spec
    try:
        version = compile_mapping(file, hub.context).version
    except SetupError:
        version = ""
    stream, target = (spec.from_, spec.to) if spec else ("", "")
    return MappingLine(file.name, origin, stream, target, version, tuple(used_by))


def in_force(hub: Hub) -> dict[str, list[str]]:
    """Tell which sources of hub.toml read by which mapping; a source that cannot be opened reads by none."""
    used: dict[str, list[str]] = {}
    for source, part in hub.settings.sources.items():
        try:
            with open_connector(hub, source) as connector:
                streams = chosen_streams(connector, part.streams)
            files = [file for stream in streams for file in mapping_files(hub, part, stream.name)]
        except (HubError, ConnectorError):
            continue  # `doctor` and `connector check` say what is wrong with it
        for file in files:
            used.setdefault(file.name, []).append(source)
    return used


@dataclass(frozen=True, slots=True)
class Checked:
    """A mapping or process file, or that of survivorship rules: what is wrong with it, and what it does not keep."""

    file: MappingFile | ProcessFile | SurvivorsFile
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]


def check(hub: Hub, names: Iterable[str] = ()) -> list[Checked]:
    """Check mappings by name or file; all of the library when none is named.

    Raises:
        SetupError: there is no mapping of a name.
    """
    files = [find(hub, name) for name in names] or [hub.library.file(name) for name in hub.library.names()]
    return [Checked(f, tuple(check_file(f, hub.context)), tuple(notes_of(f))) for f in files]


def find(hub: Hub, name: str) -> MappingFile:
    """Give a mapping by its name, by the path of its file, or by its stream when it has one target only.

    Raises:
        SetupError: there is none, or there are several.
    """
    if name.endswith((".yaml", ".yml")):
        path = next((p for p in (Path(name).expanduser(), hub.home / name) if p.is_file()), None)
        if path is None:
            raise SetupError(f"there is no file {name}", fix="check the path; sellhub map list names all mappings")
        return named_mapping(hub, str(path.resolve()))
    stream = re.fullmatch(r"([^./]+)\.([^./]+)", name)
    files = hub.library.for_stream(stream[1], stream[2]) if stream else []
    if len(files) > 1:
        raise SetupError(f"{name} has several mappings", fix=f"name one: {', '.join(f.name for f in files)}")
    return files[0] if files else hub.library.file(name)


@dataclass(frozen=True, slots=True)
class Written:
    """A mapping file that was just written."""

    path: Path
    name: str
    """As the library calls it; empty where it was written elsewhere."""
    target: RecordType
    fields: int
    """How many fields the source has."""
    covers: bool
    """Whether it stands over a shipped one of the same name."""
    faults: tuple[Fault, ...]


def write_new(
    hub: Hub, place: str, to: RecordType | None = None, out: Path | None = None, *, force: bool = False
) -> Written:
    """Write a mapping from the fields that a stream has: `SOURCE.STREAM` of hub.toml, or the path of a CSV file.

    Args:
        to: the record type to feed; None: by the kind of the stream, leads for people.
        out: where to write it; None: into the hub's own mappings, where the next sync finds it.
        force: replace a file that is there.

    Raises:
        SetupError: no such source, nothing to discover, or the file is there.
    """
    at = opened(hub, place)
    with at.connector as connector:
        stream = at.the_stream()
        fields = connector.discover(stream)
        kind = next(each.kind for each in connector.streams() if each.name == stream)
    _expect_fields(fields, place)
    target = to or _TARGET_OF[kind]
    # a spreadsheet's stream is called rows for every file: its mapping bears the source's or the file's name
    named = _plain(at.source) if connector.name == "csv" else stream
    name = f"{connector.name}/{named}.{target}"
    path = out or hub.home / MAPPINGS_FOLDER / f"{name}.yaml"
    shipped = type(hub.library)(None)
    beneath = shipped.file(name).spec if name in shipped.names() else None
    text = new_mapping(f"{connector.name}.{named}", fields, target, beneath)
    write_whole(path, text, force=force)
    covers = out is None and name in shipped.names()
    faults = tuple(check_file(MappingFile(path), hub.context))
    return Written(path, "" if out else name, target, len(fields), covers, faults)


def _expect_fields(fields: list[SourceField], place: str) -> None:
    if not fields:
        raise SetupError(
            f"{place} does not say which fields its records have",
            fix="write the mapping by hand from a record: sellhub connector pull, docs/mapping-language.md",
        )


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "rows"


def write_whole(path: Path, text: str, *, force: bool) -> None:
    """Write a file whole or not at all.

    Raises:
        SetupError: it is there and `force` is not set, or it cannot be written.
    """
    if path.exists() and not force:
        raise SetupError(f"{path} is there already", fix="give another place with --out, or replace it with --force")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}", fix="check the folder's rights") from error
