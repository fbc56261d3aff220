"""Writes a process file: an entry a line, why it was guessed beside it, what people remarked kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.marks import Loc, quoted
from mappings.process import SECTIONS, ProcessFile, Section
from mappings.proposal import Line

_HEADER = """\
# How the sales process of {source} ({title}) becomes ours. Written by: sellhub map process {source}
# Change what stands after `ours`. A "?" must be answered before the next sync. To check: sellhub map check {name}
# The same command again keeps your answers, adds what is new at the source and marks what is gone there.
"""
_ABOUT: dict[Section, str] = {
    "pipelines": "a pipeline of ours by its name, or {new: NAME}; a stage likewise, or "
    "{new: NAME, category: custom, likelihood: 40}",
    "statuses": "of leads: a status of ours, {new: NAME}, or hold",
    "owners": "a user by address, {pool: NAME}, leave (without an owner), or new (becomes a user)",
    "loss_reasons": "a loss reason of ours, {new: NAME}, or leave",
    "unqualified_reasons": "an unqualified reason of ours, {new: NAME}, or leave",
    "sources": "of leads and deals: a source of ours, {new: NAME}, or leave",
    "reads": "fields that no mapping reads: status, loss_reason, unqualified_reason, source, or leave",
}


_QUOTED = re.compile(r"""(?<![^\s,\[{:])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")
_REMARK = re.compile(r"\s#")


@dataclass(frozen=True, slots=True)
class Remarks:
    """What people wrote at an entry: whole lines above it, and behind what it becomes."""

    above: tuple[str, ...] = ()
    beside: str = ""


def text_of(
    source: str, title: str, lines: Sequence[Line], remarks: Mapping[tuple[str, ...], Remarks], header: str = ""
) -> str:
    """Write the file; beside each entry stands its reason.

    Args:
        title: of the vendor, as people call it.
        remarks: what stands at entries now, by `place_of`; what stands above them stays there.
        header: what stands above the first key now; empty: the usual one.
    """
    name = f"{source}.process"
    written = [(header or _HEADER.format(source=source, title=title, name=name)) + f"source: {quoted(source)}"]
    for section in SECTIONS:
        those = [line for line in lines if line.section == section]
        if those:
            written += ["", f"# {_ABOUT[section]}", f"{section}:"]
            written += [text for line in those for text in _entry(line, remarks)]
    return "\n".join(written) + "\n"


def place_of(line: Line, within: str = "") -> tuple[str, ...]:
    """Name an entry, so that its remarks are found again."""
    return line.section, within, str(line.facts.get("stream", "")), line.key


def _entry(line: Line, remarks: Mapping[tuple[str, ...], Remarks], within: str = "") -> Iterator[str]:
    found = remarks.get(place_of(line, within), Remarks())
    beside = f"  # {line.why}" if line.why else ""
    margin = "      " if within else "  "
    yield from (f"{margin}{text}" for text in found.above)
    if line.section != "pipelines":
        yield f"{margin}- {_flow({**line.facts, 'ours': line.ours})}{beside}"
        return
    said = [f"{key}: {_flow(value)}" for key, value in line.facts.items()]
    yield f"{margin}- {said[0]}"
    yield from (f"{margin}  {text}" for text in said[1:])
    yield f"{margin}  ours: {_flow(line.ours)}{beside}"
    if line.stages:
        yield f"{margin}  stages:"
    for stage in line.stages:
        yield from _entry(stage, remarks, line.key)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quoted(str(value))


def remarks_of(file: ProcessFile, text: str) -> dict[tuple[str, ...], Remarks]:
    """Read what people wrote at the entries of a file.

    Args:
        text: the file's text.
    """
    lines = text.splitlines()
    found: dict[tuple[str, ...], Remarks] = {}
    for section, loc, entry in file.spec.all() if file.spec is not None else ():
        within = file.spec.pipelines[int(loc[1])].key if section == "stages" and file.spec is not None else ""
        place = (section, within, str(getattr(entry, "stream", "")), entry.key)
        above = _above(lines, _line_of(file, loc) - 1)
        found[place] = Remarks(above, _comment(lines[_line_of(file, (*loc, "ours")) - 1]))
    return found


def remarked(line: Line, remarks: Mapping[tuple[str, ...], Remarks], within: str = "") -> Line:
    """Give a line whose answer stands with the remark that stands beside it as its reason."""
    found = remarks.get(place_of(line, within))
    why = found.beside if found is not None and line.state != "new" else line.why
    why = "" if why == line.outdated else why
    return replace(line, why=why, stages=tuple(remarked(each, remarks, line.key) for each in line.stages))


def header_of(text: str) -> str:
    """Give what stands above the first key of a file."""
    kept = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        kept.append(line)
    return "".join(f"{line}\n" for line in kept)


def _line_of(file: ProcessFile, loc: Loc) -> int:
    return file.fault(loc, "").line


def _above(lines: Sequence[str], at: int) -> tuple[str, ...]:
    first = at
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return tuple(line.strip() for line in lines[first:at])


def _comment(line: str) -> str:
    """Give the remark at a line's end: behind a # that stands after a blank and in no quotes."""
    blind = _QUOTED.sub(lambda found: "x" * len(found[0]), line)
    found = _REMARK.search(blind)
    return line[found.end() :].strip() if found else ""
