"""`sellhub prospect`: find people who fit, pay for those who are new, make leads of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted, tell_pairs, value_text, when
from console.telling import note, progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.prospect_buying import Bought
    from hub.prospect_lists import Listed
    from hub.prospecting import Searched

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
By: TypeAlias = Annotated[str | None, Parameter(help="Who does it. Else SELLHUB_USER, else your login name.")]
DryRun: TypeAlias = Annotated[bool, Parameter(negative="", help="Tell what would be; store and pay nothing.")]
Json: TypeAlias = Annotated[bool, Parameter(negative="", help="Print one object.")]
KeepCompanies: TypeAlias = Annotated[
    bool, Parameter(negative="", help="Want people of companies that the hub knows, too.")
]
State: TypeAlias = Literal["found", "ready", "suppressed", "buying", "gone"]

app = cyclopts.App(
    name="prospect",
    help="Prospect lists: search, list, show, buy, import, remove, suppress.",
    result_action="return_value",
    help_format="plaintext",
)


@app.command
def search(
    name: Annotated[str, Parameter(help="What the list is called; its leads bear it as a tag.")],
    /,
    *,
    where: Annotated[str | None, Parameter(help="Who fits, in the language of smart lists.")] = None,
    file: Annotated[Path | None, Parameter(help="Look in this CSV file.")] = None,
    provider: Annotated[str | None, Parameter(help="Look at this provider of hub.toml; it costs nothing.")] = None,
    limit: Annotated[int, Parameter(help="So many new ones at most.")] = 1_000,
    keep_companies: KeepCompanies = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put who fits on a list, less whom the hub knows; said again, it adds who is new."""
    from hub.opening import open_hub
    from hub.prospecting import Search
    from hub.prospecting import search as look

    wanted = Search(name, file, provider, where, limit, keep_companies)
    with open_hub() as hub, progress("looking for prospects"):
        found = look(hub, wanted, by=by, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
    else:
        _tell_searched(found, dry_run=dry_run)


def _tell_searched(found: Searched, *, dry_run: bool) -> None:
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    tell(f"{found.name}: {found.origin}, {found.where or 'no filter'}")
    tell(f"  offered {found.read:,}, fit {found.fit:,}, on the list before {found.there:,}")
    for state, count in found.new.items():
        tell(f"  new, {state}: {count:,}")
    for reason, count in sorted(found.reasons.items()):
        tell(f"  left out, {reason}: {count:,}")
    if found.beyond:
        tell("  there are more: say it again, or with a higher --limit")
    for notice in found.notices:
        tell(f"  note: {notice}")
    if dry_run:
        return
    its = quoted(found.name)
    after = f"sellhub prospect buy {its} --dry-run" if found.new.get("found") else f"sellhub prospect import {its}"
    tell_next(f"sellhub prospect show {its}", after)


@app.command(name="list")
def list_(*, json: Flag = False) -> None:
    """List the lists with their figures.

    Args:
        json: Print one array.
    """
    from hub.opening import open_hub
    from hub.prospect_lists import all_lists

    with open_hub() as hub:
        found = all_lists(hub)
    if json:
        tell_json([each.to_json() for each in found])
    elif found:
        header = ("list", "origin", "found", "ready", "imported", "suppressed", "gone", "credits")
        tell_table(header, [_line(each) for each in found])
        tell_next(f"sellhub prospect show {quoted(found[0].row.name)}")
    else:
        tell("no prospect lists yet")
        tell_next("sellhub prospect search NAME --file FILE.csv --where FILTER")


def _line(each: Listed) -> tuple[str | int, ...]:
    count = each.counts
    waiting = count.get("found", 0) + count.get("buying", 0)
    figures = (waiting, count.get("ready", 0), each.imported, count.get("suppressed", 0), count.get("gone", 0))
    return each.row.name, each.row.origin, *figures, each.credits


@app.command
def show(name: str, /, *, state: State | None = None, limit: int = 50, after: int = 0, json: Flag = False) -> None:
    """Show who is on a list, and why somebody is left out.

    Args:
        name: The list.
        state: Only those who are found (to be paid for), ready, suppressed, buying or gone.
        limit: How many at most.
        after: Go on after this number.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.prospect_lists import show as look
    from hub.records import shown_id
    from storage.prospects import STATES

    with open_hub() as hub:
        listed, people = look(hub, name, (state,) if state else STATES, limit, after)
    rows = [
        {"number": row.id, "id": row.outside_id, "state": row.state, "reason": row.reason, "credits": row.credits,
         "bought_at": row.bought_at, "is": shown_id(*made) if made else None, **_public(row.data)}
        for row, made in people
    ]  # fmt: skip
    if json:
        tell_json({**listed.to_json(), "people": rows})
        return
    tell(listed.row.name)
    tell_pairs([
        ("looks at", listed.row.origin), ("where", listed.row.filter or "–"),
        ("made", f"by {listed.row.created_by}, {when(listed.row.created_at)}"), ("credits paid", f"{listed.credits:,}"),
    ])  # fmt: skip
    lines = [
        (str(row["number"]), row["is"] or row["state"], _name(row), value_text(row.get("title")),
         value_text(row.get("organization_name")), value_text(row.get("email")), row["reason"] or "")
        for row in rows
    ]  # fmt: skip
    tell_table(("number", "state", "name", "title", "company", "e-mail", "why"), lines)
    if len(people) == limit:
        note(f"more: the same with --after {people[-1][0].id}")


def _public(data: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in data.items() if name != "email_sha256"}


def _name(row: dict[str, object]) -> str:
    return value_text(" ".join(str(row[part]) for part in ("first_name", "last_name") if row.get(part)) or None)


@app.command
def buy(
    name: str,
    /,
    *,
    limit: Annotated[int | None, Parameter(help="Credits that may be spent.")] = None,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Spend whatever it takes.")] = False,
    keep_companies: KeepCompanies = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Pay for the contact data of who was found; a dry run tells what it would cost.

    Args:
        name: The list.
    """
    from hub.opening import open_hub
    from hub.prospect_buying import buy as pay
    from sell_model.errors import SetupError

    if limit is None and not all_ and not dry_run:
        raise SetupError("how much may be spent?", fix=f"--limit CREDITS, or --all; the cost: sellhub prospect buy {quoted(name)} --dry-run")  # fmt: skip  # noqa: E501
    with open_hub() as hub, progress("buying"):
        found = pay(hub, name, limit, keep_companies=keep_companies, by=by, dry_run=dry_run)
    if json:
        tell_json({**found.to_json(), "dry_run": dry_run})
    else:
        _tell_bought(found, dry_run=dry_run)
    return 0


def _tell_bought(found: Bought, *, dry_run: bool) -> None:
    if dry_run:
        tell("DRY RUN: this is what it would cost; nothing was paid")
    left = "" if found.credits_left is None else f", {found.credits_left:,} credits are left"
    tell(f"{found.name}: {'would buy' if dry_run else 'bought'} {found.bought:,} for {found.spent:,} credits{left}")
    for count, text in (
        (found.had, "bought before for another list: nothing paid"),
        (found.suppressed, "known or not to be contacted by now: left out"),
        (found.gone, "of whom the provider has nothing: nothing paid"),
    ):
        if count:
            tell(f"  {count:,} {text}")
    if found.stopped:
        tell(f"  {found.stopped}")
    tell_next(
        f"sellhub prospect buy {quoted(found.name)} --limit {found.spent}"
        if dry_run
        else f"sellhub prospect import {quoted(found.name)}"
    )


@app.command(name="import")
def import_(
    name: str,
    /,
    *,
    pool: str | None = None,
    limit: int | None = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Make leads of who is ready on a list; said again, nothing is made twice.

    Args:
        name: The list.
        pool: Deals the new leads out.
        limit: So many at most.
    """
    from console.main import DONE, FAILED
    from console.outcome import tell_rehearsal, tell_reports
    from hub.opening import open_hub
    from hub.prospect_import import import_list
    from hub.rehearsing import rehearse

    with open_hub() as hub, progress("importing"):
        if dry_run:
            rehearsal = rehearse(hub, lambda: import_list(hub, name, pool=pool, limit=limit))
            tell_json(rehearsal.to_json()) if json else tell_rehearsal(rehearsal)
            return DONE
        reports = import_list(hub, name, pool=pool, limit=limit)
        tell_json([report.to_json() for report in reports]) if json else tell_reports(hub, reports)
    return FAILED if any(report.state == "failed" for report in reports) else DONE


@app.command
def remove(name: str, /, *, dry_run: DryRun = False, json: Json = False) -> None:
    """Drop a list; the leads that it made stay.

    Args:
        name: The list.
    """
    from hub.opening import open_hub
    from hub.prospect_lists import remove as drop

    with open_hub() as hub:
        gone = drop(hub, name, dry_run=dry_run)
    if json:
        tell_json({**gone.to_json(), "dry_run": dry_run})
        return
    tell(f"{'DRY RUN: would drop' if dry_run else 'dropped'} {gone.row.name}, {sum(gone.counts.values()):,} people")


@app.command
def suppress(*values: str, undo: Flag = False, by: By = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Never buy or import these addresses and domains; without any, list them.

    Args:
        values: ann@example.com, or @example.com for everybody there.
        undo: Let them be bought again.
    """
    from hub import prospect_suppression as own
    from hub.opening import open_hub

    with open_hub() as hub:
        if not values:
            rows = own.suppressed(hub)
            if json:
                tell_json([{"value": value, "by": who, "since": at} for value, who, at in rows])
            elif rows:
                tell_table(("suppressed", "by", "since"), [(value, who, when(at)) for value, who, at in rows])
            else:
                tell("nobody is suppressed by hand")
            return
        changed = (
            own.unsuppress(hub, values, dry_run=dry_run) if undo else own.suppress(hub, values, by=by, dry_run=dry_run)
        )
    if json:
        tell_json({"values": changed, "undo": undo, "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would be; nothing was stored")
    for value, is_new in changed.items():
        word = "suppressed no more" if undo else "suppressed"
        tell(f"{value}: {word if is_new else 'as it was'}")
