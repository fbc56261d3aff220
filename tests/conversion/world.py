"""A hub with salespeople and pools, leads by a file and by a scripted CRM, and its whole state to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.conversion_report import Converted
from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.database import examine
from hub.importing import Import, import_file
from hub.opening import Hub
from hub.unconverting import Unconverted, unconvert_lead
from tests.hub.test_review_helpers import rows

TOML = """
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
[[pools]]
name = "Accounts"
of = "contact"
members = ["bo@example.com", "ann@example.com"]
[[pools]]
name = "Accounts"
of = "deal"
members = ["ann@example.com", "bo@example.com"]
"""
HEADER = "id,First Name,Last Name,Email,Company Name,Title,Tags,Owner,Source"
ANN = "ann@example.com"
WITH_DEAL = Wishes(deal="", value="2400")


def lead_row(key: int, first: str, last: str, email: str, company: str = "", **more: str) -> str:
    """A line of the file of leads."""
    rest = (more.get(name, "") for name in ("title", "tags", "owner", "source"))
    return ",".join((str(key), first, last, email, company, *rest))


def bring(hub: Hub, folder: Path, *lines: str, source: str = "csv", pool: str | None = "Inbound") -> int:
    """Import leads; gives the run."""
    path = folder / f"{source}.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    import_file(hub, Import(path, source=source, pool=pool))
    last: int = rows(hub, "SELECT MAX(id) FROM run")[0][0]
    return last


def convert(hub: Hub, lead: int, wishes: Wishes | None = None, **more: Any) -> Converted:
    """Convert a lead, as Ann."""
    return convert_lead(hub, lead, wishes or Wishes(), by=ANN, **more)


def unconvert(hub: Hub, lead: int, **more: Any) -> Unconverted:
    """Take a conversion back, as Ann."""
    return unconvert_lead(hub, lead, by=ANN, **more)


def record(hub: Hub, kind: str, id_: int | None) -> dict[str, Any]:
    """A record, with its references by name."""
    from storage.named_rows import named_rows

    with hub.store.read() as db:
        return named_rows(db, kind, [id_ or 0])[id_ or 0]


def breaches(hub: Hub) -> list[str]:
    """What `db check` finds."""
    return [finding.text for finding in examine(hub) if finding.level != "ok"]


_SAME = {
    "lead": "id",
    "contact": "id",
    "deal": "id",
    "association": "id",
    "link": "source_record_id, mapping",
    "match_key": "source_record_id, key",
    "hand_edit": "record_type, record_id, field",
    "person": "id",
    "company": "id",
    "pool_member": "pool_id, user_id",
    "figure": "record_type, record_id",
    "stage_change": "id",
    "pending_ref": "source_record_id, mapping, field",
    "source_record": "id",
}
_CHANGES = ("version", "updated_at", "customer_status", "prospect_status")
"""The statuses are derived from deals whenever somebody touches a contact."""


def state(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """All rows that a conversion touches, but for versions, times of change and derived statuses."""
    from storage.tables import metadata

    columns = {t: [c.name for c in metadata.tables[t].columns if c.name not in _CHANGES] for t in _SAME}
    return {
        table: [
            tuple(map(str, row))
            for row in rows(hub, f'SELECT {", ".join(columns[table])} FROM "{table}" ORDER BY {by}')
        ]
        for table, by in _SAME.items()
    }


def differing(before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    """The tables in which two states differ, and how."""
    return {name: (rows_, after[name]) for name, rows_ in before.items() if rows_ != after[name]}
