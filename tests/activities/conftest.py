"""A small hub with people in it, on each database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub import activities
from hub.by_hand import by_hand
from hub.opening import Hub
from sell_model.activities import ActivityKind
from sell_model.draft import Draft, Ref
from sell_model.types import JsonObject
from storage import activity_figures
from storage.looking_through import Place
from tests.conftest import OpenHub

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANN, BO = "ann@example.com", "bo@example.com"
TOML = f"""
[[users]]
name = "Ann Lee"
email = "{ANN}"
[[users]]
name = "Bo Park"
email = "{BO}"
"""


@dataclass(frozen=True, slots=True)
class World:
    """A hub at noon of a day; what people do in it."""

    hub: Hub

    def at(self, days: int) -> World:
        """The same hub so many days later."""
        later = self.hub.clock() + timedelta(days=days)
        return World(replace(self.hub, clock=lambda: later))

    def made(self, kind: str, refs: dict[str, Ref] | None = None, **fields: Any) -> Place:
        """Add a record by hand; gives its place."""
        with by_hand(self.hub, f"{kind} add", by=ANN) as hand:
            return kind, hand.add(Draft(kind, fields, refs or {}))  # type: ignore[arg-type]

    def lead(self, name: str = "Li", **fields: Any) -> Place:
        """Add a lead."""
        return self.made("lead", last_name=name, **fields)

    def person(self, name: str = "Li", company: Place | None = None) -> Place:
        """Add a person, perhaps one who works for a company."""
        return self.made("contact", {"company": Ref("company", str(company[1]))} if company else {}, last_name=name)

    def company(self, name: str = "Acme") -> Place:
        """Add a company."""
        return self.made("contact", is_organization=True, name=name)

    def deal(self, contact: Place, name: str = "Rollout") -> Place:
        """Add a deal."""
        return self.made("deal", {"contact": Ref("contact", str(contact[1]))}, name=name)

    def does(self, kind: ActivityKind, at: Place | None, **said: Any) -> JsonObject:
        """Add an activity."""
        usual: dict[str, JsonObject] = {
            "note": {"content": "Likes it"},
            "task": {"content": "Call back"},
            "call": {"phone_number": "+14155552671"},
            "visit": {},
            "email": {"subject": "Offer"},
        }
        return activities.add(self.hub, kind, {**usual[kind], **said}, at, by=ANN)

    def figures(self, record: Place) -> JsonObject:
        """What a record's activities come to, as it is shown."""
        return activities.story(self.hub, record, 1).figures

    def told(self, record: Place, limit: int = 50) -> list[str]:
        """The story of a record: what and where, newest first."""
        lines = activities.story(self.hub, record, limit).lines
        return [f"{line.type} {line.resource_type}-{line.resource_id}" for line in lines]

    def run(self, sql: str, *values: Any) -> None:
        """Change the database as a use case would that is not at hand here."""
        with self.hub.store.write() as db:
            db.execute(sql, values)

    def refresh(self, *records: Place) -> None:
        """Tell that who looks through to these has changed."""
        with self.hub.store.write() as db:
            activity_figures.refresh(db, records)

    def converted(self, lead: Place, person: Place | None, company: Place | None = None) -> None:
        """Note that a lead was converted."""
        with self.hub.store.write() as db:
            ids = (lead[1], person[1] if person else None, company[1] if company else None)
            db.insert("conversion", ("lead_id", "individual_id", "organization_id"), [ids])
            db.execute("UPDATE lead SET gone_at_source = 'converted' WHERE id = ?", (lead[1],))
            activity_figures.refresh(db, [lead])

    def merged(self, loser: Place, winner: Place) -> None:
        """Note that a record was merged into another."""
        with self.hub.store.write() as db:
            db.execute(f"UPDATE {loser[0]} SET merged_into = ? WHERE id = ?", (winner[1], loser[1]))
            activity_figures.refresh(db, [loser, winner])


@pytest.fixture
def world(opened: OpenHub) -> World:
    """A hub at noon, with two salespeople."""
    return World(replace(opened(TOML), clock=lambda: NOON))
