"""Sources whose people say whether they may be written to and called, as a test tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors.connector import SourceRecord
from hub.opening import Hub
from hub.reports import StreamReport
from tests.hub.test_review_helpers import rows, run

MAPPING = """
from: hubspot.contacts
to: lead
id: id
only_if: properties.lifecyclestage != 'other'
fields:
  first_name: properties.firstname
  last_name: properties.lastname
  email: properties.email
  email_consent: properties.mail
  phone_consent: properties.call
"""


def with_mapping(home: Path) -> None:
    """Let the contacts of these sources say their consent."""
    folder = home / "mappings" / "hubspot"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contacts.lead.yaml").write_text(MAPPING, encoding="utf-8")


def person(key: str, mail: str | None = None, call: str | None = None, email: str = "ann@example.com") -> SourceRecord:
    """Ann Li, as one record of a source says her."""
    said = {"firstname": "Ann", "lastname": "Li", "email": email, "mail": mail, "call": call}
    return SourceRecord(key, {"id": key, "properties": {name: value for name, value in said.items() if value}})


def tell(hub: Hub, *records: SourceRecord, source: str = "crm", **more: Any) -> StreamReport:
    """Sync a source that tells of these."""
    report = run(hub, {"contacts": records}, source=source, pool=None, **more)["contacts"]
    assert report.error is None, report.error
    return report


def consents(hub: Hub, kind: str = "lead") -> list[tuple[str | None, str | None]]:
    """E-mail and phone consent of those in sight, oldest first."""
    sql = f'SELECT email_consent, phone_consent FROM "{kind}" WHERE merged_into IS NULL ORDER BY id'
    return rows(hub, sql)
