"""`sellhub assign`: records given to somebody, or each to whoever is next in a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from console.showing import quoted
from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.assigning import Chosen, Report
    from hub.opening import Hub

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
Of: TypeAlias = Literal["lead", "contact", "deal"]

SHOWN = 20
"""How many records are listed for people; `--json` lists a thousand."""


def assign(
    *ids: Annotated[str, Parameter(help="Ids: L-1, C-5, D-3; or numbers, of the kind that --of names.")],
    of: Of | None = None,
    list_: Annotated[str | None, Parameter(name="--list")] = None,
    where: str | None = None,
    pool: str | None = None,
    owner: str | None = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Give records to somebody, or each to whoever is next in a pool; it holds against syncs.

    Args:
        of: What the list, the filter or the bare numbers are of; lead where nothing says so.
        list_: A smart list: all that is in it.
        where: A filter: all that meets it.
        pool: The pool, of this kind of record; each record spends a turn.
        owner: A user's address.
        by: Who does it: an address; else SELLHUB_USER, else the login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import assigning
    from hub.opening import open_hub
    from sell_model.errors import SetupError

    if sum([bool(ids), list_ is not None, where is not None]) != 1:
        raise SetupError("it is not clear which records", fix="ids, or --list NAME, or --where FILTER; one of them")
    with open_hub() as hub:
        kind = _kind_of_list(hub, list_, of, by) if list_ is not None else of or _kind_of(ids)
        chosen = _ids(kind, ids) if ids else _chosen(hub, kind, list_, where, by)
        report = assigning.assign_records(hub, kind, chosen, pool=pool, owner=owner, by=by, dry_run=dry_run)
    _tell(report, dry_run=dry_run, json=json)


def _kind_of(ids: tuple[str, ...]) -> Of:
    """Read from the ids' letters what they are of."""
    letters: dict[str, Of] = {"L": "lead", "C": "contact", "D": "deal"}
    return next((kind for id_ in ids if (kind := letters.get(id_.strip()[:1].upper())) is not None), "lead")


def _kind_of_list(hub: Hub, name: str, of: Of | None, by: str | None) -> Of:
    from hub.by_hand import acting
    from hub.saved_lists import visible

    with hub.store.read() as db:
        kind: Of = visible(db, name, of, acting(by)).record_type
    return kind


def _ids(kind: Of, ids: tuple[str, ...]) -> list[int]:
    from hub.records import read_id

    return [read_id(kind, id_) for id_ in ids]


def _chosen(hub: Hub, kind: Of, name: str | None, where: str | None, by: str | None) -> Chosen:
    """Read a list or a filter once; its records are looked up portion by portion."""
    from hub.by_hand import acting
    from hub.filters import catalogue_of
    from hub.lists import ids_of, tree_of
    from sell_model.filters import parse

    who = acting(by)
    with hub.store.read() as db:
        tree = (
            parse(where, catalogue_of(hub, db, kind)) if where is not None else tree_of(hub, db, kind, name or "", who)
        )
    return lambda db, after, limit: ids_of(hub, db, kind, tree, limit, after, by=who)


def _tell(report: Report, *, dry_run: bool, json: bool) -> None:
    from hub.records import shown_id

    if json:
        tell_json({**report.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored, no turn was spent")
    to = f"by pool {report.pool}" if report.pool else f"to {report.owner}"
    tell(f"{report.count:,} {report.kind}{'' if report.count == 1 else 's'} given {to}")
    if len(report.owners) > 1:
        tell_table(("owner", "got"), sorted(report.owners.items(), key=lambda each: (-each[1], each[0])))
    for given in report.records[:SHOWN]:
        came = f", until now {given.came_from}" if given.came_from else ""
        tell(f"  {shown_id(report.kind, given.id)}  {given.owner} ({given.how.replace('_', ' ')}{came})")
    if report.count > SHOWN:
        tell(f"  and {report.count - SHOWN:,} more: --json lists up to a thousand")
    _tell_rest(report)
    first = shown_id(report.kind, report.records[0].id) if report.records else None
    if first:
        tell_next(f"sellhub {report.kind} why {first}")
    elif report.pool:
        tell_next(f"sellhub pool show {quoted(report.pool)}")


def _tell_rest(report: Report) -> None:
    from hub.records import shown_id

    for text, ids in (
        ("nobody was available for", report.nobody),
        ("stays with its owner, nobody else was available:", report.kept),
    ):
        if ids:
            more = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
            tell(f"  {text} {', '.join(shown_id(report.kind, id_) for id_ in ids[:SHOWN])}{more}")
    for id_, why in report.left.items():
        tell(f"  left out: {shown_id(report.kind, id_)} {why}")
    for remark in report.remarks:
        tell(f"  note: {remark}")
