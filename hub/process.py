"""A source's process file: proposed from what the source has, kept up with it, checked. See hub/process_at_work.py."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.mapping_desk import Checked, write_whole
from hub.opening import MAPPINGS_FOLDER, Hub
from hub.process_at_work import file_of, our_process
from hub.process_reading import read_theirs
from mappings.errors import Fault, MappingError
from mappings.process import SUFFIX, ProcessFile, ProcessSpec, answer
from mappings.process_guess import TheirField
from mappings.process_rules import faults_of, wrong_answers
from mappings.process_text import header_of, remarked, remarks_of, text_of
from mappings.proposal import Line, all_lines, propose
from sell_model.errors import SetupError
from sell_model.types import JsonObject


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a source's process becomes ours, as the file says it now."""

    source: str
    title: str
    """Of the vendor, as people call it."""
    path: Path
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    """What could not be read, in words."""
    faults: tuple[Fault, ...]
    """What people answered that cannot be: it names what is not there."""
    diff: tuple[str, ...]
    """The lines of the file that came (+) and went (-); every line of a new one is left out."""
    is_new: bool
    written: bool

    @property
    def open(self) -> list[Line]:
        """What nobody has decided yet."""
        return [line for line in all_lines(self.lines) if line.is_open]

    def to_json(self) -> JsonObject:
        """Give the object that `map process --json` prints."""
        of: dict[str, list[JsonObject]] = {}
        for line in self.lines:
            of.setdefault(line.section, []).append(line.to_json())
        reasons = [
            {"of": name.removesuffix("_reasons"), **each}
            for name in ("loss_reasons", "unqualified_reasons")
            for each in of.get(name, [])
        ]
        sections = {name: of.get(name, []) for name in ("pipelines", "statuses", "owners")}
        return {
            "source": self.source,
            "file": str(self.path),
            **sections,
            "reasons": reasons,
            "sources": of.get("sources", []),
            "reads": of.get("reads", []),
            "unmapped": [_unmapped(line) for line in self.open],
            "faults": [fault.to_json() for fault in self.faults],
            "notes": list(self.notes),
            "diff": list(self.diff),
            "written": self.written,
        }


def _unmapped(line: Line) -> JsonObject:
    within: dict[str, Any] = {"pipeline": line.within} if line.within else {}
    return {"kind": line.title.partition(" ")[0], **line.facts, **within, "text": line.title, "why": line.why}


def propose_process(hub: Hub, source: str, *, dry_run: bool = False) -> Proposal:
    """Propose how a source's process becomes ours, and write it to its process file; answers there stay.

    The source is only read; of the hub's records nothing is changed.

    Raises:
        MappingError: the file that is there cannot be read.
        SetupError, ConnectorError: no such source, or it cannot be read.
    """
    hub.settings.source(source)
    file = file_of(hub, source)
    before = _standing_text(file)
    theirs = read_theirs(hub, source, _reads(file.spec if before is not None else None))
    with hub.store.read() as db:
        ours = our_process(db)
    remarks = remarks_of(file, before) if before is not None else {}
    lines = [remarked(line, remarks) for line in propose(theirs, ours, file.spec if before is not None else None)]
    text = text_of(source, theirs.title, lines, remarks, header_of(before or ""))
    changed = text != before and bool(lines or before)
    if changed and not dry_run:
        write_whole(file.path, text, force=True)
    return Proposal(
        source,
        theirs.title,
        file.path,
        tuple(lines),
        theirs.notes,
        tuple(wrong_answers(text, file, ours)) if lines else (),
        tuple(_diff(before, text)) if before is not None else (),
        before is None,
        changed and not dry_run,
    )


def _standing_text(file: ProcessFile) -> str | None:
    if not file.path.exists():
        return None
    if file.spec is None:
        raise MappingError(file.faults, fix=f"correct it, or move {file.path} away and propose anew")
    return file.path.read_text(encoding="utf-8")


def _reads(spec: ProcessSpec | None) -> list[TheirField]:
    """Give the fields that the file has read; one that it leaves feeds nothing."""
    found = []
    for entry in spec.reads if spec is not None else ():
        becomes = answer("reads", entry.ours)
        feeds = becomes.name if becomes is not None and becomes.kind == "name" else ""
        found.append(TheirField(entry.stream, entry.theirs, entry.label or "", feeds))
    return found


def _diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@")) and line not in {"+", "-"}]


def check_processes(hub: Hub, names: Sequence[str] = (), *, alone: bool = False) -> list[Checked]:
    """Check process files by `SOURCE.process` or by file; all of them when none is named.

    Args:
        alone: look nothing up in the database.

    Raises:
        SetupError: there is no such file.
    """
    files = [_find(hub, name) for name in names] or _all(hub)
    ours = None
    if files and not alone:
        with hub.store.read() as db:
            ours = our_process(db)
    return [Checked(file, tuple(faults_of(file, ours)), ()) for file in files]


def is_process(name: str) -> bool:
    """Whether a name, as `map check` is given it, means a process file."""
    return name.endswith((SUFFIX, SUFFIX.removesuffix(".yaml")))


def _find(hub: Hub, name: str) -> ProcessFile:
    path = Path(name).expanduser()
    if path.is_file():
        return ProcessFile(path.resolve(), path.name.removesuffix(".yaml"))
    source = Path(name).name.removesuffix(".yaml").removesuffix(SUFFIX.removesuffix(".yaml"))
    file = file_of(hub, source)
    if not file.path.exists():
        raise SetupError(f"there is no file {file.path}", fix=f"propose one: sellhub map process {source}")
    return file


def _all(hub: Hub) -> list[ProcessFile]:
    folder = hub.home / MAPPINGS_FOLDER
    return [ProcessFile(path, path.name.removesuffix(".yaml")) for path in sorted(folder.glob(f"*{SUFFIX}"))]
