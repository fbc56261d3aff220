"""Reading what was posted: every answer checked, every fault said at its question, machines told apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs

import email_validator

from connectors.connector import JsonObject, Request
from connectors.errors import RefusedRequest
from connectors.form.settings import FormConfig, Question, in_language
from connectors.form.stamps import Stamp, read_stamp
from connectors.form.wording import LANGUAGES, LINE, Language

STAMP, LANGUAGE, CONSENT = "stamp", "lang", "consent"
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""What a link says of where it stood; a form hands it on."""
URL_ENCODED = "application/x-www-form-urlencoded"
TRAPS = ("topic", "reference", "extension", "office")
"""Names of the field that nobody sees and machines fill in; each page has one of them."""
TICKED = "yes"
MOST_FIELDS = 200
BAD_REQUEST, WRONG_TYPE, UNPROCESSABLE = 400, 415, 422


class RefusedForm(RefusedRequest):
    """What was posted is not taken, and why. Its text holds no answer.

    Attributes:
        key: what is said to whoever sent it, of `wording.SAID`; empty: nothing is, they see what all others see.
        faults: question → what is wrong with its answer.
        values: what was typed, to be shown again.
        stamp: of the page that was sent, to be sent again with it; None: it needs a new one.
    """

    def __init__(
        self,
        text: str,
        key: str,
        values: Mapping[str, str],
        *,
        faults: Mapping[str, str] | None = None,
        stamp: Stamp | None = None,
        status: int = UNPROCESSABLE,
    ) -> None:
        super().__init__(f"form: {text}", status=status)
        self.key, self.values, self.faults, self.stamp = key, values, dict(faults or {}), stamp


def read_fields(request: Request) -> dict[str, str]:
    """Read a posted form; of a field that comes several times the first counts.

    Raises:
        RefusedRequest: 415 no form by its type; 400 no form by its content.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != URL_ENCODED:
        raise RefusedRequest("form: the content type is not that of a form", status=WRONG_TYPE)
    try:
        fields = parse_qs(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise RefusedRequest("form: the form's fields cannot be read", status=BAD_REQUEST) from None
    return {name: values[0].replace("\r\n", "\n").strip() for name, values in fields.items()}


def trap_of(stamp: Stamp, config: FormConfig) -> str:
    """Name the field of a page that nobody sees."""
    asked = {question.name for question in config.fields}
    free = [name for name in TRAPS if name not in asked] or [f"{TRAPS[0]}_2"]
    return free[int(stamp.name[:4], 16) % len(free)]


def checked_stamp(fields: Mapping[str, str], config: FormConfig, key: bytes, now: datetime) -> Stamp:
    """Give the stamp of the page that was sent.

    Raises:
        RefusedForm: it bears none of ours, was open for too long, was sent too fast, or by a machine.
    """
    stamp = read_stamp(fields.get(STAMP, ""), key)
    if stamp is None:
        raise RefusedForm("the page's stamp is missing or not ours", "stale", fields)
    age = now - stamp.shown_at
    if age > timedelta(hours=config.max_hours) or age < timedelta(minutes=-1):
        raise RefusedForm("the page was shown too long ago", "stale", fields)
    if fields.get(trap_of(stamp, config)):
        raise RefusedForm("the field that nobody sees was filled in", "", fields, stamp=stamp)
    if age < timedelta(seconds=config.min_seconds):
        raise RefusedForm("it was sent faster than a person can", "early", fields, stamp=stamp)
    return stamp


def answers_in(fields: Mapping[str, str], config: FormConfig, stamp: Stamp) -> JsonObject:
    """Give the answers; what was not answered is left out.

    Raises:
        RefusedForm: something is missing or wrong; all of it is said.
    """
    faults: dict[str, str] = {}
    answers: JsonObject = {}
    for question in config.fields:
        value = fields.get(question.name, "")
        if fault := _fault(question, value, needed=config.needs(question)):
            faults[question.name] = fault
        elif value:
            answers[question.name] = TICKED if question.kind == "tick" else value
    if config.consent is not None and config.consent_required and not fields.get(CONSENT):
        faults[CONSENT] = "not_ticked"
    if faults:
        raise RefusedForm("answers are missing or wrong", "problem", fields, faults=faults, stamp=stamp)
    language = language_of(fields.get(LANGUAGE), config)
    if config.consent is not None and fields.get(CONSENT):
        answers |= {CONSENT: TICKED, "consent_text": in_language(config.consent, language)}
    came_by = {name: fields[name] for name in UTM if 0 < len(fields.get(name, "")) <= LINE and _is_plain(fields[name])}
    return {**answers, **came_by, "language": language}


def _fault(question: Question, value: str, *, needed: bool) -> str:
    if not value:
        return ("not_ticked" if question.kind == "tick" else "missing") if needed else ""
    if len(value) > question.longest:
        return "too_long"
    if not _is_plain(value, lines=question.kind == "long"):
        return "unreadable"
    if question.kind == "choice" and value not in question.choices:
        return "not_offered"
    return "bad_email" if question.kind == "email" and not _is_email(value) else ""


def _is_plain(text: str, *, lines: bool = False) -> bool:
    """Whether a text holds no control characters; in long answers new lines and tabs are none."""
    return not any(
        sign < " " or sign == "\x7f" for sign in (text.replace("\n", "").replace("\t", "") if lines else text)
    )


def _is_email(text: str) -> bool:
    try:
        email_validator.validate_email(text, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return False
    return True


def language_of(wanted: str | None, config: FormConfig) -> Language:
    """Give the language that is asked for by its name, or else the form's own."""
    return next((language for language in LANGUAGES if language == wanted), config.language)


def names_of(stamp: Stamp, answers: Mapping[str, object]) -> tuple[str, str]:
    """Name a delivery and its record: the same page with the same answers is the same delivery, and with others of
    the same person the same record; somebody else who goes back to it is another.
    """
    said = sha256(repr(sorted(answers.items())).encode("utf-8", "backslashreplace")).hexdigest()[:20]
    who = "|".join(str(answers.get(name, "")).lower() for name in ("email", "phone", "mobile"))
    person = sha256((who if who.strip("|") else said).encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{stamp.name}-{said}", f"{stamp.name}-{person}"
