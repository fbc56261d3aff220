"""Whole records as filters and lists read them: columns, names of what they point to, figures, pool, sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sell_model.types import JsonObject
from storage.activity_figures import COLUMNS as FIGURES
from storage.hot import Writer
from storage.named_rows import named_rows


def whole_records(db: Writer, kind: str, ids: Iterable[int]) -> dict[int, JsonObject]:
    """Fetch records by id with all that filters can ask for; money in minor units (`value_minor`)."""
    rows = named_rows(db, kind, ids)
    for add in (_add_figures, _add_pools, _add_sources, _add_teams):
        add(db, kind, rows)
    if kind == "deal":
        _add_stages(db, kind, rows)
    return rows


def _add_figures(db: Writer, kind: str, rows: Mapping[int, JsonObject]) -> None:
    sql = f"SELECT record_id, {', '.join(FIGURES)} FROM figure WHERE record_type = ? AND record_id IN {{in}}"
    nothing = dict.fromkeys(FIGURES) | {"open_tickets": 0}
    found = {row[0]: dict(zip(FIGURES, row[1:], strict=True)) for row in db.select_in(sql, rows, (kind,))}
    for id_, record in rows.items():
        # A deal keeps a last activity of its source's in a column of that name; ours is the figure's.
        record.update(found.get(id_, nothing))


def _add_pools(db: Writer, kind: str, rows: Mapping[int, JsonObject]) -> None:
    sql = (
        "SELECT a.record_id, p.name, a.id FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id "
        "WHERE a.given_back_at IS NULL AND a.record_type = ? AND a.record_id IN {in}"
    )
    last = {id_: name for id_, name, _ in sorted(db.select_in(sql, rows, (kind,)), key=lambda row: row[2])}
    for id_, record in rows.items():
        record["pool"] = last.get(id_)


def _add_sources(db: Writer, kind: str, rows: Mapping[int, JsonObject]) -> None:
    sql = (
        "SELECT DISTINCT k.record_id, s.source FROM link k JOIN source_record r ON r.id = k.source_record_id "
        "JOIN stream s ON s.id = r.stream_id WHERE k.record_type = ? AND k.record_id IN {in}"
    )
    found: dict[int, list[str]] = {}
    for id_, source in db.select_in(sql, rows, (kind,)):
        found.setdefault(id_, []).append(source)
    for id_, record in rows.items():
        record["fed_by"] = sorted(found.get(id_, ()))


def _add_teams(db: Writer, _kind: str, rows: Mapping[int, JsonObject]) -> None:
    teams = _looked_up(db, 'SELECT id, team_name FROM "user" WHERE id IN {in}', rows, "owner_id", lambda row: row[1])
    for record in rows.values():
        record["team"] = teams.get(record["owner_id"])


def _add_stages(db: Writer, _kind: str, rows: Mapping[int, JsonObject]) -> None:
    stages = _looked_up(
        db, "SELECT id, category, likelihood FROM stage WHERE id IN {in}", rows, "stage_id", lambda row: row[1:]
    )
    for record in rows.values():
        category, likelihood = stages.get(record["stage_id"]) or (None, None)
        own = record["customized_win_likelihood"]
        record |= {"stage_category": category, "win_likelihood": likelihood if own is None else own}


def _looked_up(
    db: Writer, sql: str, rows: Mapping[int, JsonObject], column: str, value: Callable[[Any], Any]
) -> dict[int | None, Any]:
    wanted = {record[column] for record in rows.values()} - {None}
    return {row[0]: value(row) for row in db.select_in(sql, wanted)}
