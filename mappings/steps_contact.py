"""Steps for how people and companies are reached."""

from __future__ import annotations

import re
from typing import Literal

from mappings.errors import StepError
from mappings.phones import country_name, e164, region_of
from mappings.steps import step
from sell_model.types import checked_email

_IN_BRACKETS = re.compile(r"<\s*([^<>]+?)\s*>")


@step("email", loss="a name written before an address in angle brackets is not kept")
def email(value: str) -> str:
    """Check an e-mail address and write it small; `mailto:` and angle brackets come off.

    >>> email(" Ann@Example.COM "), email("Ann Li <mailto:ann@example.com>")
    ('ann@example.com', 'ann@example.com')
    """
    text = value.strip().lower()
    if "<" in text and (found := _IN_BRACKETS.search(text)):
        text = found[1]
    try:
        return checked_email(text.removeprefix("mailto:"))
    except ValueError as error:
        raise StepError(
            str(error), fix="correct the address at the source, or empty it there", code="bad_email"
        ) from error


@step("phone", main="region", hub={"region": "region"})
def phone(value: str, *, region: str = "US", otherwise: Literal["hold", "keep", "leave"] = "hold") -> str | None:
    """Write a phone number as E.164, an extension after it as `;ext=`.

    `region` is the country of numbers that do not say theirs, by code or name; the hub's own when not
    stated; `region_from: PATH` reads it from the record. `otherwise` says what becomes of what is no
    number: `hold` the record, `keep` it as it is given, `leave` it out.

    >>> phone("(415) 555-2671", region="US"), phone("030 901820", region="Germany")
    ('+14155552671', '+4930901820')
    >>> phone("+1 415 555 2671 ext. 12", region="US"), phone("ask Bo", region="US", otherwise="keep")
    ('+14155552671;ext=12', 'ask Bo')
    """
    text = value.strip().removeprefix("tel:")
    written = e164(text, region)
    if written is None and (known := region_of(region)) not in {region, None}:
        written = e164(text, str(known))
    if written is not None:
        return written
    if otherwise == "hold":
        raise StepError(
            f"not a phone number in {region}",
            fix="correct it at the source, state another region, or say {phone: {otherwise: keep}}",
            code="bad_phone",
        )
    return text if otherwise == "keep" else None


@step("country", main="to")
def country(value: str, *, to: Literal["name", "code"] = "name") -> str:
    """Write a country by its English name, or by its ISO 3166 code.

    >>> country("de"), country("Deutschland", to="code")
    ('Germany', 'DE')
    """
    code = region_of(value)
    if code is None:
        raise StepError("not a country we know", fix="correct it at the source, or leave the step out")
    return code if to == "code" else country_name(code) or code
