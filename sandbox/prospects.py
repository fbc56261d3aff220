"""A stand-in of a provider of prospects: searching is free, a person's contact data costs a credit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import people
from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]
_SENIORITY = {
    "CEO": "founder",
    "CTO": "c_suite",
    "Founder": "founder",
    "Head of Sales": "head",
    "IT Director": "director",
}
_DEPARTMENT = {"CTO": "engineering", "Engineer": "engineering", "IT Director": "engineering", "Head of Sales": "sales"}


class ProspectsSandbox(Vendor):
    """All people of the sandbox, and credits.

    Attributes:
        credits: what is left; grows less by `price` a person.
        charged: whom was paid for, once for each payment.
        answers: what was answered to each purchase's key.
        no_data: ids of whom there is nothing to sell.
        after_charge: called once somebody was paid for and before it is answered, to die there.
    """

    name = "prospects"

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Forget what was done here: the seeded account again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self.token, self.credits, self.price = "prospect-secret", 500, 1
            self.charged: list[str] = []
            self.answers: dict[str, tuple[str, Json]] = {}
            self.no_data: set[str] = set()
            self.after_charge: Callable[[], object] = lambda: None
            self.people: dict[str, Json] = {row["id"]: row for row in map(_row, people())}

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/v1/account", self._account),
            Route("/v1/people/search", self._search, methods=["POST"]),
            Route("/v1/people/{id}/reveal", self._reveal, methods=["POST"]),
        ]

    def add(self, id_: str, **person: Any) -> Json:
        """Offer one more person; `company` as an object."""
        with self.lock:
            row: Json = {"id": id_, "first_name": "Ann", "last_name": id_, "title": "CTO", "seniority": "c_suite"}
            row |= {"department": "engineering", "country": "DE", "email": f"{id_}@offered.example", "phone": None}
            row |= {"company": {"name": f"Firm {id_}", "domain": "offered.example", "employees": 120}} | person
            self.people[id_] = row
            return row

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": "invalid_token"}, 401)
        return None

    def _account(self, request: Request) -> Response:
        with self.lock:
            return self._refused(request) or JSONResponse({"credits_left": self.credits, "price": self.price})

    async def _search(self, request: Request) -> Response:
        asked = await request.json()
        with self.lock:
            if refused := self._refused(request):
                return refused
            found = [row for row in self.people.values() if _fits(row, asked["filters"])]
            start, limit = int(asked.get("cursor") or 0), int(asked["limit"])
            shown = [_masked(row) for row in found[start : start + limit]]
            following = str(start + limit) if start + limit < len(found) else None
            return JSONResponse({"people": shown, "next_cursor": following, "total": len(found)})

    def _reveal(self, request: Request) -> Response:
        id_, key = request.path_params["id"], request.headers.get("idempotency-key", "")
        with self.lock:
            if refused := self._refused(request):
                return refused
            if key in self.answers:
                whose, answer = self.answers[key]
                return JSONResponse(
                    answer if whose == id_ else {"error": "key_of_another_request"}, 200 if whose == id_ else 409
                )
            row = self.people.get(id_)
            if row is None or id_ in self.no_data:
                return JSONResponse({"error": "no_contact_data"}, 404)
            if self.credits < self.price:
                return JSONResponse({"error": "insufficient_credits"}, 402)
            self.credits -= self.price
            self.charged.append(id_)
            answer = {"person": row, "credits_charged": self.price, "credits_left": self.credits}
            self.answers[key] = (id_, answer)
        self.after_charge()
        return JSONResponse(answer)


def _fits(row: Json, filters: Json) -> bool:
    company = row["company"]
    for name, wanted in filters.items():
        if name == "employees":
            low, high = wanted
            count = company.get("employees") or 0
            if (low is not None and count < low) or (high is not None and count > high):
                return False
        else:
            value = company.get(name) if name in {"industry", "domain"} else row.get(name)
            if str(value or "").lower() not in {str(each).lower() for each in wanted}:
                return False
    return True


def _masked(row: Json) -> Json:
    """What is seen before anything is paid: everything but how to reach them."""
    shown = {name: value for name, value in row.items() if name not in {"email", "phone"}}
    shown |= {"has_email": bool(row.get("email")), "has_phone": bool(row.get("phone"))}
    if row.get("email"):
        shown["email_sha256"] = hashlib.sha256(row["email"].lower().encode()).hexdigest()
    return shown


def _row(human: Any) -> Json:
    company = human.company
    return {
        "id": f"p{human.key}",
        "first_name": human.first_name,
        "last_name": human.last_name,
        "title": human.title,
        "seniority": _SENIORITY.get(human.title, "staff"),
        "department": _DEPARTMENT.get(human.title, "operations"),
        "country": company.country,
        "city": company.city,
        "linkedin": f"https://www.linkedin.com/in/{human.key}",
        "email": human.email,
        "phone": human.phone,
        "company": {
            "name": company.name,
            "domain": company.domain,
            "industry": company.industry,
            "employees": 40 * (company.key + 1),
            "country": company.country,
            "city": company.city,
        },
    }
