"""A hub on each database with a small, odd population, and what tests say about it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.filters import catalogue_of, context_of
from hub.opening import Hub
from hub.records import with_amount
from sell_model.custom_fields import CustomField
from sell_model.filters import Catalogue, Context, Filter, parse
from sell_model.filters.fields import RecordKind
from sell_model.types import JsonObject, utc_text
from storage import canonical, custom_fields, roster
from storage.hot import Writer
from storage.list_pages import BOUNDS, Bounds, Listing, listing
from storage.list_records import whole_records
from storage.list_sql import Asked
from tests.conftest import OpenHub

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
TOML = """
[hub]
timezone = "America/New_York"
[[users]]
name = "Ann Lee"
email = "ann@example.com"
[[users]]
name = "Bo Park"
email = "bo@example.com"
"""
TEXTS = (
    "Ann",
    "ann",
    "ANN",
    "Müller",
    "MÜLLER",
    "müll",
    "a%b",
    "a_b",
    "100!",
    "x*y",
    "[z]",
    "é?",
    "Straße",
    "李",
    "İ",
    "ǅ",
)
TAGS = ("fair", "Fair", "vip", "a, b", "ünicode", 'q"t')
CUSTOM = (
    ("Account code", "string", ()),
    ('Odd "name" 50% ?', "string", ()),
    ("Notes", "text", ()),
    ("Budget", "number", ()),
    ("Signed", "bool", ()),
    ("Renewal date", "date", ()),
    ("Seen", "datetime", ()),
    ("Tier", "list", ("A", "B")),
    ("Interests", "multi_select_list", ("x", "y", "z")),
    ("HQ", "address", ()),
)
NUMBERS = ("0", "1", "-1", "1.5", "-1.25", "1000", "99999999999999999999", "0.0000000001", "-0.5")


@dataclass(frozen=True, slots=True)
class World:
    """A hub with records of each kind."""

    hub: Hub

    def catalogue(self, db: Writer, kind: RecordKind) -> Catalogue:
        """What can be asked here."""
        return catalogue_of(self.hub, db, kind)

    def context(self, db: Writer) -> Context:
        """Ann looks."""
        return context_of(self.hub, db, "ann@example.com")

    def running(self, db: Writer, kind: RecordKind, tree: Filter | None, bounds: Bounds = BOUNDS) -> Listing:
        """Run a list."""
        return listing(db, Asked(kind, tree, self.context(db), db.is_sqlite), bounds)

    def ids(self, kind: RecordKind, where: str) -> list[int]:
        """The ids that a filter shows, rising."""
        with self.hub.store.read() as db:
            return self.running(db, kind, parse(where, self.catalogue(db, kind))).ids(0, 1_000)

    def records(self, db: Writer, kind: RecordKind) -> dict[int, JsonObject]:
        """All records in sight, as filters read them."""
        gone = "deleted_at IS NOT NULL" + ("" if kind == "deal" else " OR merged_into IS NOT NULL")
        gone += " OR gone_at_source = 'converted'" if kind == "lead" else ""
        ids = [row[0] for row in db.select(f'SELECT id FROM "{kind}" WHERE NOT ({gone}) OR ({gone}) IS NULL')]
        return {id_: with_amount(row) for id_, row in whole_records(db, kind, ids).items()}


@pytest.fixture
def world(opened: OpenHub) -> World:
    """A hub whose clock stands, with 120 records of each kind."""
    hub = replace(opened(TOML), clock=lambda: NOW)
    with hub.store.write() as db:
        _define(db)
        for kind in ("lead", "contact", "deal"):
            _people(db, kind, random.Random(kind))
    return World(hub)


def _define(db: Writer) -> None:
    now = utc_text(NOW)
    db.execute('UPDATE "user" SET team_name = ? WHERE email = ?', ("North", "ann@example.com"))
    roster.add_user(db, {"name": "No Address", "team_name": "North"}, now)
    for kind in ("lead", "contact", "deal"):
        for name, type_, choices in CUSTOM:
            custom_fields.add_field(db, CustomField(kind, name, type_, choices), now)  # type: ignore[arg-type]
        roster.add_pool(db, kind, "Inbound", now)
        db.insert("source", ("id", "resource_type", "name", "created_at", "updated_at"), [
            (next(db.allocate("source", 1)), kind, name, now, now) for name in ("Web", "Fair")
        ])  # fmt: skip
    db.insert("stream", ("id", "source", "name"), [(1, "crm", "Lead"), (2, "fair", "rows")])


def _moment(rng: random.Random) -> str:
    """A time near a day's edge in one of the two zones, or anywhere around now."""
    near = NOW.replace(hour=rng.choice((0, 4, 5, 23)), minute=rng.choice((0, 59)), second=0)
    return utc_text(near - timedelta(days=rng.randrange(-40, 400)))


def _maybe(rng: random.Random, values: Sequence[Any]) -> Any:
    return rng.choice((None, *values))


def _people(db: Writer, kind: str, rng: random.Random, count: int = 120) -> None:
    ids = list(db.allocate(kind, count))
    rows = [{"id": id_, **_row(db, kind, ids, rng)} for id_ in ids]
    canonical.insert(db, kind, rows, utc_text(NOW))
    for id_ in ids:
        db.execute(f'UPDATE "{kind}" SET created_at = ? WHERE id = ?', (_moment(rng), id_))
        if rng.random() < 0.6:
            _figures(db, kind, id_, rng)
        for user_id in rng.sample([1, 2], rng.randrange(3)):
            columns = ("id", "pool_id", "user_id", "record_type", "record_id", "given_back_at")
            row = (_maybe(rng, [_pool(db, kind)]), user_id, kind, id_, _maybe(rng, [None, utc_text(NOW)]))
            db.insert("assignment", columns, [(next(db.allocate("assignment", 1)), *row)])
        for stream_id in rng.sample([1, 2], rng.randrange(3)):
            _feed(db, kind, id_, stream_id)


def _pool(db: Writer, kind: str) -> int:
    found = roster.find_pool(db, kind, "Inbound")
    assert found is not None
    return found.id


def _feed(db: Writer, kind: str, id_: int, stream_id: int) -> None:
    source_record_id = next(db.allocate("source_record", 1))
    columns = ("id", "stream_id", "source_id", "raw", "raw_hash")
    db.insert("source_record", columns, [(source_record_id, stream_id, f"{kind}{id_}", "{}", b"")])
    columns = ("source_record_id", "mapping", "record_type", "record_id", "identity")
    db.insert("link", columns, [(source_record_id, "m", kind, id_, True)])


def _figures(db: Writer, kind: str, id_: int, rng: random.Random) -> None:
    row: JsonObject = {
        "record_type": kind,
        "record_id": id_,
        "last_activity_at": _maybe(rng, [_moment(rng)]),
        "last_activity_type": _maybe(rng, ["call", "note"]),
        "last_communication_at": _maybe(rng, [_moment(rng)]),
        "last_communication_type": _maybe(rng, ["call", "email"]),
        "next_task_at": _maybe(rng, [_moment(rng)]),
        "next_task_id": _maybe(rng, [1]),
        "open_tickets": rng.randrange(4),
    }
    db.insert("figure", tuple(row), [tuple(row.values())])


def _row(db: Writer, kind: str, ids: list[int], rng: random.Random) -> JsonObject:
    row: JsonObject = dict.fromkeys(canonical.COLUMNS[kind])
    for name in row:
        if name in {
            "first_name",
            "last_name",
            "name",
            "organization_name",
            "email",
            "title",
            "description",
            "added_by",
        }:
            row[name] = _maybe(rng, (*TEXTS, ""))
        elif name in {"address", "billing_address"}:
            row[name] = _maybe(rng, [{"city": rng.choice(TEXTS), "country": _maybe(rng, ["US"])}, {"line1": "a'b"}])
    row |= {
        "owner_id": _maybe(rng, [1, 2, 3]),
        "tags": _maybe(rng, [rng.sample(TAGS, rng.randrange(1, 4)), []]),
        "custom_fields": _maybe(rng, [_custom(rng), _custom(rng)]),
        "added_at": _maybe(rng, [_moment(rng), _moment(rng)]),
        "deleted_at": rng.choice([None] * 15 + [utc_text(NOW)]),
    }
    return row | _OF_KIND[kind](db, ids, rng)


def _custom(rng: random.Random) -> JsonObject:
    whole = {
        "Account code": rng.choice(TEXTS),
        'Odd "name" 50% ?': rng.choice((*TEXTS, 'q"t')),
        "Notes": rng.choice(TEXTS) + "\n" + rng.choice(TEXTS),
        "Budget": rng.choice((*NUMBERS, "no number", "1e30")),
        "Signed": rng.choice((True, False)),
        "Renewal date": (NOW.date() + timedelta(rng.randrange(-400, 100))).isoformat(),
        "Seen": _moment(rng),
        "Tier": rng.choice("AB"),
        "Interests": rng.sample("xyz", rng.randrange(4)),
        "HQ": {"city": rng.choice(TEXTS)},
        "Undefined": "x",
    }
    return {name: value for name, value in whole.items() if rng.random() < 0.6}


def _lead(_db: Writer, ids: list[int], rng: random.Random) -> JsonObject:
    return {
        "person_id": 1,
        "source_id": _maybe(rng, [1, 2]),
        "unqualified_reason_id": _maybe(rng, [1]),
        "status": rng.choice(("New", "Working", "new", "On hold")),
        "merged_into": rng.choice([None] * 9 + [ids[0]]),
        "gone_at_source": rng.choice((None, None, None, "deleted", "converted")),
    }


def _contact(_db: Writer, ids: list[int], rng: random.Random) -> JsonObject:
    return {
        "is_organization": rng.random() < 0.4,
        "contact_id": _maybe(rng, ids[:5]),
        "parent_organization_id": _maybe(rng, ids[:5]),
        "customer_status": _maybe(rng, ["none", "current", "past"]),
        "prospect_status": _maybe(rng, ["none", "current", "lost"]),
        "merged_into": rng.choice([None] * 9 + [ids[0]]),
    }


def _deal(db: Writer, _ids: list[int], rng: random.Random) -> JsonObject:
    currency = rng.choice(("USD", "EUR", "JPY", "KWD"))
    return {
        "stage_id": _maybe(rng, [stage.id for stage in roster.stages(db)]),
        "contact_id": _maybe(rng, [1, 2, 3, 4]),
        "organization_id": _maybe(rng, [1, 2, 3, 4]),
        "source_id": _maybe(rng, [5, 6]),
        "loss_reason_id": _maybe(rng, [1, 2]),
        **rng.choice(({}, {"currency": currency, "value_minor": rng.choice((0, 1, 100, 100_000, 100_050))})),
        "hot": _maybe(rng, [True, False]),
        "estimated_close_date": _maybe(rng, [(NOW.date() + timedelta(rng.randrange(-400, 100))).isoformat()]),
        "customized_win_likelihood": _maybe(rng, [0, 33, 100]),
        "last_stage_change_at": _maybe(rng, [_moment(rng)]),
        "part": _maybe(rng, [1, 2]),
    }


_OF_KIND = {"lead": _lead, "contact": _contact, "deal": _deal}
