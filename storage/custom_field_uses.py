"""Where custom fields are named: in filters and columns of smart lists, in exit criteria, in drafts of sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from storage.hot import Writer
from storage.streams import as_json, json_text


@dataclass(frozen=True, slots=True)
class NamingList:
    """A smart list, as far as it may name fields."""

    id: int
    name: str
    filter: str | None
    columns: tuple[str, ...]
    sort: str | None


def smart_lists(db: Writer, kind: str) -> list[NamingList]:
    """List the smart lists of a record type: at most 1,000, Sell's limit, and those of a hub without one."""
    sql = "SELECT id, name, filter, columns, sort FROM smart_list WHERE record_type = ? ORDER BY id LIMIT 10000"
    return [
        NamingList(id_, name, filter_, tuple(as_json(columns) or ()), sort)
        for id_, name, filter_, columns, sort in db.select(sql, (kind,))
    ]


def save_lists(db: Writer, lists: Iterable[NamingList], now: str) -> None:
    """Write the filters, columns and sort orders of smart lists."""
    rows = [
        (each.filter, json_text(list(each.columns)) if each.columns else None, each.sort, now, each.id)
        for each in lists
    ]
    db.update("smart_list", ("filter", "columns", "sort", "updated_at"), ("id",), rows)


def exit_criteria(db: Writer) -> list[tuple[int, str, str]]:
    """List the stages that have exit criteria: id, name, criteria."""
    rows = db.select(
        "SELECT id, name, exit_criteria FROM stage WHERE exit_criteria IS NOT NULL ORDER BY id LIMIT 10000"
    )
    return [(row[0], row[1] or "", row[2]) for row in rows]


def save_criteria(db: Writer, criteria: Iterable[tuple[int, str]], now: str) -> None:
    """Write the exit criteria of stages, by id."""
    rows = [(text, now, id_) for id_, text in criteria]
    db.update("stage", ("exit_criteria", "updated_at"), ("id",), rows)


def link_templates(db: Writer, kind: str) -> list[tuple[int, str, str]]:
    """List the smart links of a record type: id, name, template; at most 10,000."""
    sql = "SELECT id, name, template FROM smart_link WHERE record_type = ? ORDER BY id LIMIT 10000"
    return [(row[0], row[1], row[2] or "") for row in db.select(sql, (kind,))]


def save_templates(db: Writer, templates: Iterable[tuple[int, str]], now: str) -> None:
    """Write the templates of smart links, by id."""
    db.update("smart_link", ("template", "updated_at"), ("id",), [(text, now, id_) for id_, text in templates])


def used_mappings(db: Writer) -> list[str]:
    """Name the mappings that ever came into force; at most 10,000."""
    return [row[0] for row in db.select("SELECT DISTINCT name FROM mapping_version ORDER BY name LIMIT 10000")]


def drafted(db: Writer, kind: str, text: str, after: int, limit: int) -> list[int]:
    """List records whose source records hold a text in their good drafts, by rising id from after one of them on.

    It reads all that was landed, and a text may stand there in another sense: who asks computes them anew.
    """
    sql = (
        "SELECT DISTINCT l.record_id FROM link l JOIN source_record r ON r.id = l.source_record_id "
        "WHERE l.record_type = ? AND l.record_id > ? AND r.good_drafts LIKE ? ESCAPE '!' "
        "ORDER BY l.record_id LIMIT ?"
    )
    needle = orjson.dumps(text).decode()
    for special in "!%_":
        needle = needle.replace(special, f"!{special}")
    return [row[0] for row in db.select(sql, (kind, after, f"%{needle}%", limit))]
