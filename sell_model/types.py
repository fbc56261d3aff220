"""The kinds of values that Sell's fields hold, each said once, with its limits.

Lengths are our choice where Sell documents none: names, titles, addresses and links 255, paragraphs
64,000 characters, as Sell's own paragraph field. Longer text is refused by name, never cut.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from sell_model.money import checked_currency

TEXT_LENGTH = 255
PARAGRAPH_LENGTH = 64_000
TAG_LENGTH = 255
LARGEST_MONEY = Decimal(10) ** 15


class SellModel(BaseModel):
    """What all canonical records share: unknown fields are refused, text is trimmed at its ends."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


Text: TypeAlias = Annotated[str, Field(max_length=TEXT_LENGTH)]
"""A single line: name, title, phone, link. At most 255 characters."""

Paragraph: TypeAlias = Annotated[str, Field(max_length=PARAGRAPH_LENGTH)]
"""Text of several lines, at most 64,000 characters."""

_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_DOUBTFUL_DOTS = re.compile(r"^\.|\.\.|\.@")


def checked_email(value: str) -> str:
    """Give the address unchanged, or say what is wrong with it.

    Ordinary ASCII addresses pass by a pattern; everything else is decided by `email-validator`,
    without asking DNS.

    Raises:
        ValueError: not an e-mail address; the text says why.
    """
    if _PLAIN_EMAIL.fullmatch(value) and not _DOUBTFUL_DOTS.search(value):
        return value
    import email_validator

    try:
        email_validator.validate_email(value, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"not an e-mail address: {error}") from error
    return value


Email: TypeAlias = Annotated[str, Field(max_length=TEXT_LENGTH), AfterValidator(checked_email)]
"""An e-mail address, as given."""


def read_money(value: Any) -> str:
    """Read an amount as decimal text without an exponent: "1000.50". Never through float arithmetic.

    Accepts what Sell sends: whole numbers as JSON integers, others as text.

    Raises:
        ValueError: not a number, negative, or above 10^15.
    """
    try:
        amount = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation as error:
        raise ValueError("not an amount: digits with a decimal point are expected, like 1250.50") from error
    if not amount.is_finite():
        raise ValueError("not an amount: digits with a decimal point are expected, like 1250.50")
    if amount < 0 or amount > LARGEST_MONEY:
        raise ValueError("amounts run from 0 to 10^15")
    return format(amount.normalize() if amount == amount.to_integral_value() else amount, "f")


Money: TypeAlias = Annotated[str, BeforeValidator(read_money)]
"""An amount as decimal text; its currency stands beside it."""

Currency: TypeAlias = Annotated[str, AfterValidator(checked_currency)]
"""A currency's code of ISO 4217, upper case."""


def utc_text(value: datetime) -> str:
    """Write an aware time as ISO 8601 UTC with six decimals and a Z.

    Always the same width, so that text order is time order in every database.
    """
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(value: Any) -> str:
    """Read a time as ISO 8601 UTC text.

    Raises:
        ValueError: not a time, or a time without its zone.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("not a time: ISO 8601 is expected, like 2026-01-02T03:04:05Z") from error
    if not isinstance(value, datetime):
        raise ValueError("not a time: ISO 8601 is expected, like 2026-01-02T03:04:05Z")
    if value.tzinfo is None:
        raise ValueError("a time without its zone: add Z or an offset, or name the zone in a datetime step")
    try:
        return utc_text(value)
    except OverflowError as error:
        raise ValueError("a time that in UTC lies outside the years 1 to 9999") from error


Time: TypeAlias = Annotated[str, BeforeValidator(read_time)]
"""A moment, as ISO 8601 UTC text."""


def read_date(value: Any) -> str:
    """Read a calendar date as `YYYY-MM-DD`; a time of day after it is dropped only when it is midnight.

    Raises:
        ValueError: not a date.
    """
    text = str(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("not a date: YYYY-MM-DD is expected, or a date step that names the format") from error
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise ValueError("a time where a date is expected: use a date step to say which zone's day it is")
    return moment.date().isoformat()


Date: TypeAlias = Annotated[str, BeforeValidator(read_date)]
"""A calendar date, `YYYY-MM-DD`."""


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tag for tag in tags if tag))


Tags: TypeAlias = Annotated[
    list[Annotated[str, Field(max_length=TAG_LENGTH)]],
    AfterValidator(_distinct),
]
"""Tags in order, without repeats."""


class Address(SellModel):
    """A postal address. Country is free text in Sell, not a code."""

    line1: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    state: Text | None = None
    country: Text | None = None


Percent: TypeAlias = Annotated[int, Field(ge=0, le=100)]
"""A likelihood, 0 to 100."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object."""

CustomFields: TypeAlias = dict[str, Any]
"""Custom values keyed by the field's name; their types are checked against their definitions."""
