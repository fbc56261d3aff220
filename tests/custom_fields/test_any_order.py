"""Edits, releases, syncs, renamings in any order: a record is a pure function of what sources say and people set."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import custom_fields
from hub.by_hand import by_hand
from hub.editing import Editing, edit
from hub.importing import Import, import_file
from hub.opening import Hub
from storage import canonical
from tests.conftest import OpenHub

MAPPING = """
from: csv.rows
to: lead
id: id
fields:
  last_name: Name
  email: Email
  title: Title
  tags: {from: Tags, steps: [{split: ";"}]}
custom_fields:
  Budget: {from: Budget, type: number}
"""
NAMES = ("Budget", "Money", "Cash")
_NUMBER = count(1)

_titles = st.sampled_from(["", "CTO", "CEO"])
_tags = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3)
_budgets = st.sampled_from(["", "10", "20"])
_syncs = st.tuples(st.just("sync"), st.sampled_from(["one", "two"]), _titles, _tags, _budgets)
_edits = st.tuples(st.just("edit"), st.fixed_dictionaries({}, optional={"title": _titles, "Budget": _budgets}))
_tagged = st.tuples(st.just("tag"), _tags, _tags)
_releases = st.tuples(st.just("release"), st.sampled_from(["title", "Budget", "tags"]))
_renames = st.tuples(st.just("rename"), st.sampled_from(NAMES))
_steps = st.lists(st.one_of(_syncs, _edits, _tagged, _releases, _renames), max_size=8)


@dataclass(slots=True)
class Model:
    """What one lead must be: told from the words of its sources and the edits, by rules of its own."""

    said: dict[str, tuple[str, list[str], str]] = field(default_factory=dict)
    """Source → title, tags, budget; the last that said something new comes last."""
    held: dict[str, str | None] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def hear(self, source: str, word: tuple[str, list[str], str]) -> None:
        """A source says something; the same again is no news."""
        if self.said.get(source) != word:
            self.said.pop(source, None)
            self.said[source] = word

    def newest(self, place: int) -> Any:
        """The last word that is not blank."""
        return next((word[place] for word in reversed(self.said.values()) if word[place]), None)

    @property
    def record(self) -> tuple[Any, ...]:
        """Title, budget, tags."""
        title = self.held["title"] if "title" in self.held else self.newest(0)
        budget = self.held["Budget"] if "Budget" in self.held else self.newest(2)
        tags = {tag for _, given_, _ in self.said.values() for tag in given_}
        return title, budget, (tags - set(self.removed)) | set(self.added)


@dataclass(slots=True)
class World:
    """A hub with one lead, and what that must be."""

    hub: Hub
    key: int
    model: Model = field(default_factory=Model)

    def sync(self, source: str, title: str, tags: list[str], budget: str) -> None:
        path = self.hub.home / "leads.csv"
        words = (str(self.key), f"Last{self.key}", f"p{self.key}@x.example", title, ";".join(tags), budget)
        path.write_text(f"id,Name,Email,Title,Tags,Budget\n{','.join(words)}\n", encoding="utf-8")
        import_file(self.hub, Import(path, source=source))
        self.model.hear(source, (title, tags, budget))

    def edit(self, said: dict[str, str]) -> None:
        if said:
            words = {self.called if name == "Budget" else name: value for name, value in said.items()}
            edit(self.hub, Editing("lead", self.id, words))
            self.model.held |= {name: value or None for name, value in said.items()}

    def tag(self, added: list[str], removed: list[str]) -> None:
        removed = [tag for tag in removed if tag not in added]
        if added or removed:
            edit(self.hub, Editing("lead", self.id, add_tags=added, remove_tags=removed))
            self.model.added = [*(t for t in self.model.added if t not in removed), *added]
            self.model.removed = [*(t for t in self.model.removed if t not in added), *removed]

    def release(self, name: str) -> None:
        held = self.model.held.keys() | ({"tags"} if self.model.added or self.model.removed else set())
        if name in held:
            edit(self.hub, Editing("lead", self.id, release=[self.called if name == "Budget" else name]))
        self.model.held.pop(name, None)
        if name == "tags":
            self.model.added, self.model.removed = [], []

    def rename(self, name: str) -> None:
        custom_fields.rename(self.hub, self.called, name)

    @property
    def called(self) -> str:
        """What the field is called now."""
        return custom_fields.list_fields(self.hub, "lead")[0].name

    @property
    def id(self) -> int:
        """The lead's id."""
        with self.hub.store.read() as db:
            found: int = db.select("SELECT id FROM lead WHERE last_name = ?", (f"Last{self.key}",))[0][0]
            return found

    @property
    def row(self) -> canonical.CanonicalRow:
        """The lead as it stands."""
        with self.hub.store.read() as db:
            return canonical.load(db, "lead", [self.id])[self.id]

    def check(self) -> None:
        """It is what it must be; computed anew from all that is stored it is the same, at the same version."""
        row = self.row
        assert (
            row["title"],
            (row["custom_fields"] or {}).get(self.called),
            set(row["tags"] or ()),
        ) == self.model.record
        assert set(row["custom_fields"] or {}) <= {self.called}
        with by_hand(self.hub, "check") as hand:
            hand.recompute([("lead", self.id)])
        assert self.row == row


@pytest.fixture
def hub(opened: OpenHub) -> Hub:
    """A hub whose spreadsheets feed a custom field."""
    made = opened()
    path = made.home / "mappings" / "csv" / "rows.lead.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(MAPPING, encoding="utf-8")
    return made


def test_a_record_is_what_sources_say_and_people_set_in_any_order(hub: Hub) -> None:
    """Each example is another lead of the same hub; the field is called as the last example left it."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_steps)
    def runs(steps: list[Any]) -> None:
        world = World(hub, next(_NUMBER))
        world.sync("one", "CTO", ["a"], "10")
        for name, *words in steps:
            before = world.row["version"]
            getattr(world, name)(*words)
            assert world.row["version"] >= before
        world.check()

    runs()
