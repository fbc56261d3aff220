"""A form, and how its questions give names to a lead's answers.

A lead holds `field_data`: a list of a question's key and the values given. Keys are the form's own, so the
answers are laid beside it three times over: by the question's key, by its type and by its label.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from connectors.connector import JsonObject, SourceField

FORM_FIELDS = "id,name,status,questions,leads_count"
TEST_ANSWER = "<test lead:"
"""How the answers begin that the vendor's testing tool gives."""
OWN = "CUSTOM"

FieldType: TypeAlias = Literal["string", "date", "enum"]

LEAD = (
    SourceField("id", "string", "Lead id"),
    SourceField("created_time", "datetime", "Sent at"),
    SourceField("form.id", "string", "Form id"),
    SourceField("form.name", "string", "Form"),
    SourceField(
        "platform", "enum", "Where the form was shown", choices=("fb", "ig"), choice_labels=("Facebook", "Instagram")
    ),
    SourceField("is_organic", "boolean", "Not from an advertisement"),
    SourceField("ad_id", "string", "Advertisement id"),
    SourceField("ad_name", "string", "Advertisement"),
    SourceField("adset_id", "string", "Ad set id"),
    SourceField("adset_name", "string", "Ad set"),
    SourceField("campaign_id", "string", "Campaign id"),
    SourceField("campaign_name", "string", "Campaign"),
    SourceField("field_data", "array", "Answers as the vendor sends them"),
)  # fmt: skip


def shaped(lead: JsonObject, form: JsonObject) -> JsonObject:
    """Give a lead with its form's name and its answers by key, by type (small letters) and by label.

    An answer is a text; a list where several were chosen. Of two questions of one type or label the first counts.
    """
    answers = {str(item.get("name")): _value(item.get("values")) for item in _objects(lead.get("field_data"))}
    by_type: JsonObject = {}
    by_label: JsonObject = {}
    for question in questions(form):
        key, kind, label = (str(question.get(name) or "") for name in ("key", "type", "label"))
        if answers.get(key) is None:
            continue
        if kind and kind != OWN:
            by_type.setdefault(kind.lower(), answers[key])
        if label:
            by_label.setdefault(label, answers[key])
    return {
        **lead,
        "form": {"id": str(form.get("id") or lead.get("form_id") or ""), "name": form.get("name")},
        "answers": answers,
        "answers_by_type": by_type,
        "answers_by_label": by_label,
    }


def questions(form: JsonObject) -> list[JsonObject]:
    """Give a form's questions; none where the token may not see them."""
    return _objects(form.get("questions"))


def is_test(lead: JsonObject) -> bool:
    """Tell whether a lead was made by the vendor's testing tool."""
    values = [value for item in _objects(lead.get("field_data")) for value in _list(item.get("values"))]
    return any(isinstance(value, str) and value.startswith(TEST_ANSWER) for value in values)


def question_fields(forms: Iterable[JsonObject]) -> Iterator[SourceField]:
    """Describe the questions of forms, each key once, with the choices of all forms that ask it."""
    asked: dict[str, list[JsonObject]] = {}
    for form in forms:
        for question in questions(form):
            asked.setdefault(str(question.get("key")), []).append(question)
    for key, same in asked.items():
        choices = {str(o.get("key") or o.get("value")): str(o.get("value") or o.get("key")) for o in _options(same)}
        kind = str(same[0].get("type") or OWN)
        yield SourceField(
            f"answers.{_quoted(key)}",
            _type(kind, choices),
            str(same[0].get("label") or key),
            choices=tuple(choices),
            custom=kind == OWN,
            choice_labels=tuple(choices.values()),
        )


def _type(kind: str, choices: dict[str, str]) -> FieldType:
    if choices:
        return "enum"
    return "date" if kind in {"DOB", "DATE_OF_BIRTH"} else "string"


def _options(same: list[JsonObject]) -> Iterator[JsonObject]:
    for question in same:
        yield from _objects(question.get("options"))


def _quoted(key: str) -> str:
    """Write a key as a mapping's path takes it."""
    return json.dumps(key, ensure_ascii=False) if set(key) & set('."[]') else key


def _value(values: object) -> object:
    given = _list(values)
    return given[0] if len(given) == 1 else given or None


def _list(values: object) -> list[object]:
    if isinstance(values, list):
        return values
    return [] if values is None else [values]


def _objects(values: object) -> list[JsonObject]:
    return [value for value in _list(values) if isinstance(value, dict)]
