"""Smart lists that are kept: saved by people, private or shared; and the templates that everybody has."""

from __future__ import annotations

import difflib
from contextlib import nullcontext
from dataclasses import replace

from hub.opening import Hub
from sell_model import plans
from sell_model.errors import SetupError
from sell_model.filters.fields import RecordKind
from sell_model.list_templates import TEMPLATES, ListTemplate
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import custom_fields, roster, smart_lists
from storage.hot import Writer
from storage.smart_lists import SmartListRow

TEMPLATE = "template"
"""Whose the shipped lists are."""


def visible(db: Writer, name: str, kind: RecordKind | None, who: str) -> SmartListRow:
    """Find a list that somebody may see, or a template, by name, whatever its case.

    Raises:
        SetupError: there is none; or several record types have one of that name.
    """
    found = [row for row in smart_lists.called(db, name, kind) if row.is_seen_by(who)]
    templates = [t for t in TEMPLATES if t.name.lower() == name.lower() and kind in {None, t.record_type}]
    found += [_of_template(t) for t in templates if all(t.record_type != row.record_type for row in found)]
    if len(found) == 1:
        return found[0]
    if found:
        kinds = " or ".join(f"--of {row.record_type}" for row in found)
        raise SetupError(f"several lists are called {name!r}", fix=f"say which: {kinds}")
    raise _unknown(db, name, kind, who)


def _unknown(db: Writer, name: str, kind: RecordKind | None, who: str) -> SetupError:
    known = [row.name for row in seen(db, who) if kind in {None, row.record_type}]
    known += [t.name for t in TEMPLATES if kind in {None, t.record_type}]
    near = difflib.get_close_matches(name, known, 1)
    of = f" of {kind}s" if kind else ""
    return SetupError(
        f"there is no list{of} called {name!r}" + (f"; nearest: {near[0]}" if near else ""),
        fix="see them: sellhub list list, sellhub list templates",
    )


def _of_template(template: ListTemplate) -> SmartListRow:
    return SmartListRow(
        0, template.record_type, template.name, template.about, template.filter, template.columns, template.sort,
        shared=True, owner=TEMPLATE,
    )  # fmt: skip


def seen(db: Writer, who: str, kind: RecordKind | None = None) -> list[SmartListRow]:
    """List what somebody may see: their own and the shared ones, by record type and name."""
    return [row for row in smart_lists.smart_lists(db) if row.is_seen_by(who) and kind in {None, row.record_type}]


def templates(db: Writer, kind: RecordKind | None = None) -> list[tuple[ListTemplate, list[str]]]:
    """List the templates, each with the custom fields that it needs and that are not defined."""
    kinds = {each.record_type for each in TEMPLATES}
    defined = {of: {(f.name, f.type) for f in custom_fields.custom_fields(db, of)} for of in kinds}
    return [
        (each, [name for name, type_ in each.needs if (name, type_) not in defined[each.record_type]])
        for each in TEMPLATES
        if kind in {None, each.record_type}
    ]


def save(hub: Hub, row: SmartListRow, *, who: str, dry_run: bool = False) -> bool:
    """Keep a list under its name; tells whether it is new. One's own list of that name is replaced.

    Args:
        row: filter, columns and sort as `hub.lists.check` gives them; `id` and `owner` are set here.

    Raises:
        SetupError: the name is somebody else's or no name; Sell's limit of lists is reached.
    """
    name = row.name.strip()
    if not name or len(name) > TEXT_LENGTH or not name.isprintable():
        raise SetupError(f"{row.name!r} is no name of a list", fix=f"1 to {TEXT_LENGTH} characters on one line")
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        roster.hold(db, "smart lists")
        there = smart_lists.called(db, name, row.record_type)
        if there and not there[0].is_of(who):
            raise SetupError(f"the name {name!r} is taken by a list of somebody else's", fix="choose another name")
        if there:
            smart_lists.replace(db, replace(row, id=there[0].id, name=name, owner=who), hub.now())
            return False
        plans.check(hub.settings.hub.plan, "smart lists", smart_lists.count(db, row.record_type) + 1)
        smart_lists.add(db, replace(row, name=name, owner=who), hub.now())
        return True


def remove(hub: Hub, name: str, kind: RecordKind | None, *, who: str, dry_run: bool = False) -> SmartListRow:
    """Drop one's own list; gives what it was.

    Raises:
        SetupError: there is none, or it is somebody else's or a template.
    """
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        found = visible(db, name, kind, who)
        if not found.is_of(who):
            whose = "a template, which stays" if found.owner == TEMPLATE else f"a list of {found.owner}'s"
            raise SetupError(f"{found.name!r} is {whose}", fix="only who saved a list removes it")
        smart_lists.remove(db, found.id)
        return found


def as_json(row: SmartListRow) -> JsonObject:
    """Give the object that `list show --json` prints."""
    return {
        "of": row.record_type,
        "name": row.name,
        "description": row.description,
        "where": row.filter,
        "columns": list(row.columns),
        "sort": row.sort,
        "shared": row.shared,
        "owner": row.owner,
    }
