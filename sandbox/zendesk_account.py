"""What a Zendesk Support account holds, a clock of its own, and what happens in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from sandbox.people import Sighting, companies, sightings
from sandbox.zendesk_rows import (
    AGENT,
    FIRST_ORGANIZATION,
    PLAN_FIELD,
    SEATS_FIELD,
    SEEDED_FROM,
    comment,
    iso,
    organization,
)
from sandbox.zendesk_rows import ticket as ticket_row
from sandbox.zendesk_rows import user as user_row

Json = dict[str, Any]

FIRST_USER, FIRST_TICKET = 369_531_345_000, 35_400
_SALES_SUBJECTS = ("Price for 20 seats?", "Please send a quote", "Demo for our team", "Upgrade our plan")
_OTHER_SUBJECTS = ("Cannot sign in", "Invoice of last month", "Export is empty")


class HelpDesk:
    """Tickets, some tagged `sales`; among them a merged one, a deleted one, and one without address.

    Attributes:
        tickets, users, organizations: rows by id.
        comments: of each ticket behind its first words, the oldest first.
    """

    lock: threading.RLock

    def begin(self) -> None:
        """Hold what is seeded, and nothing else."""
        self.tickets: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.organizations: dict[int, Json] = {}
        self.comments: dict[int, list[Json]] = {}
        self.generated: dict[str, dict[int, tuple[int, int]]] = {"tickets": {}, "users": {}}
        """When each row was last generated, and in which place: (Unix seconds, a running number)."""
        self._clock = 0
        self._changes = 0
        self._seed()

    def add_user(self, name: str, email: str | None) -> Json:
        """Add an end user."""
        with self.lock:
            return self._keep_user(name, email, self._now())

    def add_tickets(self, count: int, *, tags: Sequence[str] = ("sales",), at: int | None = None) -> list[Json]:
        """Add so many tickets, each of a new requester, now or at a given Unix second."""
        with self.lock:
            return [self._add_ticket(list(tags), self._now() if at is None else at) for _ in range(count)]

    def _add_ticket(self, tags: list[str], at: int) -> Json:
        number = len(self.users)
        user = self._keep_user(f"New Person {number}", f"new.{number}@example.com", at)
        ticket = self._keep_ticket(user, "Price list, please", at)
        ticket["tags"] = tags
        return ticket

    def change(self, ticket: Json, **values: Any) -> None:
        """Edit a ticket."""
        with self.lock:
            ticket.update(values, updated_at=iso(self._now()))
            self._generate("tickets", ticket)

    def touch(self, ticket: Json) -> None:
        """Change a ticket as the system does: it comes again, with the same `updated_at`."""
        with self.lock:
            self._generate("tickets", ticket)

    def delete(self, ticket: Json) -> None:
        """Delete a ticket: it stays in the export, as deleted."""
        self.change(ticket, status="deleted")

    def merge(self, loser: Json) -> None:
        """Merge a ticket into another: it is closed, with a tag."""
        self.change(loser, status="closed", tags=[*loser["tags"], "closed_by_merge"])

    def deactivate(self, user: Json) -> None:
        """Delete a user, or merge them into another."""
        with self.lock:
            user.update(active=False, updated_at=iso(self._now()))
            self._generate("users", user)

    def say(self, ticket: Json, text: str, *, author: int = AGENT, public: bool = True) -> None:
        """Write a comment in a ticket, to everybody or among colleagues."""
        with self.lock:
            said = self.comments.setdefault(ticket["id"], [])
            said.append(comment(len(said) + 2, text, author, iso(self._now()), public=public))
            self.change(ticket)

    def rename(self, user: Json, name: str) -> None:
        """Give a user another name."""
        with self.lock:
            user.update(name=name, updated_at=iso(self._now()))
            self._generate("users", user)

    def clear(self) -> None:
        """Empty the account."""
        with self.lock:
            self.tickets.clear()
            self.users.clear()
            for stamps in self.generated.values():
                stamps.clear()

    def _now(self) -> int:
        """Unix seconds at which what is done now is stamped; never before what was done already."""
        self._clock = max(self._clock, int(time.time()))
        return self._clock

    def _generate(self, key: str, row: Json, at: int | None = None) -> None:
        self._changes += 1
        self.generated[key][row["id"]] = (self._now() if at is None else at, self._changes)

    def _seed(self) -> None:
        self.organizations = {
            FIRST_ORGANIZATION + company.key: organization(company.key, company.name, company.domain)
            for company in companies()
        }
        for sighting in sightings("zendesk_support"):
            self._seed_sighting(sighting)
        self._seed_odd_ones()

    def _seed_sighting(self, sighting: Sighting) -> None:
        key, at = sighting.human.key, SEEDED_FROM + 15 * 3600 * sighting.human.key
        user = self._keep_user(f"{sighting.first_name} {sighting.last_name}", sighting.email, at)
        user |= {"phone": sighting.phone, "organization_id": FIRST_ORGANIZATION + sighting.human.company.key}
        is_sales = key % 3 != 2
        subjects = _SALES_SUBJECTS if is_sales else _OTHER_SUBJECTS
        ticket = self._keep_ticket(user, subjects[key % len(subjects)], at)
        ticket["tags"] = ["sales", "website"] if is_sales else ["support"]
        ticket["custom_fields"] = [
            {"id": SEATS_FIELD, "value": str(5 * key) if is_sales else None},
            {"id": PLAN_FIELD, "value": ("plan_team", "plan_suite")[key % 2] if is_sales else None},
        ]

    def _seed_odd_ones(self) -> None:
        """A second ticket of one person, merged into the first; one deleted; two that cannot be read well."""
        first, second, *_ = self.tickets.values()
        again = self._keep_ticket(self.users[first["requester_id"]], first["subject"], SEEDED_FROM + 76 * 86_400)
        again.update(status="closed", tags=["sales", "closed_by_merge"])
        gone = self._keep_ticket(self.users[second["requester_id"]], "Wrong number", SEEDED_FROM + 77 * 86_400)
        gone.update(status="deleted", tags=["sales"])
        caller = self._keep_user("Unknown caller", None, SEEDED_FROM + 78 * 86_400)
        self._keep_ticket(caller, "Please call me back", SEEDED_FROM + 78 * 86_400)["tags"] = ["sales", "phone"]
        clerk = self._keep_user("Front Desk", "front.desk@example.com", SEEDED_FROM + 79 * 86_400)
        clerk["phone"] = "extension twelve"
        self._keep_ticket(clerk, "Price list, please", SEEDED_FROM + 79 * 86_400)["tags"] = ["sales"]

    def _keep_user(self, name: str, email: str | None, at: int) -> Json:
        user = user_row(FIRST_USER + len(self.users), name, email, at)
        self.users[user["id"]] = user
        self._generate("users", user, at)
        return user

    def _keep_ticket(self, user: Json, subject: str, at: int) -> Json:
        ticket = ticket_row(FIRST_TICKET + len(self.tickets), user, subject, at)
        self.tickets[ticket["id"]] = ticket
        self._generate("tickets", ticket, at)
        return ticket
