"""`sellhub map survivors`: what the rules of survivorship would change, and applying them now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.showing import value_text
from console.telling import progress, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.survivors import Applied

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]


def survivors(*, apply: Flag = False, by: str | None = None, json: Flag = False) -> None:
    """Show what the rules of mappings/survivors.yaml would change in records that several sources know.

    Nothing is stored, unless --apply is given; the next sync applies a changed file by itself.

    Args:
        apply: Apply them now.
        by: Who does it; else SELLHUB_USER, else the login name.
        json: Print one object.
    """
    from hub.opening import open_hub
    from hub.survivors import apply as apply_rules
    from hub.survivors import is_applied

    with open_hub() as hub:
        with progress("computing what several sources know"):
            applied = apply_rules(hub, by=by, dry_run=not apply)
        in_force = is_applied(hub)
    if json:
        tell_json({**applied.to_json(), "applied": in_force})
    else:
        _tell(applied, applied_now=apply, in_force=in_force)


def _tell(applied: Applied, *, applied_now: bool, in_force: bool) -> None:
    rules = f"rules {applied.version}" if applied.version else "the usual rules: there is no mappings/survivors.yaml"
    tell(rules)
    change = "changed" if applied_now else "would change"
    tell(f"records that several source records feed: {applied.records:,}, of which {applied.changed:,} {change}")
    if applied.differences:
        rows = [
            (each["record"], each["field"], value_text(each["before"]), value_text(each["now"]))
            for each in applied.differences
        ]
        tell_table(("record", "field", "before", "now"), rows)
    if applied.shown < applied.changed:
        tell(f"  and {applied.changed - applied.shown:,} more records")
    if not in_force:
        tell_next("sellhub map survivors --apply      (or the next sync does it)")
    elif applied.differences:
        tell_next(f"sellhub {_kind(applied.differences[0]['record'])} trace {applied.differences[0]['record']}")


def _kind(record: str) -> str:
    from hub.records import LETTERS

    return next(kind for kind, letter in LETTERS.items() if record.startswith(f"{letter}-"))
