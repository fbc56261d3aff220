"""Importing a file once: the same path as a sync, under a name of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, TypeAlias

from hub.activation import desk_of
from hub.connecting import make_connector
from hub.opening import Hub
from hub.reports import StreamReport
from hub.runs import Options
from hub.settings import SourcePart
from hub.sync import sync_source

ImportAs: TypeAlias = Literal["lead", "contact", "deal"]
Existing: TypeAlias = Literal["update", "skip", "overwrite"]


@dataclass(frozen=True, slots=True)
class Import:
    """What a person asked for when importing a file.

    Attributes:
        mapping: name or file of a mapping; None: Sell's import columns for `kind`.
        source: under which name its records are kept; the file's own name plays no part, so that the
            same list under another file name is still the same list.
        pool: deals out what has no owner.
        existing: what becomes of records that are there: `update` them, `skip` them, or `overwrite`
            whatever other sources say.
    """

    path: Path
    kind: ImportAs = "lead"
    mapping: str | None = None
    source: str = "csv"
    pool: str | None = None
    existing: Existing = "update"
    limit: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    id_column: str | None = None

    @property
    def stream(self) -> str:
        """Under which name the file's rows are kept within the source.

        Rows read by a mapping of one's own are a stream of their own: another mapping for the same
        stream would be taken for a changed one, and all its rows mapped again.
        """
        if self.mapping is None or self.mapping == f"csv/rows.{self.kind}":
            return self.kind
        return PurePath(self.mapping.removesuffix(".yaml").removesuffix(".yml")).name


def import_file(hub: Hub, wanted: Import) -> list[StreamReport]:
    """Import a file; columns that the mapping does not read are said in a notice.

    Raises:
        SetupError: the file cannot be read, or the mapping is not right.
    """
    with_file = hub.with_source(wanted.source, _part(wanted))
    options = Options(
        limit=wanted.limit, existing=wanted.existing, kind="import", full=False, remembered=_remembered(wanted)
    )
    settings = {
        name: value for name in ("encoding", "delimiter", "id_column") if (value := getattr(wanted, name)) is not None
    }
    connector = make_connector(
        with_file,
        "csv",
        f"import of {wanted.path.name}",
        {"path": str(wanted.path.resolve()), "stream": wanted.stream, **settings},
    )
    unread = unread_columns(with_file, wanted, [f.path for f in connector.discover(wanted.stream)])
    reports = sync_source(with_file, wanted.source, options, connector)
    if unread:
        columns = ", ".join(unread)
        for report in reports:
            report.notices.append(f"columns that the mapping does not read: {columns}")
    return reports


def _part(wanted: Import) -> SourcePart:
    mapping = wanted.mapping or f"csv/rows.{wanted.kind}"
    return SourcePart(connector="csv", mapping=mapping, pool=wanted.pool)


def _remembered(wanted: Import) -> dict[str, str | None]:
    """What a replay of held rows needs to map and deal them out as the import did."""
    return {"mapping": wanted.mapping or f"csv/rows.{wanted.kind}", "pool": wanted.pool, "file": wanted.path.name}


def unread_columns(hub: Hub, wanted: Import, paths: list[str]) -> list[str]:
    """Name the columns of a file that its mapping leaves out."""
    header = {path.strip('"').replace('\\"', '"').replace("\\\\", "\\"): "" for path in paths}
    with hub.store.write() as db:
        desk = desk_of(hub, db, wanted.source, hub.settings.sources[wanted.source], wanted.stream)
    return [column for mapping in desk.mappings for column in mapping.unused(header)]
