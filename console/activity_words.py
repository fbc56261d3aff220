"""How activities are told: one, a page of them, the story of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.showing import tell_pairs, value_text, when
from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from hub.activities import Page
    from hub.story import Story
    from sell_model.activities import ActivityKind
    from sell_model.types import JsonObject
    from storage.activities import Told

_DONE_AT = {"note": "noted_at", "task": "created_at", "call": "made_at", "visit": "visited_at", "email": "sent_at"}
_TEXT = {"note": "content", "task": "content", "call": "summary", "visit": "summary", "email": "subject"}
_FIRST = frozenset(
    "id resource_type resource_id user_id owner_id outcome_id added_by user created_at updated_at".split()
)


def id_of(kind: str, row: JsonObject) -> str:
    """Write an activity's id."""
    from hub.activity_ids import activity_id

    return activity_id(kind, row["id"])


def record_of(row: JsonObject) -> str:
    """Write the id of the record that an activity stands at."""
    return f"{row['resource_type'][0].upper()}-{row['resource_id']}" if row["resource_id"] is not None else "–"


def as_json(kind: str, row: JsonObject) -> JsonObject:
    """Give an activity as `--json` prints it."""
    return {"type": kind, **row}


def tell_written(kind: ActivityKind, row: JsonObject, what: str, *, dry_run: bool, json: bool) -> None:
    """Tell that an activity was added, done or removed."""
    if json:
        tell_json({**as_json(kind, row), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    at = f" on {record_of(row)}" if row["resource_id"] is not None else ""
    tell(f"{kind} {id_of(kind, row)}{at} {what}: {_about(kind, row)}")
    if row["resource_type"]:
        tell_next(f"sellhub {row['resource_type']} activities {record_of(row)}")
    else:
        tell_next(f"sellhub {kind} list")


def _about(kind: str, row: JsonObject) -> str:
    """Say what an activity was about, on one line."""
    parts = [row.get("outcome"), row[_TEXT[kind]]]
    if kind == "call":
        parts = [row["phone_number"], *parts]
    if kind == "task" and row["due_date"]:
        parts.append(f"due {when(row['due_date'])}")
    return value_text("; ".join(str(part) for part in parts if part) or None)


def tell_page(kind: ActivityKind, page: Page, again: str, *, json: bool) -> None:
    """Tell a page of activities; `again` is the command that gave it."""
    if json:
        tell_json([as_json(kind, row) for row in page.rows])
    elif not page.rows:
        tell(f"no {kind}s")
        tell_next(f"sellhub {kind} add --help")
    else:
        rows = [
            (id_of(kind, row), when(row[_DONE_AT[kind]]), record_of(row), value_text(row["user"]), *_cells(kind, row))
            for row in page.rows
        ]
        tell_table(("id", "added" if kind == "task" else "when", "record", "by", *_COLUMNS[kind]), rows)
        tell_next(f"sellhub {kind} show {rows[0][0]}")
    if page.following:
        note(f"more: {again} --after {page.following}")


_COLUMNS = {
    "note": ("note",),
    "task": ("task", "owner", "due", ""),
    "call": ("number", "outcome", "summary"),
    "visit": ("outcome", "summary"),
    "email": ("subject", ""),
}


def _cells(kind: ActivityKind, row: JsonObject) -> tuple[str, ...]:
    text = value_text(row[_TEXT[kind]])
    match kind:
        case "task":
            return text, value_text(row["owner"]), when(row["due_date"]), "done" if row["completed"] else ""
        case "call":
            return value_text(row["phone_number"]), value_text(row["outcome"]), text
        case "visit":
            return value_text(row["outcome"]), text
        case "email":
            return text, "came in" if row["incoming"] else "sent"
        case _:
            return (f"! {text}" if row["is_important"] else text,)


def tell_activity(kind: ActivityKind, row: JsonObject) -> None:
    """Tell one activity with all its fields."""
    tell(f"{id_of(kind, row)}  {kind}, on {record_of(row)}, by {value_text(row['user'])}")
    pairs = [(name, value) for name, value in row.items() if name not in _FIRST and name != "version"]
    tell_pairs([(name, _value(name, value)) for name, value in pairs if value not in (None, "", [], {})])


def _value(name: str, value: Any) -> str:
    return when(value) if name.endswith("_at") or name == "due_date" else value_text(value)


def tell_activities(story: Story, title: str) -> None:
    """Tell what happened around a record, newest first, under a title; and what it comes to."""
    if not story.lines:
        return
    tell(title)
    tell_figures(story.figures)
    tell_table(("  id", "when", "", "by", "what"), [(f"  {_line_id(line)}", *_line(line)) for line in story.lines])


def _line_id(line: Told) -> str:
    from hub.activity_ids import activity_id

    return activity_id(line.type, line.id)


def _line(line: Told) -> tuple[str, ...]:
    words = {"stage_change": "moved", "email": "e-mail"}
    told = [line.details.get("phone_number"), line.outcome, line.text]
    if line.type == "task":
        told.append("done" if line.details["completed"] else f"due {when(line.details['due_date'])}")
    if line.details.get("missed"):
        told.append("missed")
    what = value_text("; ".join(str(part) for part in told if part) or None)
    return when(line.at), words.get(line.type, line.type), value_text(line.user), what


def tell_figures(figures: JsonObject) -> None:
    """Tell what a record's activities come to, in one or two lines."""
    last, days = figures["last_communication"], figures["days_since_last_communication"]
    ago = "today" if days == 0 else f"{days:,} day{'s' if days != 1 else ''} ago" if days is not None else ""
    spoke = (
        f"last communication {when(last)} ({figures['last_communication_type']}, {ago})" if last else "never spoken to"
    )
    tell(f"  {spoke}")
    if figures["next_task_id"] is not None:
        due = f", due {when(figures['next_task'])}" if figures["next_task"] else ", no date"
        tell(f"  next task T-{figures['next_task_id']}{due}")
    if figures["open_tickets"]:
        tell(f"  open tickets: {figures['open_tickets']:,}")
