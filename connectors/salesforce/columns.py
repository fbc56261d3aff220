"""Going on without a field that `describe` shows and a query refuses: field-level security tells it so late."""

from __future__ import annotations

import re

from connectors.salesforce import soql
from connectors.salesforce.client import OrgClient, QueryPage
from connectors.salesforce.errors import Refused
from connectors.salesforce.object import SObject

_NO_COLUMN = re.compile(r"No such column '([\w.]+)'(?: on entity '(\w+)')?")
_NO_RELATION = re.compile(r"Didn't understand relationship '(\w+)'")


def without_refused(sobject: SObject, refused: Refused) -> tuple[SObject, str] | None:
    """Leave out what a query was refused for; give what is left and the name of it. None: nothing can be left out."""
    if refused.code != "INVALID_FIELD":
        return None
    for name in _named(sobject, refused.text):
        left = sobject.without(name)
        if left.names != sobject.names:
            return left, name
    return None


def first_page(
    client: OrgClient, sobject: SObject, where: str, *, deleted_too: bool = False, limit: int | None = None
) -> tuple[SObject, QueryPage]:
    """Ask for rows with all fields that may be read; give the object as far as it may be, and the first page.

    Raises:
        Refused: for something else than a field.
    """
    while True:
        text = soql.select(sobject.names, sobject.name, where) + (f" LIMIT {limit}" if limit else "")
        try:
            return sobject, client.query(text, deleted_too=deleted_too)
        except Refused as refused:
            if (left := without_refused(sobject, refused)) is None:
                raise
            sobject = left[0]


def _named(sobject: SObject, text: str) -> list[str]:
    """What a refusal may mean, the likeliest first; one that names nothing of ours can only mean what lies beyond."""
    found = []
    if relation := _NO_RELATION.search(text):
        found.append(relation[1])
    if column := _NO_COLUMN.search(text):
        if column[2] in {None, sobject.name}:
            found.append(column[1])
        found += [path for path in sobject.beyond if path.endswith(f".{column[1]}")]
    return [*found, *sobject.beyond] if sobject.beyond else found
