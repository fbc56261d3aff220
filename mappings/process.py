"""The process file of a source: how its pipelines, statuses, owners, reasons and sources become ours.

One entry for each of theirs, with what it becomes as `ours`: a name of ours, `{new: NAME}`, `{pool: NAME}`,
`leave`, `hold`, or `"?"` as long as nobody has decided. See docs/map-a-process.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from mappings.file import LanguageFile
from mappings.language import Language
from mappings.marks import Loc
from mappings.values import as_text
from sell_model.errors import RecordError

OPEN = "?"
SUFFIX = ".process.yaml"

Section: TypeAlias = Literal[
    "pipelines", "stages", "statuses", "owners", "loss_reasons", "unqualified_reasons", "sources", "reads"
]
SECTIONS: tuple[Section, ...] = (
    "pipelines",
    "statuses",
    "owners",
    "loss_reasons",
    "unqualified_reasons",
    "sources",
    "reads",
)
"""In the order of the file; stages stand in their pipelines."""
SINGULAR: dict[Section, str] = {
    "pipelines": "pipeline",
    "stages": "stage",
    "statuses": "status",
    "owners": "owner",
    "loss_reasons": "loss reason",
    "unqualified_reasons": "unqualified reason",
    "sources": "source",
    "reads": "field",
}


def _text(value: Any) -> Any:
    """Take a number or a truth value as the text that stands in the file: ids look like numbers."""
    try:
        return as_text(value)
    except RecordError:
        return value


_Text: TypeAlias = Annotated[str, BeforeValidator(_text)]


class Entry(Language):
    """One of theirs, and what it becomes."""

    theirs: _Text = Field(description="As the source calls it; of statuses, reasons, sources: the value in its records")
    ours: Any = Field(description="What it becomes")
    gone: bool = Field(False, description="The source has it no more")

    @property
    def key(self) -> str:
        """By what the source's records point to it."""
        return self.theirs


class _WithId(Entry):
    id: _Text | None = Field(None, description="The source's own id, where it has one beside the name")

    @property
    def key(self) -> str:
        """By what the source's records point to it."""
        return self.id or self.theirs


class StageEntry(_WithId):
    """A stage of theirs."""

    likelihood: int | None = Field(None, description="Percent, as the source has it")
    closed: Literal["won", "lost", "unqualified"] | None = Field(None, description="The outcome, where it is one")


class PipelineEntry(_WithId):
    """A pipeline of theirs."""

    stages: list[StageEntry] = Field(default_factory=list)


class OwnerEntry(_WithId):
    """An owner of theirs."""

    email: _Text | None = None
    active: bool = Field(True, description="Whether they still work there")


class ValueEntry(Entry):
    """A value in their records: a status, a reason, a source."""

    label: _Text | None = Field(None, description="What people see for it, where that differs")


class ReadEntry(Entry):
    """A field of theirs that no mapping reads."""

    stream: str = Field(description="The source's stream whose records have it")
    label: _Text | None = None


class ProcessSpec(Language):
    """A whole process file."""

    source: str = Field(description="The source in hub.toml")
    pipelines: list[PipelineEntry] = Field(default_factory=list)
    statuses: list[ValueEntry] = Field(default_factory=list)
    owners: list[OwnerEntry] = Field(default_factory=list)
    loss_reasons: list[ValueEntry] = Field(default_factory=list)
    unqualified_reasons: list[ValueEntry] = Field(default_factory=list)
    sources: list[ValueEntry] = Field(default_factory=list)
    reads: list[ReadEntry] = Field(default_factory=list)

    def entries(self, section: Section) -> Sequence[Entry]:
        """Give the entries of a section."""
        found: Sequence[Entry] = getattr(self, section)
        return found

    def all(self) -> Iterator[tuple[Section, Loc, Entry]]:
        """Go through every entry with its section and its place in the file, stages behind their pipeline."""
        for section in SECTIONS:
            for place, entry in enumerate(self.entries(section)):
                yield section, (section, place), entry
                for inner, stage in enumerate(entry.stages if isinstance(entry, PipelineEntry) else ()):
                    yield "stages", (section, place, "stages", inner), stage


class ProcessFile(LanguageFile[ProcessSpec]):
    """A source's process file."""

    language = ProcessSpec
    keys = frozenset(
        name
        for model in (ProcessSpec, PipelineEntry, StageEntry, OwnerEntry, ValueEntry, ReadEntry)
        for name in model.model_fields
    )


def file_name(source: str) -> str:
    """Give the name of a source's process file."""
    return f"{source.replace('/', '_')}{SUFFIX}"


def process_file(folder: Path, source: str) -> ProcessFile:
    """Give a source's process file within the folder of the hub's own mappings; it need not be there."""
    return ProcessFile(folder / file_name(source), f"{source}{SUFFIX.removesuffix('.yaml')}")


AnswerKind: TypeAlias = Literal["open", "name", "new", "pool", "leave", "hold"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of theirs becomes, read from `ours`."""

    kind: AnswerKind
    name: str = ""
    category: str | None = None
    likelihood: int | None = None


ALLOWED: dict[Section, tuple[AnswerKind, ...]] = {
    "pipelines": ("open", "name", "new"),
    "stages": ("open", "name", "new"),
    "statuses": ("open", "name", "new", "hold"),
    "owners": ("open", "name", "new", "pool", "leave"),
    "loss_reasons": ("open", "name", "new", "leave"),
    "unqualified_reasons": ("open", "name", "new", "leave"),
    "sources": ("open", "name", "new", "leave"),
    "reads": ("open", "name", "leave"),
}
"""What `ours` may be in each section."""


def answer(section: Section, ours: Any) -> Answer | None:
    """Read an entry's `ours`; None: it cannot be that.

    >>> answer("statuses", "hold"), answer("owners", {"pool": "Inbound"}).name
    (Answer(kind='hold', name='', category=None, likelihood=None), 'Inbound')
    """
    found = _object(section, ours) if isinstance(ours, dict) else _word(section, ours)
    return found if found is not None and found.kind in ALLOWED[section] else None


def _word(section: Section, ours: Any) -> Answer | None:
    text = _text(ours)
    if not isinstance(text, str) or not text.strip():
        return None
    text = text.strip()
    if text == OPEN:
        return Answer("open")
    if text == "new" and section == "owners":
        return Answer("new")
    for word in ("leave", "hold"):
        if text == word and word in ALLOWED[section]:
            return Answer(word)
    return Answer("name", text)


def _object(section: Section, ours: dict[str, Any]) -> Answer | None:
    if set(ours) == {"pool"}:
        name = _text(ours["pool"])
        return Answer("pool", name) if isinstance(name, str) and name else None
    more = {"category", "likelihood"} if section == "stages" else set()
    name = _text(ours.get("new"))
    if section == "owners" or not isinstance(name, str) or not name.strip() or not set(ours) <= {"new", *more}:
        return None
    likelihood, category = ours.get("likelihood"), ours.get("category")
    whole = likelihood is None or (type(likelihood) is int and 0 <= likelihood <= 100)
    return Answer("new", name.strip(), category, likelihood) if whole else None
