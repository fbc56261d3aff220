"""Prospects from a CSV file: a list that somebody bought, or wrote down at a fair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from connectors.csv.connector import CsvConfig, CsvFile
from connectors.csv.dialect import PROBLEM
from connectors.errors import SetupError
from connectors.prospects.person import Prospect, tidy

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first name", "firstname", "first", "given name"),
    "last_name": ("last name", "lastname", "last", "surname", "family name"),
    "title": ("title", "job title", "position", "role"),
    "seniority": ("seniority", "seniority level", "level", "management level"),
    "department": ("department", "departments", "function"),
    "organization_name": ("company", "company name", "organization", "organisation", "organization name", "account"),
    "domain": ("domain", "company domain", "email domain"),
    "website": ("website", "web site", "url", "company website"),
    "industry": ("industry", "sector"),
    "employees": ("employees", "employee count", "number of employees", "company size", "headcount", "# employees"),
    "country": ("country", "country code"),
    "state": ("state", "region", "state or region", "province"),
    "city": ("city", "town", "location"),
    "linkedin": ("linkedin", "linkedin url", "person linkedin url", "linkedin profile"),
    "email": ("email", "e-mail", "email address", "e-mail address", "work email"),
    "phone": ("phone", "phone number", "work phone", "work number", "telephone", "direct phone"),
    "mobile": ("mobile", "mobile phone", "mobile number", "cell"),
}
_NAME = ("name", "full name")
_FIELD_OF = {column: field for field, columns in _COLUMNS.items() for column in columns}


class ProspectFile:
    """Reads a file of prospects; columns go by their names, whatever their case.

    Attributes:
        unread: columns that stand for nothing here.
        problems: sentences about rows that cannot be read whole; such rows are left out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unread: list[str] = []
        self.problems: list[str] = []

    def read(self) -> Iterator[Prospect]:
        """Give the rows, in their order.

        Raises:
            SetupError: the file cannot be read, or no column of it names anybody.
        """
        with CsvFile(CsvConfig(path=str(self.path))) as rows:
            header = [field.label or field.path for field in rows.discover("rows")]
            meant = {column: _field(column) for column in header}
            self.unread = [column for column, field in meant.items() if field is None]
            if not {"last_name", "name", "email"} & set(meant.values()):
                raise SetupError(
                    f"{self.path.name} has no column of names or addresses: {', '.join(header)}",
                    fix="call them First Name, Last Name, Company, Email, …: docs/prospect-lists.md",
                )
            for page in rows.pull("rows", None):
                for record in page.records:
                    if problem := record.data.get(PROBLEM):
                        self.problems.append(str(problem))
                    else:
                        yield Prospect(record.id, _read(record.data, meant))


def _field(column: str) -> str | None:
    plain = re.sub(r"[\s_]+", " ", column.strip().lower())
    return "name" if plain in _NAME else _FIELD_OF.get(plain)


def _read(row: Mapping[str, str], meant: Mapping[str, str | None]) -> dict[str, object]:
    values: dict[str, str] = {}
    for column, field in meant.items():
        if field is not None and row.get(column, "").strip():
            values.setdefault(field, row[column].strip())
    if name := values.pop("name", None):
        first, _, last = name.rpartition(" ")
        values = {"first_name": first, "last_name": last} | values
    return tidy(values)
