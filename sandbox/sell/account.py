"""A Sell account: its records, a clock of its own, and what happens in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sandbox.people import SALES_TEAM, Company, Sighting, companies, sightings

Json: TypeAlias = dict[str, Any]
BEGAN = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
STAGES = (
    ("Incoming", "incoming", 10),
    ("Qualified", "qualified", 20),
    ("Quote", "quote", 50),
    ("Legal check", "custom1", 60),
    ("Closure", "closure", 80),
    ("Won", "won", 100),
    ("Unqualified", "unqualified", 0),
    ("Lost", "lost", 0),
)
CLOSED = ("won", "unqualified", "lost")
TYPE_OF = {
    "users": "user",
    "pipelines": "pipeline",
    "stages": "stage",
    "contacts": "contact",
    "leads": "lead",
    "deals": "deal",
    "notes": "note",
    "tasks": "task",
    "calls": "call",
    "visits": "visit",
}
FIRST_ID = 9_007_199_254_740_993
"""Beyond what a float tells apart: 2 to the 53rd and one."""


class Account:
    """Tables of records by id; every change moves the clock by a second.

    Attributes:
        beside: contacts beside each deal.
        on_change: told table, id and whether it was deleted.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, Json]] = {}
        self.custom: dict[str, list[Json]] = {}
        self.beside: dict[int, list[int]] = {}
        self.on_change: Callable[[str, int, bool], None] = lambda *_: None
        self._clock = BEGAN
        self._next_id = FIRST_ID
        self._seed()

    def now(self) -> str:
        """The vendor's time, as it writes it."""
        return self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def add(self, table: str, *, at: str | None = None, **values: Any) -> Json:
        """Add a record; `at`: at that time, without moving the clock."""
        if at is None:
            self._clock += timedelta(seconds=1)
        when = at or self.now()
        self._next_id += 1
        row = {"id": self._next_id, "creator_id": None, "created_at": when, "updated_at": when, **values}
        self.tables.setdefault(table, {})[row["id"]] = row
        self.on_change(table, row["id"], False)
        return row

    def change(self, table: str, row: Json, **values: Any) -> None:
        """Edit a record."""
        self._clock += timedelta(seconds=1)
        row.update(values, updated_at=self.now())
        self.on_change(table, row["id"], False)

    def delete(self, table: str, row: Json) -> None:
        """Delete a record for good."""
        self._clock += timedelta(seconds=1)
        self.tables[table].pop(row["id"])
        self.on_change(table, row["id"], True)

    def convert(self, row: Json, to: Json | None = None) -> Json:
        """Convert a lead to a contact, a new one unless told: it leaves the list of leads."""
        self.delete("leads", row)
        person = contact(row["owner_id"]) | {name: row[name] for name in ("first_name", "last_name", "email")}
        made = to or self.add("contacts", **person)
        ids = {"lead_id": row["id"], "individual_id": made["id"], "organization_id": None, "deal_id": None}
        return self.add("lead_conversions", **ids)

    def add_leads(self, count: int, *, at: str | None = None) -> list[Json]:
        """Add so many leads, all at one time where it is given."""
        owner = next(iter(self.tables["users"]))
        return [
            self.add("leads", at=at, **lead(f"Person{n}", f"New{n}", f"new.{n}.{self._next_id}@example.com", owner))
            for n in range(count)
        ]

    def clear(self, *tables: str) -> None:
        """Empty tables."""
        for table in tables:
            self.tables[table] = {}

    def _seed(self) -> None:
        owners = [self._user(name, email, number) for number, (name, email) in enumerate(SALES_TEAM)]
        pipeline = self.add("pipelines", name="Sales Pipeline", disabled=False)
        stages = [self._stage(pipeline, number, *stage) for number, stage in enumerate(STAGES)]
        for table, names in _NAMES.items():
            for name in names:
                self.add(table, name=name, **({"resource_type": table[:4]} if "source" in table else {}))
        self.custom = _custom_fields()
        firms = {company.key: self._company(company, owners) for company in companies()}
        for number, sighting in enumerate(sightings("sell")):
            owner = owners[number % len(owners)]["id"]
            if number % 2:
                self._lead(sighting, number, owner)
            else:
                self._contact(sighting, number, owner, firms[sighting.human.company.key], stages)
        self._odd_ones(owners[0]["id"], firms[0]["id"], stages)
        self._activities(owners[0]["id"])

    def _activities(self, author: int) -> None:
        """A note, a task, a call and a visit at each kind of record, a floating task, and a restricted note."""
        contacts = self.tables["contacts"].values()
        person = next(row for row in contacts if not row["is_organization"])
        firm = next(row for row in contacts if row["is_organization"])
        places = {"lead": next(iter(self.tables["leads"])), "contact": person["id"], "deal": next(iter(self.beside))}
        for kind, id_ in (*places.items(), ("contact", firm["id"])):
            at: Json = {"resource_type": kind, "resource_id": id_}
            self.add("notes", **at, creator_id=author, content=f"A note at a {kind}", **_NOTE)
            self.add("tasks", **at, **_task(author, f"Write to the {kind}"))
            outcome = next(iter(self.tables["visit_outcomes"]))
            self.add("visits", **at, creator_id=author, outcome_id=outcome, summary="They want more", **_VISIT)
        done = {"completed": True, "completed_at": "2026-08-04T10:00:00Z", "overdue": False}
        self.add("tasks", resource_type=None, resource_id=None, **_task(author, "Tidy up") | done)
        for kind in ("lead", "contact"):
            at = {"resource_type": kind, "resource_id": places[kind]}
            self.add("calls", **at, user_id=author, outcome_id=next(iter(self.tables["call_outcomes"])), **_CALL)

    def _user(self, name: str, email: str, number: int) -> Json:
        role = "user" if number else "admin"
        values: Json = {
            "name": name,
            "email": email,
            "status": "active",
            "role": role,
            "confirmed": True,
            "invited": True,
        }
        return self.add("users", **values, team_name="Sales", timezone="UTC+00:00", phone_number=None, deleted_at=None)

    def _stage(self, pipeline: Json, number: int, name: str, category: str, likelihood: int) -> Json:
        values: Json = {"name": name, "category": category, "likelihood": likelihood, "active": category not in CLOSED}
        return self.add("stages", pipeline_id=pipeline["id"], position=number + 1, **values)

    def _company(self, company: Company, owners: list[Json]) -> Json:
        address = {
            "line1": None,
            "city": company.city,
            "postal_code": None,
            "state": company.state,
            "country": company.country,
        }
        values: Json = {"name": company.name, "website": f"https://{company.domain}", "phone": company.phone}
        values |= {"industry": company.industry, "address": address, "customer_status": "current"}
        return self.add("contacts", **(contact(owners[company.key % 3]["id"]) | values | {"is_organization": True}))

    def _lead(self, sighting: Sighting, number: int, owner: int) -> None:
        values = lead(sighting.first_name, sighting.last_name, sighting.email, owner)
        values |= {"organization_name": sighting.company, "phone": sighting.phone, "title": sighting.human.title}
        sources = list(self.tables["lead_sources"])
        values |= {
            "source_id": sources[number // 2 % 2],
            "status": ("New", "Working")[number % 4 == 1],
            "tags": ["2026"],
        }
        self.add("leads", **values)

    def _contact(self, sighting: Sighting, number: int, owner: int, firm: Json, stages: list[Json]) -> None:
        names = {"first_name": sighting.first_name, "last_name": sighting.last_name}
        values = names | {"name": f"{sighting.first_name} {sighting.last_name}", "email": sighting.email}
        values |= {"contact_id": firm["id"], "phone": sighting.phone, "title": sighting.human.title}
        person = self.add("contacts", **(contact(owner) | values))
        if number % 4 == 0:
            value: Any = 1_000 + number if number % 8 else f"{1_000 + number}.50"
            row = deal(f"{firm['name']} – seats", person["id"], stages[number // 4 % len(stages)]["id"], owner)
            sources = list(self.tables["deal_sources"])
            row |= {"organization_id": firm["id"], "value": value, "source_id": sources[0]}
            if stages[number // 4 % len(stages)]["category"] == "lost":
                row["loss_reason_id"] = next(iter(self.tables["loss_reasons"]))
            people = [id_ for id_, each in self.tables["contacts"].items() if not each["is_organization"]]
            self.beside[self.add("deals", **row)["id"]] = [firm["id"], people[0]]

    def _odd_ones(self, owner: int, firm: int, stages: list[Json]) -> None:
        """A lead of a company alone, one whose address is none, and a deal with a company for its contact."""
        self.add("leads", **lead(None, None, None, owner) | {"organization_name": "Cash and Carry"})
        self.add("leads", **lead("Nemo", "Nobody", "no at sign", owner))
        self.add("deals", **deal("Framework agreement", firm, stages[1]["id"], owner) | {"hot": True, "value": 0})


_PERSONAL = ("title", "description", "industry", "website", "email", "phone", "mobile", "fax", "twitter", "facebook",
             "linkedin", "skype", "address")  # fmt: skip
_NAMES = {
    "lead_sources": ("Website", "Trade fair"),
    "deal_sources": ("Website", "Partner"),
    "loss_reasons": ("Price", "Competitor"),
    "lead_unqualified_reasons": ("No need",),
    "deal_unqualified_reasons": ("Not a fit",),
    "call_outcomes": ("Interested", "No answer"),
    "visit_outcomes": ("Interested",),
}
_NOTE: Json = {"is_important": False, "tags": [], "type": "regular"}
_VISIT: Json = {
    "visited_at": "2026-08-03T12:00:00Z",
    "resource_address": {"line1": "1 Main St", "city": "Boston", "postal_code": None, "state": None, "country": "US"},
    "rep_location_verification_status": "verified",
}
_CALL: Json = {
    "phone_number": "+14155552671", "made_at": "2026-08-03T11:00:00Z", "duration": 93, "incoming": False,
    "missed": False, "summary": "Wants a quote", "recording_url": None, "external_id": None, "associated_deal_ids": [],
}  # fmt: skip


def lead(first: str | None, last: str | None, email: str | None, owner: int) -> Json:
    """A lead's fields, as the API gives all of them."""
    own = {"first_name": first, "last_name": last, "organization_name": None, "status": "New", "source_id": None}
    return dict.fromkeys(_PERSONAL) | own | {"unqualified_reason_id": None, "email": email, **_kept(owner)}


def contact(owner: int) -> Json:
    """A contact's fields."""
    own: Json = {"is_organization": False, "contact_id": None, "parent_organization_id": None, "name": None}
    own |= {"first_name": None, "last_name": None, "customer_status": "none", "prospect_status": "none"}
    return dict.fromkeys(_PERSONAL) | own | {"billing_address": None, "shipping_address": None, **_kept(owner)}


def deal(name: str, contact_id: int, stage: int, owner: int) -> Json:
    """A deal's fields."""
    own: Json = {"name": name, "contact_id": contact_id, "organization_id": None, "value": 0, "currency": "USD"}
    own |= {"hot": False, "stage_id": stage, "last_stage_change_at": None, "last_stage_change_by_id": None}
    own |= {"last_activity_at": None, "added_at": "2026-08-03T09:00:00Z", "estimated_close_date": None}
    own |= {"customized_win_likelihood": None, "source_id": None, "loss_reason_id": None}
    return own | {"unqualified_reason_id": None, "dropbox_email": "d@example.com", **_kept(owner)}


def _task(owner: int, content: str) -> Json:
    own: Json = {"content": content, "owner_id": owner, "creator_id": owner, "due_date": "2026-08-10T09:00:00Z"}
    return own | {"remind_at": None, "completed": False, "completed_at": None, "overdue": True}


def _kept(owner: int) -> Json:
    return {"owner_id": owner, "tags": [], "custom_fields": {}}


def _custom_fields() -> dict[str, list[Json]]:
    tiers = [{"id": 1, "name": "Gold"}, {"id": 2, "name": "Silver"}]
    seats = {"id": 11, "name": "Seats", "type": "number"}
    tier = {
        "id": 12,
        "name": "Tier no. 1.5",
        "type": "list",
        "choices": tiers,
        "for_contact": True,
        "for_organisation": False,
    }
    return {"lead": [seats], "contact": [tier], "deal": [seats], "prospect_and_customer": []}
