"""Running smart lists: which records a filter shows, their columns, page by page, and how many there are."""

from __future__ import annotations

import base64
import csv
import difflib
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson

from hub.filters import catalogue_of, context_of, stored_filter
from hub.opening import Hub
from hub.records import with_amount
from hub.saved_lists import visible
from sell_model.errors import SetupError
from sell_model.filters import Catalogue, Context, Field, Filter, parse
from sell_model.filters.fields import CUSTOM, Kind, RecordKind
from sell_model.filters.reading import read_field
from sell_model.types import JsonObject
from storage.hot import Writer
from storage.list_pages import listing
from storage.list_records import whole_records
from storage.list_sorts import Place, Sort
from storage.list_sql import Asked

MOST = 10_000
"""Records a page."""
DEFAULT_SORT = "id:desc"
DEFAULT_COLUMNS: dict[RecordKind, tuple[str, ...]] = {
    "lead": ("name", "organization_name", "status", "email", "owner"),
    "contact": ("name", "company", "email", "phone", "owner"),
    "deal": ("name", "value", "currency", "stage", "contact", "owner"),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        where: a filter's text; None: all records.
        columns: fields by name; none: a few that fit the record type.
        sort: `FIELD`, `FIELD:asc` or `FIELD:desc`; None: the newest first.
        is_stored: it was checked when it was stored: statuses and users that are gone since are no mistakes.
    """

    kind: RecordKind
    where: str | None = None
    columns: tuple[str, ...] = ()
    sort: str | None = None
    is_stored: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list."""

    kind: RecordKind
    columns: tuple[str, ...]
    rows: list[JsonObject]
    """Each with `id` and the columns: amounts and numbers of custom fields as decimal text, times as ISO 8601 UTC."""
    count: int | None
    """How many records there are in all; None: nobody asked."""
    is_exact: bool
    """Whether there are just so many, or more."""
    next: str | None
    """What the next page goes on after; None: there is none."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    """What each column holds: `datetime`, `tags` …"""

    @property
    def shown_count(self) -> int | str | None:
        """The count as it is told: a number, or `10000+`."""
        return self.count if self.is_exact or self.count is None else f"{self.count}+"

    def to_json(self) -> JsonObject:
        """Give the object that `list run --json` prints."""
        return {"count": self.shown_count, "rows": self.rows, "next": self.next}


@dataclass(frozen=True, slots=True)
class _Read:
    """A query, read and checked."""

    tree: Filter | None
    columns: list[Field]
    sort: Sort
    mark: str
    """Of which list a page's mark must be."""


def run(hub: Hub, query: Query, *, limit: int = 50, after: str | None = None, who: str, counted: bool = True) -> Page:
    """Give a page of a list.

    Args:
        after: the `next` of the page before.
        who: who looks: `me` in the filter.
        counted: whether to count all records of the list, too.

    Raises:
        SetupError: a field, an operator, a value, the sort or the mark is wrong.
    """
    if not 1 <= limit <= MOST:
        raise SetupError(f"a page holds from 1 to {MOST:,} records, not {limit:,}", fix="go on with --after TOKEN")
    with hub.store.read() as db:
        catalogue, context = catalogue_of(hub, db, query.kind), context_of(hub, db, who)
        read = _read(query, catalogue)
        running = listing(db, Asked(query.kind, read.tree, context, db.is_sqlite))
        places = running.page(read.sort, _behind(after, read.mark), limit + 1)
        page, more = places[:limit], len(places) > limit
        number, is_exact = (None, True)
        if counted:
            number, is_exact = running.count() if more or after is not None else (len(page), True)
        rows = _rows(db, query.kind, [place[-1] for place in page], read.columns, context)
    following = _mark_of(read.mark, page[-1]) if more else None
    names = tuple(_shown_name(each) for each in read.columns)
    kinds = {_shown_name(each): each.kind for each in read.columns}
    return Page(query.kind, names, rows, number, is_exact, following, kinds)


def count(hub: Hub, query: Query, *, who: str) -> tuple[int, bool]:
    """Count a list's records; tells whether there are just so many, or more.

    Raises:
        SetupError: the filter is wrong.
    """
    with hub.store.read() as db:
        tree = _read(query, catalogue_of(hub, db, query.kind)).tree
        running = listing(db, Asked(query.kind, tree, context_of(hub, db, who), db.is_sqlite))
        return running.count()


def check(hub: Hub, db: Writer, query: Query) -> Query:
    """Give a query with its filter, columns and sort as they are stored.

    Raises:
        SetupError: a field, an operator, a value or the sort is wrong.
    """
    read = _read(query, catalogue_of(hub, db, query.kind))
    where = None if read.tree is None else str(read.tree)
    return Query(query.kind, where, tuple(each.written for each in read.columns), str(read.sort), is_stored=True)


def narrowed(hub: Hub, db: Writer, query: Query, where: str | None) -> Query:
    """Give a stored query with one more filter that must hold, too.

    Raises:
        SetupError: that filter is wrong.
    """
    if not where:
        return query
    parse(where, catalogue_of(hub, db, query.kind))
    return replace(query, where=f"({query.where}) and ({where})" if query.where else where)


def ids_of(
    hub: Hub, db: Writer, kind: RecordKind, tree: Filter | None, limit: int, after: int = 0, *, by: str | None
) -> list[int]:
    """Give up to `limit` ids of the records a filter shows, rising, above `after`: for what goes through all of them.

    Records that leave the list meanwhile, such as by what is done to them, do not make it skip others.

    Args:
        by: who does it: `me` in the filter.
    """
    return listing(db, Asked(kind, tree, context_of(hub, db, by), db.is_sqlite)).ids(after, limit)


def tree_of(hub: Hub, db: Writer, kind: RecordKind, name: str, who: str) -> Filter | None:
    """Give the filter of a saved list or a template; None: it shows all records.

    Raises:
        SetupError: there is no such list that `who` may see.
    """
    text = visible(db, name, kind, who).filter
    return None if text is None else stored_filter(hub, db, kind, text)


def record_of(db: Writer, kind: RecordKind, id_: int) -> JsonObject | None:
    """Give a record as filters read it, with its figures; None: there is none."""
    found = whole_records(db, kind, [id_]).get(id_)
    return None if found is None else with_amount(found)


def _read(query: Query, catalogue: Catalogue) -> _Read:
    tree = None if not query.where else parse(query.where, catalogue, known_only=not query.is_stored)
    columns = [_field(catalogue, name, "column") for name in query.columns or DEFAULT_COLUMNS[query.kind]]
    sort = _sort(catalogue, query.sort or DEFAULT_SORT)
    return _Read(tree, [each for each in columns if each.name != "id"], sort, _digest(query.kind, tree, sort))


def split(text: str) -> tuple[str, ...]:
    """Read the names of columns, parted by commas; a name that holds one stands in quotes.

    >>> split('name, owner,"Size, in heads"')
    ('name', 'owner', 'Size, in heads')
    """
    return tuple(name for row in csv.reader([text], skipinitialspace=True) for name in row if name.strip())


def _field(catalogue: Catalogue, name: str, what: str) -> Field:
    plain = name.strip()
    if plain.startswith(f'{CUSTOM}"'):
        plain = plain.replace('"', "")
    if (found := catalogue.find(plain)) is not None:
        return found
    near = catalogue.nearest(plain)
    nearest = f"; nearest: {near}" if near else ""
    raise SetupError(
        f"{what} {name!r}: {catalogue.record_type}s have no such field{nearest}",
        fix=f"sellhub list fields --of {catalogue.record_type}",
    )


def _sort(catalogue: Catalogue, text: str) -> Sort:
    name, _, way = text.rpartition(":")
    if way.lower() in {"asc", "desc"} and name:
        return Sort(_field(catalogue, name.strip('"'), "sort by"), way.lower() == "desc")
    if name and catalogue.find(text.strip('"')) is None:
        near = difflib.get_close_matches(way, ("asc", "desc"), 1, 0.4) or ["asc or desc"]
        raise SetupError(
            f"sort by {text!r}: {way!r} is no direction; nearest: {near[0]}", fix="FIELD:asc or FIELD:desc"
        )
    return Sort(_field(catalogue, text.strip('"'), "sort by"), is_descending=False)


def _shown_name(of: Field) -> str:
    return of.name.removeprefix(CUSTOM)


def _rows(db: Writer, kind: RecordKind, ids: list[int], columns: list[Field], context: Context) -> list[JsonObject]:
    found = whole_records(db, kind, ids)
    rows = []
    for id_ in ids:
        record = with_amount(found[id_])
        rows.append({"id": id_, **{_shown_name(each): _cell(each, record, context) for each in columns}})
    return rows


def _cell(of: Field, record: JsonObject, context: Context) -> Any:
    """Give a field's value as JSON shows it."""
    if of.custom and not of.part:
        return (record.get("custom_fields") or {}).get(of.custom)
    value = read_field(of, record)
    match of.kind:
        case "money":
            return None if value is None else value[0]
        case "number":
            return None if value is None else int(value)
        case "days":
            return None if value is None else (context.today - context.day_of(value)).days
        case "tags":
            return list(value)
    return value


def _digest(kind: str, tree: Filter | None, sort: Sort) -> str:
    return blake2b(f"{kind}|{tree}|{sort}".encode(), digest_size=6).hexdigest()


def _mark_of(mark: str, place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([mark, *place])).decode().rstrip("=")


def _behind(token: str | None, mark: str) -> Place | None:
    if token is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as error:
        raise SetupError(
            f"--after {token!r} is no mark of a page", fix="take it from `next` of the page before"
        ) from error
    if not isinstance(found, list) or len(found) < 3 or found[0] != mark or not isinstance(found[1], int):
        raise SetupError(
            "--after is the mark of another list: filter and sort must be the same", fix="leave it out to begin"
        )
    return tuple(found[1:])
