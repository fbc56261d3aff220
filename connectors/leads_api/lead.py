"""A lead as Sell's API takes it: which fields it has, of which type, and all that is wrong with one at once.

Source of facts: Zendesk Sell Core API v2, leads, errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from connectors.connector import JsonObject
from connectors.errors import RefusedRequest

TEXTS = (
    "first_name", "last_name", "organization_name", "status", "title", "description", "industry", "website", "email",
    "phone", "mobile", "fax", "twitter", "facebook", "linkedin", "skype",
)  # fmt: skip
ADDRESS_PARTS = ("line1", "city", "postal_code", "state", "country")
IDS = ("owner_id", "source_id", "unqualified_reason_id")
FIELDS = (*TEXTS, *IDS, "address", "tags", "custom_fields")
"""What a sender may set; what else stands in `data` is read by nobody, as in Sell."""

BAD_REQUEST, WRONG_TYPE, UNPROCESSABLE = 400, 415, 422


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request, in Sell's words."""

    code: str
    message: str
    field: str | None = None
    """JSON pointer into `data`: `/last_name`."""


class RefusedLead(RefusedRequest):
    """A lead that cannot be taken, with every reason. No value of it is quoted.

    Attributes:
        faults: at least one.
    """

    def __init__(self, *faults: Fault, status: int = UNPROCESSABLE) -> None:
        told = "; ".join(dict.fromkeys(f"{f.code} {_place(f.field)}".strip() for f in faults))
        super().__init__(f"leads API: {told}", status=status)
        self.faults = faults


def _place(field: str | None) -> str:
    """Name a field for the count of refusals: a custom field's name, or a tag, is a stranger's text."""
    return "/".join((field or "").split("/")[:2])


def read_data(content_type: str, body: bytes) -> JsonObject:
    """Read the `data` of a request's body, `{"data": {…}}`.

    Raises:
        RefusedLead: 415 no JSON by its type; 400 no JSON by its content; 422 no `data`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind.rpartition("/")[2].rpartition("+")[2] != "json":
        raise RefusedLead(
            Fault("invalid_header", "the content type must be application/json", "/Content-Type"), status=WRONG_TYPE
        )
    try:
        content = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusedLead(Fault("invalid_payload", "the body is not JSON"), status=BAD_REQUEST) from None
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise RefusedLead(Fault("incorrect_payload", 'the body must be {"data": {…}}', "/data"))
    return {name: value for name, value in data.items() if name in FIELDS}


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def faults_of(data: Mapping[str, Any], *, is_new: bool) -> list[Fault]:
    """Give all that is wrong with a lead's fields.

    Args:
        is_new: it is to be a lead by itself, not to change one.
    """
    faults = [*_types(data)]
    if is_new and not any(_said(data.get(name)) for name in ("last_name", "organization_name")):
        faults.append(Fault("missing", "a lead needs last_name or organization_name", "/last_name"))
    return faults


def _said(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _types(data: Mapping[str, Any]) -> Iterator[Fault]:
    for name in TEXTS:
        if not isinstance(data.get(name), str | None):
            yield _wrong(name, "text")
    for name in IDS:
        if not _is_id(data.get(name)):
            yield _wrong(name, "a whole number")
    address, tags, custom = (data.get(name) for name in ("address", "tags", "custom_fields"))
    if not isinstance(address, dict | None):
        yield _wrong("address", "an object")
    elif address:
        yield from (_wrong(f"address/{part}", "text") for part in ADDRESS_PARTS if not _is_text(address.get(part)))
    if not isinstance(tags, list | None) or not all(isinstance(tag, str) for tag in tags or ()):
        yield _wrong("tags", "an array of texts")
    if not isinstance(custom, dict | None):
        yield _wrong("custom_fields", "an object")


def _is_text(value: Any) -> bool:
    return isinstance(value, str | None)


def _is_id(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63)


def _wrong(name: str, what: str) -> Fault:
    return Fault("invalid_type", f"{name.replace('/', '.')} must be {what}", f"/{name}")
