"""How records, their reasons and their origins are told."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from console.activity_words import tell_activities
from console.deal_words import tell_way
from console.showing import tell_pairs, value_text, when
from console.telling import tell, tell_next, tell_table

if TYPE_CHECKING:
    from hub.reasons import Why
    from hub.records import Shown
    from hub.tracing import FieldStory, Said
    from storage.conversions import ConversionRow
    from storage.tickets import TicketRow

Kind: TypeAlias = Literal["lead", "contact", "deal"]

_COLUMNS: dict[str, tuple[str, ...]] = {
    "lead": ("name", "organization_name", "status", "email", "owner"),
    "contact": ("name", "company", "email", "phone", "owner"),
    "deal": ("name", "value", "stage", "contact", "owner"),
}
_HIDDEN = frozenset("id version person_id company_id custom_fields merged_into gone_at_source deleted_at".split())
_GONE = {
    "converted": "converted: it is a contact now",
    "deleted": "deleted at its source",
    "archived": "archived at its source",
    "left": "its mapping leaves it out now",
    "merged": "merged at its source",
}


def tell_list(kind: Kind, rows: list[dict[str, Any]], *, narrowed: bool) -> None:
    """Tell a page of records as a table."""
    if not rows:
        tell(f"no {kind}s" + (" that match" if narrowed else " yet"))
        tell_next(f"sellhub {kind} list" if narrowed else "sellhub import FILE.csv")
        return
    columns = _COLUMNS[kind]
    tell_table(("id", *columns), [(_id(kind, row["id"]), *(_cell(row, name) for name in columns)) for row in rows])
    first = _id(kind, rows[0]["id"])
    tell_next(f"sellhub {kind} show {first}", f"sellhub {kind} why {first}")


def _cell(row: dict[str, Any], name: str) -> str:
    if name == "name" and "name" not in row:
        return value_text(" ".join(part for part in (row["first_name"], row["last_name"]) if part) or None)
    if name == "value" and row["value"] is not None:
        return f"{row['value']} {row['currency']}"
    return value_text(row[name])


def _id(kind: str, id_: int) -> str:
    from hub.records import shown_id

    return shown_id(kind, id_)


def write_csv(rows: list[dict[str, Any]], header: Sequence[str] = ()) -> None:
    """Write a page of records as CSV, whatever a spreadsheet would run as a formula made harmless.

    Args:
        header: of an empty page.
    """
    from connectors.csv.columns import defused

    writer = csv.writer(sys.stdout)
    writer.writerow(rows[0] if rows else header)
    writer.writerows([defused(_flat(value)) for value in row.values()] for row in rows)


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, bool)) else str(value)


def tell_shown(shown: Shown) -> None:
    """Tell one record with what feeds it and what stands beside it."""
    row = shown.row
    tell(f"{_id(shown.kind, row['id'])}  {_title(row)}")
    if row.get("merged_into") is not None:
        tell(f"  merged into {_id(shown.kind, row['merged_into'])}: look there")
    elif row["deleted_at"]:
        its = _id(shown.kind, row["id"])
        tell(f"  deleted by hand {when(row['deleted_at'])}; back with: sellhub {shown.kind} restore {its}")
    elif row["gone_at_source"] and not (shown.kind == "lead" and shown.conversions):
        tell(f"  {_GONE.get(row['gone_at_source'], row['gone_at_source'])}")
    for conversion in shown.conversions:
        _tell_conversion(shown.kind, conversion)
    tell_pairs([(name, _shown_value(name, value)) for name, value in row.items() if _is_shown(row, name, value)])
    if row["custom_fields"]:
        tell("custom fields")
        tell_pairs([(name, value_text(value)) for name, value in row["custom_fields"].items()])
    for contact in shown.beside:
        primary = "primary" if contact.is_primary else contact.role or "beside"
        tell(f"contact    {_id('contact', contact.contact_id)} {contact.name or ''} ({primary})")
    if shown.way is not None:
        tell_way(shown.way, row["currency"])
    became = shown.kind == "lead" and shown.conversions
    none = "what fed it feeds what it became" if became else "comes from no source any more"
    tell("comes from" if shown.feeds else none)
    tell_pairs([(feed.name, f"by {feed.mapping}{', gone there' if feed.deleted_at else ''}") for feed in shown.feeds])
    if shown.kin:
        tell(f"the same {'company' if row.get('company_id') else 'person'}: {', '.join(_ids(shown.kin))}")
    if shown.links:
        tell("links")
        tell_pairs([(link.name, link.url or f"disabled: {value_text(link.why)}") for link in shown.links])
    if shown.story is not None:
        tell_activities(shown.story, "activities")
    if shown.tickets:
        tell("tickets")
        tell_pairs([(ticket.external_id or "–", _ticket(ticket)) for ticket in shown.tickets])
    if shown.absorbed:
        tell(f"merged into it: {', '.join(_id(shown.kind, id_) for id_ in shown.absorbed)}")


def _ticket(ticket: TicketRow) -> str:
    """Tell a ticket on one line: where it stands, what it is about, what was said last."""
    satisfied = f"satisfaction {ticket.satisfaction}" if ticket.satisfaction else None
    said = f"last comment {when(ticket.last_comment_at)}" if ticket.last_comment_at else None
    words = f"{said}: {ticket.last_comment}" if said and ticket.last_comment else said
    told = (f"{ticket.source}: {ticket.status or 'no status'}", ticket.subject, satisfied, words)
    return value_text("; ".join(part for part in told if part))


def _tell_conversion(kind: str, row: ConversionRow) -> None:
    """Tell to what a lead was converted, or of a contact or deal from which, and how to take it back."""
    places = (("contact", row.individual_id), ("contact", row.organization_id), ("deal", row.deal_id))
    to = ", ".join(_id(its, id_) for its, id_ in places if id_ is not None)
    its = _id("lead", row.lead_id)
    told = f"converted to {to}" if kind == "lead" else f"converted from {its}"
    by = f"by {value_text(row.creator)}" if row.creator else "by its source"
    back = f"lead unconvert {its}" if row.creator else f"run undo {row.run_id}"
    way = f"; back with: sellhub {back}" if row.creator or row.run_id is not None else ""
    tell(f"  {told} {when(row.created_at)} {by}{way}")


def _ids(kin: list[tuple[str, int]]) -> list[str]:
    return [_id(kind, id_) for kind, id_ in kin]


def _title(row: dict[str, Any]) -> str:
    name = " ".join(part for part in (row.get("first_name"), row.get("last_name")) if part)
    return value_text(row.get("name") or name or row.get("organization_name"))


def _is_shown(row: dict[str, Any], name: str, value: Any) -> bool:
    is_named = name.endswith("_id") and name.removesuffix("_id") in row
    return name not in _HIDDEN and not is_named and value not in (None, "", [], {})


def _shown_value(name: str, value: Any) -> str:
    return when(value) if name.endswith("_at") else value_text(value)


def tell_why(found: Why) -> None:
    """Tell why a record has its owner, and why its source records are one."""
    owner = found.owner
    who = f"{owner.owner} <{owner.owner_email}>" if owner.owner_email not in (None, owner.owner) else owner.owner
    tell(f"{_id(found.kind, found.id)}")
    tell(f"owner   {who or 'nobody'}")
    tell(f"        {value_text(owner.text)}" + (f", {when(owner.facts['time'])}" if "time" in owner.facts else ""))
    if owner.fix:
        tell(f"        fix: {owner.fix}")
    if "release" in owner.facts:
        tell(f"        release: {owner.facts['release']}")
    if len(found.history) > 1 or (found.history and owner.how not in {"turn", "fallback", "known_account", "hand"}):
        tell("assigned")
        tell_pairs([(when(each.turn.assigned_at), f"{each.turn.user}: {each.text}") for each in found.history])
    for place, join in enumerate(found.joins):
        said = "; ".join(join.why) or "the first that came"
        gone = " (gone there)" if join.gone else ""
        tell(
            f"{'merged' if place == 0 and len(found.joins) > 1 else 'from' if place == 0 else '':<8}{join.record}{gone}"
        )
        if len(found.joins) > 1:
            tell(f"          {value_text(said)}")
    if found.absorbed:
        tell(f"absorbed {', '.join(_id(found.kind, id_) for id_ in found.absorbed)}")


def tell_story(story: FieldStory) -> None:
    """Tell where one field's value comes from."""
    tell(f"{story.field}  {value_text(story.value)}")
    if story.said is None:
        tell(f"    {story.rule}")
        for other in story.others:
            tell(f"    beside it: {value_text(other.value)}, {_origin(other)}")
        return
    said = "" if story.field == "tags" or story.value == story.said.value else f"as {value_text(story.said.value)!r}, "
    tell(f"    {said}{_origin(story.said)}, {story.rule}")
    for other in story.others:
        tell(f"    beside it: {value_text(other.value)}, {_origin(other)}")


def _origin(said: Said) -> str:
    held = ", its last good word: its newest is held" if said.held else ""
    if said.mapping.startswith("hand/"):
        return f"{said.record}, added by hand, {when(said.time)}"
    return f"{said.record}, {said.mapping} version {said.version or 'unknown'}, {when(said.time)}{held}"
