"""How smart lists, their records and the fields of filters are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.record_words import write_csv
from console.showing import tell_pairs, value_text, when
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.lists import Page
    from sell_model.filters import Catalogue
    from sell_model.filters.fields import RecordKind
    from sell_model.list_templates import ListTemplate
    from storage.smart_lists import SmartListRow

SHOWN = 6
"""How many of a field's values are listed in the table of fields."""


def tell_page(page: Page, *, as_csv: bool, is_first: bool) -> None:
    """Tell a page of a list: as CSV, or as a table under its count."""
    if as_csv:
        write_csv(page.rows, header=("id", *page.columns))
        return
    if page.count == 0:
        tell(f"no {page.kind}s in this list")
        return
    tell(f"{_number(page.shown_count)} {page.kind}{'' if page.count == 1 else 's'}")
    if page.rows:
        tell_table(("id", *page.columns), [(_id(page.kind, row["id"]), *_cells(page, row)) for row in page.rows])
        if is_first:
            tell_next(f"sellhub {page.kind} show {_id(page.kind, page.rows[0]['id'])}")


def _cells(page: Page, row: dict[str, Any]) -> list[Any]:
    return [_cell(page.kinds.get(name, "text"), row[name]) for name in page.columns]


def _cell(kind: str, value: Any) -> Any:
    if kind == "datetime":
        return when(value)
    if kind in {"number", "days"} and isinstance(value, int):
        return value
    return value_text(value if value != [] else None)


def tell_count(kind: RecordKind, number: int, is_exact: bool, *, json: bool) -> None:
    """Tell how many records a list has."""
    shown = number if is_exact else f"{number}+"
    if json:
        tell_json({"count": shown})
    else:
        tell(f"{_number(shown)} {kind}{'' if number == 1 else 's'}")


def _number(shown: int | str | None) -> str:
    if isinstance(shown, str):
        return f"{int(shown.rstrip('+')):,}+"
    return f"{shown:,}"


def _id(kind: RecordKind, id_: int) -> str:
    from hub.records import shown_id

    return shown_id(kind, id_)


def tell_saved(row: SmartListRow) -> None:
    """Tell what a saved list says."""
    tell(f"{row.name}, of {row.record_type}s")
    pairs = [
        ("about", row.description or ""),
        ("where", row.filter or "all"),
        ("columns", ", ".join(row.columns)),
        ("sort", row.sort or "the newest first"),
        ("seen by", "everybody" if row.shared else (row.owner or "")),
        ("saved by", row.owner or ""),
    ]
    tell_pairs([(name, text) for name, text in pairs if text])


def tell_lists(rows: list[tuple[str, str, str, bool, str | None]]) -> None:
    """Tell saved lists as a table: name, record type, owner, whether shared, filter."""
    tell_table(
        ("list", "of", "saved by", "seen by", "where"),
        [
            (name, f"{of}s", owner, "everybody" if shared else "its owner", value_text(where or "all"))
            for name, of, owner, shared, where in rows
        ],
    )


def tell_templates(found: list[tuple[ListTemplate, list[str]]]) -> None:
    """Tell the templates as a table, and what must be defined for some of them."""
    tell_table(("list", "of", "what it shows"), [(t.name, f"{t.record_type}s", t.about) for t, _ in found])
    lacking = dict.fromkeys(
        (t.record_type, name, type_) for t, gone in found for name, type_ in t.needs if name in gone
    )
    for kind, name, type_ in lacking:
        tell(f"needs the custom field {name!r} ({type_}) of {kind}s, which is not defined yet")


def tell_fields(catalogue: Catalogue, *, json: bool) -> None:
    """Tell what filters on a record type can ask, kind by kind."""
    from sell_model.filters.operators import OPERATORS, told

    each = list(catalogue.fields.values())
    people = tuple(person.email for person in catalogue.people)
    values = {f.name: people if f.kind == "owner" else f.choices for f in each}
    if json:
        tell_json(
            [
                {
                    "field": f.written,
                    "kind": f.kind,
                    "about": f.about,
                    "values": None if values[f.name] is None else list(values[f.name] or ()),
                    "operators": told(f.kind),
                }
                for f in each
            ]
        )
        return
    tell_table(("field", "kind", "what it is"), [(f.written, f.kind, _about(f.about, values[f.name])) for f in each])
    tell()
    tell("what each kind can be asked")
    tell_pairs([(kind, told(kind)) for kind in OPERATORS if any(f.kind == kind for f in each)])
    tell_next(f"sellhub list run --of {catalogue.record_type} --where FILTER")


def _about(about: str, values: tuple[str, ...] | None) -> str:
    if not values:
        return about
    listed = ", ".join(values[:SHOWN]) + (" …" if len(values) > SHOWN else "")
    return value_text(f"{about}: {listed}" if about else listed)
