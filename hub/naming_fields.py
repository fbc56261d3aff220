"""Who names a custom field: smart lists, exit criteria, mappings, hub.toml; and their filters when it is renamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import orjson

from hub.filters import stored_filter
from hub.opening import Hub
from mappings.errors import MappingError
from sell_model.custom_fields import CUSTOM, CustomField
from sell_model.errors import SetupError
from sell_model.filters import Filter, comparisons, with_custom_field_renamed, with_value_renamed
from sell_model.filters.fields import RecordKind
from storage import custom_field_uses as uses
from storage.custom_field_uses import NamingList
from storage.hot import Writer

HUB_TOML = "hub.toml [hub] qualification"


@dataclass(frozen=True, slots=True)
class Naming:
    """The filters and lists of one record type that name a field, or a choice of it."""

    lists: list[NamingList]
    criteria: list[tuple[int, str, str]]
    """Of deals: stage id, its name, its exit criteria."""
    links: list[tuple[int, str, str]]
    """Smart links: id, name, template."""
    by_settings: bool
    """Whether hub.toml's qualification names it: that the hub cannot rewrite."""

    @property
    def names(self) -> list[str]:
        """What to call them."""
        named = [f"smart list {each.name!r}" for each in self.lists]
        named += [f"the exit criteria of stage {name!r}" for _, name, _ in self.criteria]
        named += [f"smart link {name!r}" for _, name, _ in self.links]
        return named + ([HUB_TOML] if self.by_settings else [])


@dataclass(frozen=True, slots=True)
class Filters:
    """Reads the stored filters of one record type, as they stand before something is renamed."""

    hub: Hub
    db: Writer
    field: CustomField

    def naming(self, choice: str | None = None) -> Naming:
        """Find who names the field; or this choice of it."""
        kind = self.field.record_type
        lists = [each for each in uses.smart_lists(self.db, kind) if self._is_in(each, choice)]
        stages = uses.exit_criteria(self.db) if kind == "deal" else []
        criteria = [each for each in stages if self._asks(each[2], choice)]
        qualification = self.hub.settings.hub.qualification if kind == "lead" else None
        templates = uses.link_templates(self.db, kind) if choice is None else []
        links = [each for each in templates if self._in_template.search(each[2])]
        return Naming(lists, criteria, links, self._asks(qualification, choice))

    @property
    def _in_template(self) -> re.Pattern[str]:
        quoted = "|".join(re.escape(q + self.field.name.replace(q, "\\" + q) + q) for q in "\"'")
        return re.compile(rf"custom_fields\[\s*(?:{quoted})\s*\]")

    def _is_in(self, each: NamingList, choice: str | None) -> bool:
        if self._asks(each.filter, choice):
            return True
        shown = (*each.columns, (each.sort or "").partition(":")[0])
        return choice is None and any(_bare(name) == self.field.name for name in shown)

    def _asks(self, text: str | None, choice: str | None) -> bool:
        tree = self._read(text)
        return tree is not None and any(
            test.field.custom == self.field.name and (choice is None or choice in test.values)
            for test in comparisons(tree)
        )

    def _read(self, text: str | None) -> Filter | None:
        if not text:
            return None
        kind: RecordKind = self.field.record_type  # type: ignore[assignment]
        try:
            return stored_filter(self.hub, self.db, kind, text)
        except SetupError:
            return None  # it could not be read before either: whoever runs it is told

    def rename(self, naming: Naming, name: str) -> None:
        """Let them name the field as it is called from now on."""
        self._rewrite(naming, lambda tree: with_custom_field_renamed(tree, self.field.name, name), name)
        called = f"custom_fields[{orjson.dumps(name).decode()}]"
        templates = [(id_, self._in_template.sub(lambda _: called, text)) for id_, _, text in naming.links]
        uses.save_templates(self.db, templates, self.hub.now())

    def rename_choice(self, naming: Naming, choice: str, new: str) -> None:
        """Let them name another choice in the place of one."""
        field = f"{CUSTOM}{self.field.name}"
        self._rewrite(naming, lambda tree: with_value_renamed(tree, field, choice, new), self.field.name)

    def _rewrite(self, naming: Naming, change: Callable[[Filter], Filter], name: str) -> None:
        def written(text: str | None) -> str | None:
            tree = self._read(text)
            return text if tree is None else str(change(tree))

        def called(shown: str) -> str:
            bare, sign, way = shown.partition(":")
            return f"{CUSTOM}{name}{sign}{way}" if _bare(bare) == self.field.name else shown

        lists = [
            replace(
                each,
                filter=written(each.filter),
                columns=tuple(called(column) for column in each.columns),
                sort=called(each.sort) if each.sort else each.sort,
            )
            for each in naming.lists
        ]
        uses.save_lists(self.db, lists, self.hub.now())
        criteria = [(id_, str(written(text))) for id_, _, text in naming.criteria]
        uses.save_criteria(self.db, criteria, self.hub.now())


def _bare(name: str) -> str:
    return name.removeprefix(CUSTOM)


def feeding(hub: Hub, db: Writer, field: CustomField) -> list[str]:
    """Name the mappings that came into force and feed a field, under today's name or a former one."""
    names = {field.name, *field.former_names}
    return [mapping for mapping, fed in _fed(hub, db, field.record_type) if fed & names]


def _fed(hub: Hub, db: Writer, record_type: str) -> Iterator[tuple[str, set[str]]]:
    known = set(hub.library.names())
    for name in uses.used_mappings(db):
        if name not in known:
            continue
        try:
            spec = hub.library.file(name).spec
        except MappingError:
            continue  # `map check` says what is wrong with it
        if spec is not None and spec.to == record_type:
            yield name, set(spec.custom_fields)
