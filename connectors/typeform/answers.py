"""A response with its answers beside their questions: the same whether it was read or sent to us.

The API tells which question was answered by id and `ref` alone; the title, which people know, stands in
the form's definition. A webhook has the definition inside and no metadata of the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from connectors.connector import JsonObject, SourceField, SourceRecord
from connectors.questions import question_key

FieldType: TypeAlias = Literal["string", "number", "boolean", "date", "enum", "multi_enum", "object"]

_NOT_THE_RESPONSE = frozenset({
    "metadata", "definition", "ending", "response_id", "landing_id", "response_type", "thankyou_screen_ref",
})  # fmt: skip
"""What one way of reading has and the other has not, and the browser's traces."""

_TYPES: dict[str, FieldType] = {
    "number": "number", "rating": "number", "opinion_scale": "number", "nps": "number", "yes_no": "boolean",
    "legal": "boolean", "date": "date", "dropdown": "enum", "multiple_choice": "enum", "picture_choice": "enum",
    "ranking": "multi_enum", "payment": "object",
}  # fmt: skip
_NO_QUESTIONS = frozenset({"statement", "group", "contact_info", "address", "inline_group", "matrix"})
"""Blocks that ask nothing themselves; what is asked inside of some comes as questions of its own."""

OWN_FIELDS = (
    SourceField("token", "string", "Response id"),
    SourceField("form_id", "string", "Form id"),
    SourceField("form_title", "string", "Form"),
    SourceField("submitted_at", "datetime", "Submitted"),
    SourceField("landed_at", "datetime", "Opened"),
    SourceField("calculated.score", "number", "Score"),
)


class Form:
    """A form's questions, by id and by ref.

    Args:
        definition: as the API or a webhook gives it; no more than `{"id": …}` where it is not known.
    """

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.id = str(definition.get("id") or "")
        self.title = str(definition.get("title") or "")
        self.hidden = tuple(str(name) for name in _listed(definition.get("hidden")))
        self.questions = list(_flat(_listed(definition.get("fields"))))
        self._known = {str(q.get(name)): q for q in self.questions for name in ("ref", "id") if q.get(name)}

    def record(self, row: Mapping[str, Any]) -> SourceRecord:
        """Make the record of one response."""
        rest = {name: value for name, value in row.items() if name not in _NOT_THE_RESPONSE and not _is_empty(value)}
        answers = [self._answer(answer) for answer in _listed(row.get("answers")) if isinstance(answer, dict)]
        token = str(row.get("token") or row.get("response_id") or "")
        data = {**rest, "token": token, "form_id": self.id, "form_title": self.title, "answers": answers}
        submitted = row.get("submitted_at")
        return SourceRecord(token, data, submitted if isinstance(submitted, str) else None)

    def _answer(self, answer: JsonObject) -> JsonObject:
        field = answer.get("field")
        field = field if isinstance(field, dict) else {}
        kind = str(answer.get("type") or "")
        question = self._known.get(str(field.get("ref"))) or self._known.get(str(field.get("id"))) or {}
        return {
            **{name: value for name, value in answer.items() if name not in {"field", "type", kind}},
            "ref": field.get("ref"),
            "id": field.get("id"),
            "type": kind,
            "question_type": field.get("type"),
            "title": question.get("title"),
            "key": _key(question),
            "value": value_of(kind, answer.get(kind)),
        }


def value_of(kind: str, value: Any) -> Any:
    """Give an answer as what it says: of a choice its label, of several a list; other things untouched."""
    if not isinstance(value, dict):
        return value
    if kind == "choice":
        return value.get("label") or value.get("other")
    if kind == "choices":
        labels = [*_listed(value.get("labels")), value.get("other")]
        return [label for label in labels if label]
    return value


def fields_of(forms: Iterable[Form]) -> Iterator[SourceField]:
    """Describe what the forms ask and what is hidden in them, each once."""
    yield from OWN_FIELDS
    told: set[str] = set()
    for form in forms:
        for field in (*map(_question_field, form.questions), *map(_hidden_field, form.hidden)):
            if field.path not in told:
                told.add(field.path)
                yield field


def _question_field(question: JsonObject) -> SourceField:
    properties = question.get("properties") or {}
    kind = str(question.get("type"))
    several = kind in {"multiple_choice", "picture_choice"} and properties.get("allow_multiple_selection")
    labels = [str(c.get("label")) for c in _listed(properties.get("choices")) if isinstance(c, dict) and c.get("label")]
    return SourceField(
        f'answers[ref="{question.get("ref") or question.get("id")}"].value',
        "multi_enum" if several else _TYPES.get(kind, "string"),
        str(question.get("title") or ""),
        choices=tuple(labels),
        custom=True,
    )


def _hidden_field(name: str) -> SourceField:
    return SourceField(f'hidden."{name}"', "string", name, custom=True)


def _flat(fields: Iterable[Any]) -> Iterator[JsonObject]:
    """Give the questions, those inside of groups too."""
    for field in fields:
        if not isinstance(field, dict):
            continue
        if field.get("type") not in _NO_QUESTIONS:
            yield field
        properties = field.get("properties")
        yield from _flat(_listed(properties.get("fields")) if isinstance(properties, dict) else ())


def _key(question: Mapping[str, Any]) -> str:
    """The key of a question: what the vendor's own block calls it, else out of its title."""
    own = question.get("subfield_key")
    return question_key((own if isinstance(own, str) else "") or str(question.get("title") or ""))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_empty(value: Any) -> bool:
    return value is None or value in ({}, [])
