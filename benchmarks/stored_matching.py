"""A labelled set landed, matched and merged in a real store: by the code that a sync uses, in batches of 1,000."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Page,
    SourceField,
    SourceRecord,
    Stream,
)
from hub.opening import open_hub
from hub.runs import Options
from hub.settings import SourcePart
from hub.sync import sync_source
from sell_model.draft import Draft
from sell_model.types import JsonObject

PAGE = 1_000
SOURCE = "labelled"

_PERSON = """\
from: labelled.people
to: lead
id: id
fields:
  first_name: first_name
  last_name: last_name
  organization_name: organization_name
  title: title
  website: website
  email: email
  phone: phone
  mobile: mobile
  address: {line1: address.line1, city: address.city, postal_code: address.postal_code}
custom_fields:
  Date of birth: custom_fields."Date of birth"
  National id: custom_fields."National id"
"""
_COMPANY = """\
from: labelled.companies
to: contact
id: id
fields:
  is_organization: {const: true}
  name: name
  website: website
  email: email
  phone: phone
  address: {line1: address.line1, city: address.city, postal_code: address.postal_code}
"""


class LabelledRows(Connector[ConnectorConfig]):
    """Gives a set's records page by page, as what a mapping makes of them."""

    name: ClassVar[str] = SOURCE
    title: ClassVar[str] = "Labelled set"
    Config: ClassVar[type[ConnectorConfig]] = ConnectorConfig

    def __init__(self, drafts: Iterable[tuple[str, Draft]], *, companies: bool) -> None:
        super().__init__(ConnectorConfig())
        self._drafts = drafts
        self._stream = Stream("companies", "companies") if companies else Stream("people", "people")

    def streams(self) -> Sequence[Stream]:
        return [self._stream]

    def check(self) -> list[Check]:
        return []

    def discover(self, stream: str) -> list[SourceField]:
        return []

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        read: int = (cursor or {}).get("read", 0)
        rest = islice(self._drafts, read, None)
        while part := list(islice(rest, PAGE)):
            read += len(part)
            yield Page([SourceRecord(id_, {"id": id_, **_plain(draft)}) for id_, draft in part], {"read": read})


def _plain(draft: Draft) -> JsonObject:
    return dict(draft.fields)


@dataclass(frozen=True, slots=True)
class Stored:
    """How a set came to lie in a store."""

    clusters: dict[str, int]
    """Record → whom it was taken for."""
    asked: list[tuple[int, int]]
    """Pairs of identities that wait for a person, the older first."""


def settle(home: Path, url: str = "sqlite:///hub.db") -> None:
    """Make a hub's home for labelled sets."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "hub.toml").write_text(f'[hub]\nregion = "US"\n[storage]\nurl = "{url}"\n', encoding="utf-8")
    folder = home / "mappings" / SOURCE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.lead.yaml").write_text(_PERSON, encoding="utf-8")
    (folder / "companies.contact.yaml").write_text(_COMPANY, encoding="utf-8")


def land(home: Path, drafts: Iterable[tuple[str, Draft]], *, companies: bool) -> int:
    """Take records in as a sync does, from where the last one that was cut off had come; gives how many came now.

    Raises:
        RuntimeError: one was held: the set is not what the mapping expects.
    """
    with open_hub(home) as hub:
        mapping = f"{SOURCE}/companies.contact" if companies else f"{SOURCE}/people.lead"
        with_set = hub.with_source(SOURCE, SourcePart(connector="csv", mapping=mapping))
        reports = sync_source(with_set, SOURCE, Options(), LabelledRows(drafts, companies=companies))
        counts = reports[0].counts
        if reports[0].state != "done" or counts.held or counts.failed:
            raise RuntimeError(f"{reports[0].to_json()}")
        return counts.read


def read_back(home: Path, *, companies: bool) -> Stored:
    """Read whom each record was taken for, and what people are asked."""
    table, column = ("contact", "company_id") if companies else ("lead", "person_id")
    sql = (
        f"SELECT x.source_id, t.{column} FROM link l JOIN source_record x ON x.id = l.source_record_id "
        f'JOIN "{table}" t ON t.id = l.record_id WHERE l.record_type = ?'
    )
    with open_hub(home) as hub, hub.store.read() as db:
        clusters = {row[0]: row[1] for row in db.select(sql, (table,))}
        asked = db.select("SELECT one_id, other_id FROM duplicate WHERE state = 'open'")
    return Stored(clusters, [(one, other) for one, other in asked])
