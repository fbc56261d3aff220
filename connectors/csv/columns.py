"""A record of the hub as a row of Sell's CSV import: which columns, and how each value is written.

Columns bear the labels of Sell's own fields, so that an import matches them by itself; `Id` in front is the
hub's number of the record. A custom field is a column of its own name, which is what Sell takes for "add as
custom field"; one that is called like a column of ours gets ` (custom)` behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Row = dict[str, str]
"""Cell by column; blank cells are left out."""

_ABOUT = (
    ("Title", ("title",)),
    ("Email", ("email",)),
    ("Work Number", ("phone",)),
    ("Mobile Number", ("mobile",)),
    ("Fax", ("fax",)),
    ("Website", ("website",)),
    ("Street", ("address.line1",)),
    ("City", ("address.city",)),
    ("Zip/Post Code", ("address.postal_code",)),
    ("State or Region", ("address.state",)),
    ("Country", ("address.country",)),
    ("Industry", ("industry",)),
)
_OWNED = (
    ("Owner", ("owner_email", "owner", "owner_name", "owner_id")),
    ("Tags", ("tags",)),
)
_SOCIAL = (
    ("Description", ("description",)),
    ("Skype", ("skype",)),
    ("Facebook", ("facebook",)),
    ("Twitter", ("twitter",)),
    ("LinkedIn", ("linkedin",)),
    ("Email Consent", ("email_consent",)),
    ("Phone Consent", ("phone_consent",)),
)

COLUMNS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "lead": (
        ("First Name", ("first_name",)),
        ("Last Name", ("last_name",)),
        ("Company Name", ("organization_name",)),
        *_ABOUT,
        ("Source", ("source", "source_name", "source_id")),
        ("Status", ("status",)),
        ("Unqualified Reason", ("unqualified_reason", "unqualified_reason_name", "unqualified_reason_id")),
        *_OWNED,
        *_SOCIAL,
    ),
    "contact": (
        ("First Name", ("first_name",)),
        ("Last Name", ("last_name",)),
        ("Name", ("name",)),
        ("Is Company", ("is_organization",)),
        ("Company Name", ("company", "company_name", "organization_name", "contact", "contact_id")),
        *_ABOUT,
        ("Customer Status", ("customer_status",)),
        ("Prospect Status", ("prospect_status",)),
        *_OWNED,
        *_SOCIAL,
    ),
    "deal": (
        ("Deal Name", ("name",)),
        ("Value", ("value",)),
        ("Currency", ("currency",)),
        ("Pipeline", ("pipeline", "pipeline_name", "pipeline_id")),
        ("Stage", ("stage", "stage_name", "stage_id")),
        ("Primary Contact", ("contact", "contact_name", "contact_id")),
        ("Company", ("organization", "organization_name", "company", "organization_id")),
        ("Hot", ("hot",)),
        ("Source", ("source", "source_name", "source_id")),
        *_OWNED,
        ("Added on", ("added_at", "added_on")),
        ("Estimated Close Date", ("estimated_close_date",)),
        ("Win Likelihood", ("customized_win_likelihood",)),
        ("Loss Reason", ("loss_reason", "loss_reason_name", "loss_reason_id")),
        ("Unqualified Reason", ("unqualified_reason", "unqualified_reason_name", "unqualified_reason_id")),
    ),
}
"""Per record type: column, and the fields it is taken from, the first that is there: names before ids."""

ID = "Id"


def header_of(record_type: str, custom: Iterable[str]) -> list[str]:
    """Give the columns of a file in order: `Id`, Sell's, then the custom ones by name."""
    return [ID, *(column for column, _ in COLUMNS[record_type]), *sorted(custom)]


def row_of(record_type: str, data: Mapping[str, object]) -> Row:
    """Write a record's fields as cells."""
    row = {column: _first(data, fields) for column, fields in COLUMNS[record_type]}
    return {column: defused(cell) for column, cell in row.items() if cell}


def custom_row_of(record_type: str, data: Mapping[str, object]) -> Row:
    """Write a record's custom fields as cells, blank ones too: the column exists."""
    fields = data.get("custom_fields")
    if not isinstance(fields, Mapping):
        return {}
    ours = {column.casefold() for column in header_of(record_type, ())}
    return {
        defused(f"{name} (custom)" if name.casefold() in ours else name): defused(as_text(value))
        for name, value in fields.items()
    }


def _first(data: Mapping[str, object], fields: Iterable[str]) -> str:
    texts = (as_text(_at(data, field)) for field in fields)
    return next((text for text in texts if text), "")


def _at(data: Mapping[str, object], path: str) -> object:
    value: object = data
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def as_text(value: object) -> str:
    """Write a value as Sell's import reads it: `1`/`0` for a checkbox, commas between several choices.

    An object is a reference, written by its e-mail or name, or an address, written on one line.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (list, tuple)):
        return ",".join(filter(None, map(as_text, value)))
    if isinstance(value, Mapping):
        name = value.get("email") or value.get("name")
        return as_text(name) if name else ", ".join(filter(None, map(as_text, value.values())))
    return str(value)


def defused(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula.

    That is a cell that begins with `=`, `+`, `-`, `@`, tab or carriage return (OWASP, CSV injection). Signed
    numbers and phones, such as `-12.50` or `+1 (415) 555-0100`, can do nothing and stay as they are.

    >>> defused("=HYPERLINK(0)"), defused("+14155550100")
    ("'=HYPERLINK(0)", '+14155550100')
    """
    if cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} or re.fullmatch(r"[+-]\d?[\d .,()/-]*", cell):
        return cell
    return f"'{cell}"
