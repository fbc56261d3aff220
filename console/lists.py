"""`sellhub list`: smart lists, which are filters with columns and an order, run at once or saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.list_words import tell_count, tell_fields, tell_lists, tell_page, tell_saved
from console.showing import quoted
from console.telling import note, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.lists import Query
    from hub.opening import Hub
    from storage.smart_lists import SmartListRow

LIMIT = 50

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Of: TypeAlias = Literal["lead", "contact", "deal"]
By: TypeAlias = Annotated[
    str | None, Parameter(help="Who looks or saves: an address; else SELLHUB_USER, else the login.")
]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print JSON.")]

app = cyclopts.App(
    name="list",
    help="Smart lists: run, save, show, list, remove, templates, fields.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command
def run(
    name: str | None = None,
    /,
    *,
    of: Of | None = None,
    where: str | None = None,
    columns: str | None = None,
    sort: str | None = None,
    limit: int = LIMIT,
    after: str | None = None,
    count_only: Flag = False,
    by: By = None,
    json: Json = False,
    csv: Flag = False,
) -> None:
    """Show the records of a saved list, of a template, or of a filter.

    Args:
        name: A saved list or a template; left out: what --where says.
        of: Of what kind the records are; lead where nothing says so.
        where: A filter, such as: status is New and tags has any (fair). With a name: both must hold.
        columns: Fields to show, parted by commas.
        sort: A field, with :asc or :desc; empty values come last. Left out: the newest first.
        limit: How many records at most.
        after: The mark of the page before: go on after it.
        count_only: Tell only how many there are.
        csv: Print CSV.
    """
    from hub import lists
    from hub.by_hand import acting
    from hub.opening import open_hub

    who = acting(by)
    with open_hub() as hub:
        query = _query(hub, name, of, where, columns, sort, who)
        if count_only:
            tell_count(query.kind, *lists.count(hub, query, who=who), json=json)
            return
        page = lists.run(hub, query, limit=limit, after=after, who=who, counted=not csv)
    if json:
        tell_json(page.to_json())
    else:
        tell_page(page, as_csv=csv, is_first=after is None)
    if page.next is not None:
        said = [quoted(name)] if name else []
        options = {"of": of, "where": where, "columns": columns, "sort": sort, "by": by}
        said += [f"--{option} {quoted(value)}" for option, value in options.items() if value is not None]
        said += [f"--limit {limit}"] if limit != LIMIT else []
        note(f"more: sellhub list run {' '.join([*said, '--after', page.next])}")


def _query(
    hub: Hub, name: str | None, of: Of | None, where: str | None, columns: str | None, sort: str | None, who: str
) -> Query:
    """Put together what a saved list says and what the options say beside it."""
    from hub.lists import Query, narrowed, split
    from hub.saved_lists import visible
    from sell_model.errors import SetupError

    shown = split(columns) if columns else ()
    if name is None and of is None and where is None:
        raise SetupError("it is not said what to show", fix="a list's name, or --of lead, or --where FILTER")
    if name is None:
        return Query(of or "lead", where, shown, sort)
    with hub.store.read() as db:
        saved = visible(db, name, of, who)
        kept = Query(saved.record_type, saved.filter, shown or saved.columns, sort or saved.sort, is_stored=True)
        return narrowed(hub, db, kept, where)


@app.command
def save(
    name: str,
    /,
    *,
    of: Of = "lead",
    where: str | None = None,
    columns: str | None = None,
    sort: str | None = None,
    about: str | None = None,
    shared: Flag = False,
    by: By = None,
    dry_run: Flag = False,
    json: Json = False,
) -> None:
    """Keep a list under a name; one's own list of that name is replaced.

    Args:
        name: What it is called.
        of: Of what kind the records are.
        where: A filter; left out: all records.
        columns: Fields to show, parted by commas.
        sort: A field, with :asc or :desc.
        about: What it is for.
        shared: Everybody sees it; else whoever saves it.
        dry_run: Tell what would be stored.
    """
    from hub import lists, saved_lists
    from hub.by_hand import acting
    from hub.opening import open_hub
    from storage.smart_lists import SmartListRow

    who = acting(by)
    with open_hub() as hub:
        with hub.store.read() as db:
            query = lists.check(hub, db, lists.Query(of, where, lists.split(columns) if columns else (), sort))
        row = SmartListRow(0, of, name.strip(), about, query.where, query.columns, query.sort, shared, who)
        is_new = saved_lists.save(hub, row, who=who, dry_run=dry_run)
    if json:
        tell_json({**saved_lists.as_json(row), "new": is_new, "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would be stored; nothing was")
    tell(f"list {row.name}, of {of}s, {'shared' if shared else f'for {who}'}: {'saved' if is_new else 'replaced'}")
    _tell_where(row)
    tell_next(f"sellhub list run {quoted(row.name)}")


def _tell_where(row: SmartListRow) -> None:
    tell(f"  where   {row.filter or 'all'}")
    tell(f"  columns {', '.join(row.columns)}")
    tell(f"  sort    {row.sort}")


@app.command
def show(name: str, /, *, of: Of | None = None, by: By = None, json: Json = False) -> None:
    """Show what a saved list or a template says.

    Args:
        name: Its name.
        of: Of what kind, where several bear the name.
    """
    from hub import saved_lists
    from hub.by_hand import acting
    from hub.opening import open_hub

    with open_hub() as hub, hub.store.read() as db:
        found = saved_lists.visible(db, name, of, acting(by))
    if json:
        tell_json(saved_lists.as_json(found))
        return
    tell_saved(found)
    tell_next(f"sellhub list run {quoted(found.name)}")


@app.command(name="list")
def list_(*, of: Of | None = None, by: By = None, json: Json = False) -> None:
    """List the saved lists that one may see: one's own and the shared ones.

    Args:
        of: Of this kind of record only.
    """
    from hub import saved_lists
    from hub.by_hand import acting
    from hub.opening import open_hub

    with open_hub() as hub, hub.store.read() as db:
        found = saved_lists.seen(db, acting(by), of)
    if json:
        tell_json([saved_lists.as_json(row) for row in found])
    elif found:
        tell_lists([(row.name, row.record_type, row.owner or "", row.shared, row.filter) for row in found])
        tell_next(f"sellhub list run {quoted(found[0].name)}")
    else:
        tell("no lists yet")
        tell_next("sellhub list templates", "sellhub list save NAME --where FILTER")


@app.command
def remove(name: str, /, *, of: Of | None = None, by: By = None, dry_run: Flag = False, json: Json = False) -> None:
    """Drop one's own list; the records stay as they are.

    Args:
        name: Its name.
        of: Of what kind, where several bear the name.
        dry_run: Tell what would be done.
    """
    from hub import saved_lists
    from hub.by_hand import acting
    from hub.opening import open_hub

    with open_hub() as hub:
        gone = saved_lists.remove(hub, name, of, who=acting(by), dry_run=dry_run)
    if json:
        tell_json({**saved_lists.as_json(gone), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would be done; nothing was")
    tell(f"list {gone.name}, of {gone.record_type}s: removed")
    _tell_where(gone)


@app.command
def templates(*, of: Of | None = None, json: Json = False) -> None:
    """List the lists that everybody has: for working leads, for deals, for accounts after the sale.

    Args:
        of: Of this kind of record only.
    """
    from console.list_words import tell_templates
    from hub import saved_lists
    from hub.opening import open_hub

    with open_hub() as hub, hub.store.read() as db:
        found = saved_lists.templates(db, of)
    if json:
        told = [
            {
                "of": each.record_type,
                "name": each.name,
                "about": each.about,
                "where": each.filter,
                "columns": list(each.columns),
                "sort": each.sort,
                "missing": missing,
            }
            for each, missing in found
        ]
        tell_json(told)
        return
    tell_templates(found)
    tell_next(f"sellhub list run {quoted(found[0][0].name)}")


@app.command
def fields(*, of: Of = "lead", json: Json = False) -> None:
    """List the fields that filters and columns may name, custom ones too, with what each can be asked.

    Args:
        of: Of what kind of record.
    """
    from hub.filters import catalogue_of
    from hub.opening import open_hub

    with open_hub() as hub, hub.store.read() as db:
        catalogue = catalogue_of(hub, db, of)
    tell_fields(catalogue, json=json)
