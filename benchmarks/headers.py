"""Finds a labelled set's columns by their headers: sets come from many hands and call one thing by many names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADERS: dict[str, tuple[str, ...]] = {
    "id": ("id", "record_id", "rec_id", "unique_id", "uid", "row_id", "key"),
    "first_name": ("first_name", "firstname", "first", "given_name", "forename", "fname"),
    "middle_name": ("middle_name", "middlename", "middle", "second_name"),
    "last_name": ("last_name", "lastname", "last", "surname", "family_name", "lname"),
    "suffix": ("suffix", "name_suffix", "generation"),
    "full_name": ("full_name", "fullname", "person_name", "contact_name", "display_name", "person"),
    "name": ("name",),
    "email": ("email", "e_mail", "email_address", "mail", "emails"),
    "phone": ("phone", "phone_number", "telephone", "tel", "work_phone", "phones"),
    "mobile": ("mobile", "mobile_phone", "mobile_number", "cell", "cell_phone"),
    "company": (
        "company", "company_name", "organization", "organisation", "organization_name", "organisation_name", "org",
        "org_name", "employer", "account", "account_name", "firm", "firm_name", "business", "business_name",
    ),
    "title": ("title", "job_title", "position", "occupation", "role"),
    "street_number": ("street_number", "house_number"),
    "street": ("street", "street_address", "address_1", "address1", "address_line_1", "line1", "address"),
    "city": ("city", "town", "locality", "birth_place", "suburb"),
    "postcode": ("postcode", "post_code", "postal_code", "zip", "zip_code", "zipcode", "plz"),
    "country": ("country", "country_code", "nation"),
    "dob": ("dob", "date_of_birth", "birth_date", "birthdate", "birthday", "born"),
    "national_id": ("national_id", "ssn", "soc_sec_id", "social_security_number", "passport", "passport_number"),
    "website": ("website", "web_site", "url", "domain", "site", "homepage", "web"),
    "system": ("system", "source", "source_system", "dataset", "source_dataset"),
}  # fmt: skip
"""What a column holds → how it may be headed, the likeliest first."""
_LEFT_ASIDE = frozenset({
    "source_id", "updated_at", "created_at", "address_2", "address2", "state", "region", "gender", "sex", "industry",
    "type", "salutation",
})  # fmt: skip
"""Understood, and nothing that records are compared by."""
_PEOPLES = ("first_name", "last_name", "full_name", "dob", "title", "national_id", "mobile")
_NO_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a file holds what."""

    headers: dict[str, str]
    """What it holds → its header."""
    not_understood: tuple[str, ...]

    @property
    def is_of_companies(self) -> bool:
        """Whether the rows are companies: they have a name, and nothing that only people have."""
        named = "name" in self.headers or "company" in self.headers
        both = "name" in self.headers and "company" in self.headers
        return named and not both and not any(part in self.headers for part in _PEOPLES)

    def read(self, row: Mapping[str, str | None]) -> dict[str, str]:
        """Give a row by what its columns hold, without what is blank."""
        found = {part: (row.get(header) or "").strip() for part, header in self.headers.items()}
        return {part: value for part, value in found.items() if value}


def columns_of(headers: Sequence[str]) -> Columns:
    """Find out what the columns of these headers hold; without an id among them the first one is it."""
    plain = {_NO_WORD.sub("_", header.strip().casefold()).strip("_"): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for part, names in _HEADERS.items():
        header = next((plain[name] for name in names if name in plain), None)
        if header is not None and header not in found.values():
            found[part] = header
    found.setdefault("id", headers[0])
    used = set(found.values())
    aside = {plain[name] for name in _LEFT_ASIDE & plain.keys()}
    return Columns(found, tuple(h for h in headers if h not in used | aside))


def headers_of(path: Path) -> list[str]:
    """Give a file's headers.

    Raises:
        ValueError: it is empty.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        headers = next(csv.reader(file, delimiter=_delimiter(path)), [])
    if not headers:
        raise ValueError(f"{path} is empty: a first line with headers is expected")
    return headers


def rows_of(path: Path) -> Iterator[dict[str, str | None]]:
    """Read a file's rows, whether its columns are told apart by commas, semicolons or tabs."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=_delimiter(path))


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    return max((",", ";", "\t"), key=first.count)
