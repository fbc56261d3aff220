"""What a form asks, and what its answers are called. Source of facts: Forms API v1, resources Form and FormResponse.

A response names questions by their ids. People know them by their titles, so an answer stands in the record
under its question's title, beside the vendor's own fields; and under the id in `answers`, which stays when the
title is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from connectors.connector import JsonObject, SourceField
from connectors.csv.fields import field_path
from connectors.errors import TransientError

FieldType: TypeAlias = Literal["string", "number", "date", "datetime", "enum", "multi_enum", "array"]

OWN = (
    "responseId",
    "formId",
    "formTitle",
    "createTime",
    "lastSubmittedTime",
    "respondentEmail",
    "totalScore",
    "answers",
)
"""Keys of a record that are no answers; a question of the same title gets a number behind it."""
OWN_FIELDS = (
    SourceField("responseId", "string", "Response"),
    SourceField("formId", "string", "Form"),
    SourceField("formTitle", "string", "Title of the form"),
    SourceField("createTime", "datetime", "First sent"),
    SourceField("lastSubmittedTime", "datetime", "Last sent"),
    SourceField("respondentEmail", "string", "E-mail collected by the form"),
    SourceField("totalScore", "number", "Points, of a quiz"),
    SourceField("answers", "object", "Answers by the questions' ids"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        label: what its answer is called in a record; no two of a form are the same, whatever their capitals.
    """

    id: str
    label: str
    type: FieldType
    choices: tuple[str, ...] = ()

    @property
    def many(self) -> bool:
        """Whether its answer is a list, even of one."""
        return self.type in {"multi_enum", "array"}


@dataclass(frozen=True, slots=True)
class Form:
    """A form's title and questions, by id."""

    title: str
    questions: Mapping[str, Question]


def form_of(body: JsonObject) -> Form:
    """Read the answer to `forms.get`.

    Raises:
        TransientError: it is no form.
    """
    info, items = body.get("info"), body.get("items", [])
    if not isinstance(info, dict) or not isinstance(items, list):
        raise TransientError("Google Forms: an answer without the form's `info`")
    labels = {name.casefold() for name in OWN}
    questions: dict[str, Question] = {}
    for item in items:
        for question_id, title, kind, choices in _asked(item):
            questions[question_id] = Question(question_id, _unused(title or question_id, labels), kind, choices)
    return Form(str(info.get("title") or info.get("documentTitle") or ""), questions)


def _asked(item: JsonObject) -> Iterator[tuple[str, str, FieldType, tuple[str, ...]]]:
    """Give the questions of an item: one, or one for each row of a grid."""
    title = _plain(item.get("title"))
    if question := (item.get("questionItem") or {}).get("question"):
        yield str(question.get("questionId")), title, *_kind(question)
    group = item.get("questionGroupItem") or {}
    columns = (group.get("grid") or {}).get("columns")
    for question in group.get("questions") or []:
        row = _plain((question.get("rowQuestion") or {}).get("title"))
        kind = _kind({"choiceQuestion": columns} if columns else question)
        yield str(question.get("questionId")), ": ".join(part for part in (title, row) if part), *kind


def _kind(question: JsonObject) -> tuple[FieldType, tuple[str, ...]]:
    if choice := question.get("choiceQuestion"):
        options = choice.get("options") or []
        is_open = any(option.get("isOther") for option in options)  # then an answer may be anything
        choices = () if is_open else tuple(str(option["value"]) for option in options if option.get("value"))
        return ("multi_enum" if choice.get("type") == "CHECKBOX" else "enum"), choices
    if "fileUploadQuestion" in question:
        return "array", ()
    if date := question.get("dateQuestion"):
        return ("string" if not date.get("includeYear") else "datetime" if date.get("includeTime") else "date"), ()
    return ("number" if {"scaleQuestion", "ratingQuestion"} & question.keys() else "string"), ()


def _plain(title: Any) -> str:
    return re.sub(r"\s+", " ", str(title or "")).strip()


def _unused(label: str, taken: set[str]) -> str:
    """Give a label that no other bears, by a number behind it: `Name (2)`."""
    free, number = label, 1
    while free.casefold() in taken:
        number += 1
        free = f"{label} ({number})"
    taken.add(free.casefold())
    return free


def fields_of(form: Form) -> list[SourceField]:
    """List the fields of a form's records."""
    asked = [
        SourceField(field_path(each.label), each.type, each.label, each.choices, custom=True)
        for each in form.questions.values()
    ]
    return [*OWN_FIELDS, *asked]


def record_data(response: JsonObject, form: Form, form_id: str) -> JsonObject:
    """Make a record of a response.

    Raises:
        TransientError: it has no `responseId`.
    """
    if not response.get("responseId"):
        raise TransientError("Google Forms: a response without `responseId`")
    told = response.get("answers") or {}
    if not isinstance(told, dict):
        raise TransientError("Google Forms: a response whose `answers` are none")
    answers = {key: _answer(value, form.questions.get(key)) for key, value in told.items()}
    data: JsonObject = {key: value for key, value in response.items() if key != "answers"}
    data |= {"formId": form_id, "formTitle": form.title, "answers": answers}
    data |= {form.questions[key].label: answer for key, answer in answers.items() if key in form.questions}
    return data


def _answer(answer: Any, question: Question | None) -> Any:
    """Give the answer itself: text, or a list where several may be chosen, or files; as it came, if it is none."""
    kinds = answer if isinstance(answer, dict) else {}
    files, texts = (_given(kinds.get(name)) for name in ("fileUploadAnswers", "textAnswers"))
    if files is not None:
        return files
    if texts is None:
        is_blank = isinstance(answer, dict) and not any(value for key, value in kinds.items() if key != "questionId")
        return "" if is_blank else answer
    given = [each.get("value", "") if isinstance(each, dict) else each for each in texts]
    if len(given) > 1 or (question is not None and question.many):
        return given
    return given[0] if given else ""


def _given(kind: Any) -> list[Any] | None:
    """What was given in one kind of answer; None where there is nothing of this kind."""
    answers = kind.get("answers") if isinstance(kind, dict) else None
    return answers if isinstance(answers, list) else None
