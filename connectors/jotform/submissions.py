"""A submission as a record: its answers as a list, each with a plain value; its times in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from connectors.connector import JsonObject, RecordEvent, SourceField, SourceRecord
from connectors.questions import question_key

FieldType: TypeAlias = Literal["string", "number", "date", "enum", "multi_enum", "object", "array"]

FORMAT = "%Y-%m-%d %H:%M:%S"
EVENTS: dict[str, RecordEvent] = {"DELETED": "deleted", "ARCHIVED": "archived"}

_NAME_PARTS = ("prefix", "first", "middle", "last", "suffix")
_TYPES: dict[str, FieldType] = {
    "control_number": "number", "control_spinner": "number", "control_rating": "number", "control_scale": "number",
    "control_datetime": "date", "control_dropdown": "enum", "control_radio": "enum", "control_checkbox": "multi_enum",
    "control_address": "object", "control_matrix": "object", "control_fileupload": "array",
}  # fmt: skip
_NO_QUESTIONS = frozenset({
    "control_head", "control_text", "control_image", "control_button", "control_pagebreak", "control_collapse",
    "control_divider", "control_captcha", "control_widget_text",
})  # fmt: skip

OWN_FIELDS = (
    SourceField("id", "string", "Submission id"),
    SourceField("form_id", "string", "Form id"),
    SourceField("status", "enum", "Status", choices=("ACTIVE", "OVERQUOTA", "DELETED")),
    SourceField("submitted_at", "datetime", "Submitted, UTC"),
    SourceField("changed_at", "datetime", "Changed, UTC"),
    SourceField("created_at", "string", "Submitted, in the account's time zone"),
    SourceField("ip", "string", "IP address"),
)


def record_of(row: Mapping[str, Any], zone: ZoneInfo) -> SourceRecord:
    """Make the record of one submission, the same whether it was listed or got by its id."""
    submitted = utc(row.get("created_at"), zone)
    changed = utc(row.get("updated_at"), zone) or submitted
    times = {"submitted_at": submitted, "changed_at": changed}
    data = {**row, **{name: time for name, time in times.items() if time}, "answers": answers_of(row.get("answers"))}
    return SourceRecord(str(row["id"]), data, changed, EVENTS.get(str(row.get("status")).upper(), "live"))


def answers_of(answers: Any) -> list[JsonObject]:
    """Give the questions that were answered, in the form's order."""
    given = answers.items() if isinstance(answers, dict) else enumerate(answers if isinstance(answers, list) else ())
    said = [
        {**each, "qid": str(qid), "key": question_key(str(each.get("text") or "")), "value": value_of(each)}
        for qid, each in given
        if isinstance(each, dict) and each.get("answer") not in (None, "", [], {})
    ]
    return sorted(said, key=_order)


def value_of(answer: Mapping[str, Any]) -> Any:
    """Give an answer as what it says: a whole name, a whole number, a day, a list of what was ticked."""
    kind, said = str(answer.get("type")), answer.get("answer")
    if isinstance(said, str):
        return said.strip()
    if not isinstance(said, dict):
        return said
    if kind == "control_fullname":
        return " ".join(text for part in _NAME_PARTS if (text := str(said.get(part) or "").strip()))
    if kind == "control_phone":
        return _phone(said)
    if kind == "control_datetime":
        return _moment(said) or answer.get("prettyFormat")
    if kind == "control_checkbox":
        return [text for text in said.values() if text]
    return said if kind == "control_address" else answer.get("prettyFormat") or said


def utc(text: Any, zone: ZoneInfo) -> str | None:
    """Read one of the vendor's times, which stand in the account's zone; None where it is none."""
    try:
        local = datetime.strptime(str(text), FORMAT).replace(tzinfo=zone)
        return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def earlier(mark: str, seconds: float) -> str:
    """The vendor's time so long before one of its times; zones do not matter, for both stand in the same."""
    try:
        return (datetime.strptime(mark, FORMAT) - timedelta(seconds=seconds)).strftime(FORMAT)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return mark


def fields_of(forms: Iterable[Mapping[str, Any]]) -> Iterator[SourceField]:
    """Describe what the forms ask, each question once.

    Args:
        forms: per form its questions by number, as the API gives them.
    """
    yield from OWN_FIELDS
    told: set[str] = set()
    for questions in forms:
        for question in questions.values():
            name, kind = str(question.get("name") or ""), str(question.get("type"))
            if not name or name in told or kind in _NO_QUESTIONS:
                continue
            told.add(name)
            options = tuple(filter(None, str(question.get("options") or "").split("|")))
            label = str(question.get("text") or name)
            path = f'answers[name="{name}"].value'
            yield SourceField(path, _TYPES.get(kind, "string"), label, choices=options, custom=True)


def _phone(said: Mapping[str, Any]) -> str:
    if said.get("full"):
        return str(said["full"]).strip()
    country, parts = str(said.get("country") or "").strip().lstrip("+"), [said.get("area"), said.get("phone")]
    number = " ".join(text for part in parts if (text := str(part or "").strip()))
    return f"+{country} {number}" if country and number else number


def _moment(said: Mapping[str, Any]) -> str | None:
    try:
        return f"{int(said['year']):04d}-{int(said['month']):02d}-{int(said['day']):02d}"
    except (KeyError, TypeError, ValueError):
        return None


def _order(answer: Mapping[str, Any]) -> int:
    order = str(answer.get("order") or "")
    return int(order) if order.isascii() and order.isdigit() else 0
