"""`sellhub tag`: the tags of leads, contacts and deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.showing import quoted
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.tagging import TagChange

Of: TypeAlias = Literal["lead", "contact", "deal"]
Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="tag", help="Tags: list, rename, remove.", result_action="return_value", help_format="plaintext"
)


@app.command(name="list")
def list_(*, of: Of, limit: int = 100, json: Flag = False) -> None:
    """List the tags that records bear, the most used first.

    Args:
        of: The type of record.
        limit: How many at most.
        json: Print one array.
    """
    from hub.opening import open_hub
    from hub.tagging import list_tags

    with open_hub() as hub:
        tags = list_tags(hub, of, limit + 1)
    if json:
        tell_json([{"name": name, "records": count} for name, count in tags[:limit]])
    elif tags:
        tell_table(("tag", f"{of}s"), tags[:limit])
        tell_next(f"sellhub tag rename {quoted(tags[0][0])} NEW --of {of}")
    else:
        tell(f"no {of} has a tag")
        tell_next(f"sellhub {of} edit ID --add-tag TAG")
    if len(tags) > limit:
        note(f"there are more: --limit {limit * 10}")


@app.command
def rename(name: str, new: str, /, *, of: Of, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Put a tag in another one's place on every record that bears it; it holds against sources.

    Args:
        name: The tag.
        new: What it is to be called.
        of: The type of record.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.tagging import rename_tag

    with open_hub() as hub:
        change = rename_tag(hub, of, name, new, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


@app.command
def remove(name: str, /, *, of: Of, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Take a tag off every record that bears it; it holds against sources.

    Args:
        name: The tag.
        of: The type of record.
        by: Who does it. Else SELLHUB_USER, else your login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.tagging import remove_tag

    with open_hub() as hub:
        change = remove_tag(hub, of, name, by=by, dry_run=dry_run)
    _tell_change(change, dry_run=dry_run, json=json)


def _tell_change(change: TagChange, *, dry_run: bool, json: bool) -> None:
    if json:
        tell_json({**change.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    what = f"is {change.new} now" if change.new else "is taken off"
    records = "record" if change.records == 1 else "records"
    tell(f"tag {change.name}, of {change.of}s: {what}, on {change.records:,} {records}")
    tell("  it holds on these records, whatever their sources say; a new one may bring the tag again")
    tell_next(f"sellhub tag list --of {change.of}")
