"""A hub with very many leads, made by bulk inserts: what lists are measured on. The same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.opening import Hub
from sell_model.custom_fields import CustomField
from sell_model.types import JsonObject, utc_text
from storage import canonical, custom_fields

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OWNERS = 40
BATCH = 10_000
_FIRST = "Ann Bo Carla David Elena Farid Grace Hugo Ines James Katrin Liam Maria Noah Olga Paul".split()
_LAST = "Li Sun Ortiz Keller Petrova Haddad Chen Moreau Santos Baker Vogel Byrne Rossi Okafor Novak Weber".split()
_STATUSES = ("New",) * 60 + ("Working",) * 25 + ("Unqualified",) * 14 + ("Nurturing",)
_SOURCES = ("Web", "Fair", "Ads", "Phone", "Partner")
_TAGS = (("fair", 0.3), ("web", 0.5), ("vip", 0.02), ("q3", 0.001))
_FIELDS = (
    CustomField("lead", "Tier", "list", ("A", "B", "C")),
    CustomField("lead", "Budget", "number"),
    CustomField("lead", "Renewal date", "date"),
    CustomField("lead", "Account code", "string"),
)
_FIGURES = (
    "record_type", "record_id", "last_activity_at", "last_activity_type", "last_communication_at",
    "last_communication_type", "next_task_at", "next_task_id", "open_tickets",
)  # fmt: skip


def hub_toml() -> str:
    """The users of the hub, who own the leads."""
    users = (f'[[users]]\nname = "User {n}"\nemail = "u{n}@example.com"' for n in range(1, OWNERS + 1))
    return "\n".join(users)


def fill(hub: Hub, count: int) -> None:
    """Put leads into an empty hub, with tags, custom fields and figures."""
    rng = random.Random(1)
    with hub.store.write() as db:
        for field in _FIELDS:
            custom_fields.add_field(db, field, _ago(0))
        rows = [(n, name, "lead", _ago(0), _ago(0)) for n, name in enumerate(_SOURCES, 1)]
        db.insert("source", ("id", "name", "resource_type", "created_at", "updated_at"), rows)
    for start in range(1, count + 1, BATCH):
        ids = range(start, min(start + BATCH, count + 1))
        with hub.store.write() as db:
            canonical.insert(db, "lead", [_lead(id_, rng) for id_ in ids], _ago(0))
            db.insert("figure", _FIGURES, [_figures(id_, rng) for id_ in ids if rng.random() < 0.4])


def _ago(days: float) -> str:
    return utc_text(NOW - timedelta(days=days))


def _lead(id_: int, rng: random.Random) -> JsonObject:
    first, last, company = rng.choice(_FIRST), f"{rng.choice(_LAST)}{rng.randrange(1000)}", id_ % 50_000
    return dict.fromkeys(canonical.COLUMNS["lead"]) | {
        "id": id_,
        "person_id": id_,
        "owner_id": rng.choice((None,) * 5 + tuple(range(1, OWNERS + 1))),
        "source_id": rng.choice((1, 1, 1, 2, 3, 4, 5, None)),
        "first_name": first,
        "last_name": last,
        "title": "Buyer",
        "description": "Met at the stand, wants to see the new release before the summer",
        "industry": "Software",
        "website": f"https://company{company}.example",
        "email": f"{first}.{last}.{id_}@company{company}.example".lower(),
        "phone": f"+1415555{id_ % 10_000:04d}",
        "organization_name": f"Company {company} Inc",
        "status": rng.choice(_STATUSES),
        "address": {"line1": f"{id_ % 900} Main St", "city": rng.choice(("Boston", "Paris", "Lyon")), "country": "US"},
        "tags": [tag for tag, share in _TAGS if rng.random() < share] or None,
        "custom_fields": _custom(id_, rng) if rng.random() < 0.3 else None,
        "added_at": _ago(rng.random() * 1_500),
    }


def _custom(id_: int, rng: random.Random) -> JsonObject:
    return {
        "Tier": rng.choice("ABC"),
        "Budget": str(rng.randrange(100_000)),
        "Renewal date": _ago(-rng.randrange(700))[:10],
        "Account code": f"AC-{id_}",
    }


def _figures(id_: int, rng: random.Random) -> tuple[Any, ...]:
    days = rng.random() * 400
    task = _ago(-rng.random() * 30) if rng.random() < 0.3 else None
    tickets = rng.randrange(1, 4) if rng.random() < 0.05 else 0
    return ("lead", id_, _ago(days), "call", _ago(days + 3), "call", task, task and id_, tickets)
