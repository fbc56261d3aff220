"""A stand-in of Mailchimp's Marketing API 3.0: audiences, members, merge fields, groups, segments, webhooks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.mailchimp_rows import (
    Json,
    iso,
    link,
    member_row,
    merge_field,
    merge_values,
    not_found,
    page,
    problem,
    redirect_to_http,
    subscriber_hash,
)
from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

__all__ = ["EVENTS", "NEWSLETTER", "MailchimpSandbox", "problem", "subscriber_hash"]

NEWSLETTER, EVENTS = "a4598b5a35", "e73f5910ca"
CONNECTIONS = 10
SEEDED_FROM = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)

Handler = Callable[[Request], Response]

INTERESTS = {"f2e6e0b7f3": "News", "8c1ad2ab41": "Events"}
"""The groups of the newsletter's one category."""
_STATUSES = ("subscribed",) * 6 + ("unsubscribed", "pending", "subscribed", "cleaned")


class MailchimpSandbox(Vendor):
    """Two audiences, some people in both; one member is archived, two cannot be leads as they are.

    Attributes:
        token: the one key that is accepted, as HTTP Basic password or as Bearer.
        archived_unasked: whether a listing without `status` shows archived members.
        since_inclusive: whether `since_last_changed` includes its very second.
        most_rows: rows in one answer at most, whatever `count` asks for.
        members: by audience; rows as the API gives them.
        saved: by audience; saved segments: id, name, and whether a member is in it.
    """

    name = "mailchimp"

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded account again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self._begin()

    def _begin(self) -> None:
        self.token = "0123456789abcdef0123456789abcdef-us19"
        self.archived_unasked = False
        self.since_inclusive = True
        self.most_rows = 1000
        self.lists = {NEWSLETTER: "Newsletter", EVENTS: "Trade fairs"}
        self.members: dict[str, list[Json]] = {NEWSLETTER: [], EVENTS: []}
        self.saved: dict[str, list[tuple[int, str, Callable[[Json], bool]]]] = {
            NEWSLETTER: [(701, "Wants a demo", lambda row: row["merge_fields"].get("INTEREST") == "Demo")]
        }
        self._made = 0
        self._open = 0
        self._seed()

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token}

    def routes(self) -> Sequence[Route]:
        return [
            Route("/3.0", redirect_to_http),
            Route("/3.0/", self._answer(self._account)),
            Route("/3.0/ping", self._answer(lambda _: JSONResponse({"health_status": "Everything's Chimpy!"}))),
            Route("/3.0/lists", self._answer(self._list_lists)),
            Route("/3.0/lists/{list_id}/members", self._answer(self._list_members)),
            Route("/3.0/lists/{list_id}/members/{hash}", self._answer(self._one_member)),
            Route("/3.0/lists/{list_id}/merge-fields", self._answer(self._merge_fields)),
            Route("/3.0/lists/{list_id}/interest-categories", self._answer(self._categories)),
            Route("/3.0/lists/{list_id}/interest-categories/{category}/interests", self._answer(self._interests)),
            Route("/3.0/lists/{list_id}/segments", self._answer(self._segments)),
            Route("/3.0/lists/{list_id}/segments/{segment:int}/members", self._answer(self._segment_members)),
        ]

    # What happens in the account, for tests and the demo.

    def add_members(self, count: int, audience: str = NEWSLETTER, *, at: datetime | None = None) -> list[Json]:
        """Subscribe so many new people, now or at one given second (as an import does)."""
        with self.lock:
            return [self._add(audience, f"new.{self._made + 1}@example.com", at) for _ in range(count)]

    def change(self, member: Json, *, at: datetime | None = None, **merge_fields: str) -> None:
        """Edit a member's merge fields; it moves to the end of its audience."""
        with self.lock:
            member["merge_fields"] = {**member["merge_fields"], **merge_fields}
            member["last_changed"] = iso(at or datetime.now(UTC))

    def change_address(self, member: Json, address: str) -> None:
        """Give a member another address: the hash follows, the contact id stays."""
        with self.lock:
            member["email_address"], member["id"] = address, subscriber_hash(address)
            self.change(member)

    def set_status(self, member: Json, status: str) -> None:
        """Subscribe, unsubscribe, clean or archive a member."""
        with self.lock:
            member["status"] = status
            self.change(member)

    def archive(self, member: Json) -> None:
        """Put a member away: listed only when archived ones are asked for."""
        self.set_status(member, "archived")

    def delete_for_good(self, member: Json) -> None:
        """Delete a member permanently: it is listed nowhere any more, and its address can never come back."""
        with self.lock:
            self.members[member["list_id"]].remove(member)

    def told(self, what: str, member: Json, *, at: datetime | None = None, **data: str) -> bytes:
        """The form by which a webhook tells of a member: subscribe, unsubscribe, profile, upemail or cleaned."""
        fields = {"id": member["unique_email_id"], "list_id": member["list_id"], "email": member["email_address"]}
        form = {"type": what, "fired_at": f"{at or datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}
        return urlencode(form | {f"data[{name}]": value for name, value in (fields | data).items()}).encode()

    def clear(self) -> None:
        """Empty all audiences."""
        with self.lock:
            self.members = {audience: [] for audience in self.lists}

    # The API.

    def _answer(self, handler: Handler) -> Handler:
        def answer(request: Request) -> Response:
            with self._connection() as busy:
                if busy:
                    return Response("Too many requests", status_code=429, media_type="text/plain")
                if not self._is_known(request.headers.get("authorization", "")):
                    detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
                    return problem(401, "API Key Invalid", detail)
                with self.lock:
                    return handler(request)

        return answer

    @contextmanager
    def _connection(self) -> Iterator[bool]:
        """Count a connection; true when there are too many."""
        self._open += 1
        try:
            yield self._open > CONNECTIONS
        finally:
            self._open -= 1

    def _is_known(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        if scheme == "Basic":
            return base64.b64decode(value).decode().partition(":")[2] == self.token
        return scheme == "Bearer" and value == self.token

    def _account(self, _: Request) -> Response:
        return JSONResponse(
            {
                "account_id": "0123456789abcdef012345678",
                "account_name": "Example Arts",
                "email": "ann@example.com",
                "role": "owner",
                "total_subscribers": sum(len(rows) for rows in self.members.values()),
                "_links": [link("")],
            }
        )

    def _list_lists(self, request: Request) -> Response:
        rows = [
            {
                "id": key,
                "name": name,
                "stats": {"member_count": len(self.members[key])},
                "_links": [link(f"/lists/{key}")],
            }
            for key, name in self.lists.items()
        ]
        return page(request, "lists", rows)

    def _list_members(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        if audience not in self.members:
            return not_found()
        rows = [row for row in self.members[audience] if self._fits(row, request)]
        if by := request.query_params.get("sort_field"):
            descending = request.query_params.get("sort_dir", "ASC") == "DESC"
            rows.sort(key=lambda row: row[by], reverse=descending)
        return page(request, "members", rows, most=self.most_rows, list_id=audience)

    def _fits(self, row: Json, request: Request) -> bool:
        query, changed = request.query_params, datetime.fromisoformat(row["last_changed"])
        status = query.get("status")
        if (row["status"] != status) if status else (row["status"] == "archived" and not self.archived_unasked):
            return False
        if (since := query.get("since_last_changed")) and not self._is_since(changed, since):
            return False
        if query.get("unique_email_id") not in (None, row.get("unique_email_id")):
            return False
        before = query.get("before_last_changed")
        return not before or changed < datetime.fromisoformat(before)

    def _is_since(self, changed: datetime, since: str) -> bool:
        start = datetime.fromisoformat(since)
        return changed > start or (self.since_inclusive and changed == start)

    def _one_member(self, request: Request) -> Response:
        rows = self.members.get(request.path_params["list_id"], [])
        for row in rows:
            if request.path_params["hash"] in {row["id"], row.get("contact_id")}:
                return JSONResponse(row)
        return not_found()

    def _merge_fields(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        if audience not in self.members:
            return not_found()
        fields = [
            merge_field(1, "FNAME", "First Name", "text"),
            merge_field(2, "LNAME", "Last Name", "text"),
            merge_field(3, "ADDRESS", "Address", "address"),
            merge_field(4, "PHONE", "Phone Number", "phone"),
            merge_field(5, "COMPANY", "Company", "text"),
            merge_field(6, "TITLE", "Job title", "text"),
            merge_field(7, "INTEREST", "Interested in", "dropdown", ["Trial", "Demo", "Price list"]),
        ]
        return page(request, "merge_fields", fields, list_id=audience)

    def _categories(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        rows = [{"list_id": audience, "id": "c1", "title": "Topics", "display_order": 0, "type": "checkboxes"}]
        return page(request, "categories", rows if audience == NEWSLETTER else [], list_id=audience)

    def _interests(self, request: Request) -> Response:
        audience, category = request.path_params["list_id"], request.path_params["category"]
        same: Json = {"category_id": category, "list_id": audience, "subscriber_count": "0"}
        rows = [
            {**same, "id": id_, "name": name, "display_order": n} for n, (id_, name) in enumerate(INTERESTS.items())
        ]
        return page(request, "interests", rows, list_id=audience, category_id=category)

    def _segments(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        rows = [
            {
                "id": id_,
                "name": name,
                "type": "saved",
                "list_id": audience,
                "member_count": len(self._in(audience, fits)),
            }
            for id_, name, fits in self.saved.get(audience, ())
        ]
        return page(request, "segments", rows, list_id=audience)

    def _segment_members(self, request: Request) -> Response:
        audience = request.path_params["list_id"]
        for id_, _, fits in self.saved.get(audience, ()):
            if id_ == request.path_params["segment"]:
                return page(request, "members", self._in(audience, fits), most=self.most_rows)
        return not_found()

    def _in(self, audience: str, fits: Callable[[Json], bool]) -> list[Json]:
        return [row for row in self.members[audience] if row["status"] != "archived" and fits(row)]

    # The seeded data.

    def _seed(self) -> None:
        for sighting in sightings("mailchimp"):
            self._add_sighting(NEWSLETTER, sighting)
            if sighting.human.key % 7 == 0:
                self._add_sighting(EVENTS, sighting)
        rows = self.members[NEWSLETTER]
        rows[3]["status"] = "archived"
        rows[5]["merge_fields"]["PHONE"] = "ask reception"
        rows[8]["merge_fields"] |= {"FNAME": "", "LNAME": "", "COMPANY": ""}

    def _add_sighting(self, audience: str, sighting: Sighting) -> None:
        row = self._add(audience, sighting.email, SEEDED_FROM + timedelta(hours=17 * sighting.human.key))
        row["status"] = _STATUSES[sighting.human.key % len(_STATUSES)]
        row["full_name"] = f"{sighting.first_name} {sighting.last_name}"
        row["location"]["country_code"] = sighting.human.company.country
        row["merge_fields"] = merge_values(sighting)

    def _add(self, audience: str, address: str, at: datetime | None) -> Json:
        self._made += 1
        row = member_row(self._made, audience, address, iso(at or datetime.now(UTC)))
        self.members[audience].append(row)
        return row
