"""Sources that tell of one person in different words, and a file of rules about them."""

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
updated_at: properties.changed
fields:
  first_name: properties.firstname
  last_name: properties.lastname
  email: properties.email
  title: properties.jobtitle
  phone: properties.phone
  address: {from: properties.address}
  tags: {from: properties.interests, steps: [{split: ";"}]}
custom_fields:
  Skills: {from: properties.skills, steps: [{split: ";"}], type: multi_select_list}
  Budget: properties.budget
"""
PRIORITIES = {"crm": 3, "shop": 2, "news": 1, "other": 0}
TOML = "".join(
    f'[sources.{name}]\nconnector = "hubspot"\ntoken = "t"\npriority = {priority}\n'
    for name, priority in PRIORITIES.items()
)


def with_mapping(home: Path) -> None:
    """Let the contacts of these sources say all that."""
    folder = home / "mappings" / "hubspot"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contacts.lead.yaml").write_text(MAPPING, encoding="utf-8")


def with_rules(home: Path, text: str | None) -> None:
    """Write the file of rules; None: take it away."""
    path = home / "mappings" / "survivors.yaml"
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8")


def ann(changed: str = "2026-01-01T00:00:00Z", **said: str) -> SourceRecord:
    """Ann Li, as one source says her; all bear her address."""
    told = {"firstname": "Ann", "lastname": "Li", "email": "ann@example.com", "changed": changed, **said}
    return SourceRecord("1", {"id": "1", "properties": told})


def tell(hub: Hub, source: str, *records: SourceRecord, **more: Any) -> StreamReport:
    """Sync a source that tells of these."""
    more.setdefault("priority", PRIORITIES.get(source, 0))
    report = run(hub, {"contacts": records}, source=source, pool=None, **more)["contacts"]
    assert report.error is None, report.error
    return report


def stored(hub: Hub) -> list[tuple[Any, ...]]:
    """What stands of every lead, but for its version and times."""
    sql = "SELECT id, first_name, last_name, email, title, phone, tags, custom_fields FROM lead ORDER BY id"
    return rows(hub, sql)


def title(hub: Hub) -> Any:
    """The title of the one lead."""
    ((found,),) = rows(hub, "SELECT title FROM lead")
    return found
