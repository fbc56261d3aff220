"""A stand-in of HubSpot's CRM API v3, associations v4 and OAuth v1, as far as the connector reads them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.hubspot.answers import (
    Refusal,
    error,
    list_associations,
    missing_scope,
    no_associations,
    not_found,
    record_json,
    v4_association,
)
from sandbox.hubspot.kinds import SCOPES
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.portal import CrmRecord, Portal
from sandbox.hubspot.query import BadSearch, search
from sandbox.hubspot.seed import define, seed
from sandbox.vendor import Faults, Vendor

TOKEN = "pat-na1-00000000-sandbox-0000-000000000000"
CLIENT = {
    "client_id": "sandbox-app",
    "client_secret": "sandbox-client-secret",
    "refresh_token": "sandbox-refresh-token",
}
MOST_INPUTS, MOST_RELATED = 100, 1000

Body = dict[str, Any]
Handler = Callable[[Request, Body], Any]


class HubSpotSandbox(Vendor):
    """A HubSpot account over HTTP.

    Args:
        empty: start without owners and records.

    Attributes:
        portal: the account's state; write to it through the methods here, or directly.
        limits: the vendor's rate limits; a test that is about something else raises them.
        scopes: what the app may read, such as `crm.objects.contacts.read`.
        index_lag: seconds that search trails behind writes.
        without: types that the account does not have, such as leads.
        most_listed: records on a page of the list, whatever is asked for.
        forgotten: ids of records that list and search leave out, though search counts them.
        rotating: each refresh token is good once, and the answer brings the next.
        token_seconds: how long an access token given by OAuth is good.
        bodies: path and body of every POST received.
        tokens: accepted tokens, and when they end (epoch milliseconds; None: never).
    """

    name = "hubspot"

    def __init__(self, *, empty: bool = False) -> None:
        super().__init__()
        self.reset(empty=empty)

    def reset(self, *, empty: bool = False) -> None:
        """Be as new, at the same address."""
        self.calls = []
        self.faults = Faults()
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.portal = Portal(self._time)
        self.limits = Limits()
        self.scopes = set(SCOPES.values())
        self.index_lag = 0.0
        self.most_listed = 100
        self.without: set[str] = set()
        self.forgotten: set[str] = set()
        self.rotating = False
        self.refresh_token = CLIENT["refresh_token"]
        self.token_seconds = 1800
        self.tokens: dict[str, int | None] = {TOKEN: None}
        self.bodies: list[tuple[str, Body]] = []
        self._issued = 0
        (define if empty else seed)(self.portal)

    def _time(self) -> datetime:
        return self.clock()

    def settings(self) -> dict[str, str]:
        return super().settings() | {"token": TOKEN}

    def oauth_settings(self) -> dict[str, str]:
        """What a source needs that signs in by OAuth."""
        return super().settings() | CLIENT

    def add_contacts(self, count: int, *, at: int | None = None) -> list[str]:
        """Add so many contacts, all at one time (epoch milliseconds; now)."""
        first = self.portal.next_id("contacts")
        at = self.portal.now() if at is None else at
        for id_ in range(first, first + count):
            properties = {"email": f"c{id_}@example.com", "firstname": "Cy", "lastname": f"No {id_}"}
            self.portal.create("contacts", properties, at=at, id_=id_)
        return [str(id_) for id_ in range(first, first + count)]

    def update(self, kind: str, id_: str, **properties: str) -> None:
        """Change a record's properties."""
        with self.lock:
            self.portal.update(kind, id_, properties)

    def archive(self, kind: str, id_: str) -> None:
        """Move a record to the recycle bin."""
        with self.lock:
            self.portal.archive(kind, id_)

    def merge(self, kind: str, winner: str, loser: str) -> None:
        """Merge a record into another of its type."""
        with self.lock:
            self.portal.merge(kind, winner, loser)

    def routes(self) -> Sequence[BaseRoute]:
        objects = "/crm/v3/objects/{kind}"
        return [
            Route("/oauth/v1/token", self._open(self._token), methods=["POST"]),
            Route(objects, self._guarded(self._list)),
            Route(f"{objects}/search", self._guarded(self._search, search=True), methods=["POST"]),
            Route(f"{objects}/batch/read", self._guarded(self._batch_read), methods=["POST"]),
            Route(f"{objects}/{{id}}", self._guarded(self._one)),
            Route("/crm/v3/properties/{kind}", self._guarded(self._properties)),
            Route("/crm/v3/owners/", self._guarded(self._owners)),
            Route("/crm/v3/owners", self._guarded(self._owners)),
            Route("/crm/v3/pipelines/{kind}", self._guarded(self._pipelines)),
            Route(
                "/crm/v4/associations/{kind}/{to}/batch/read",
                self._guarded(self._associations),
                methods=["POST"],
            ),
            Route("/account-info/v3/api-usage/daily/private-apps", self._guarded(self._usage)),
        ]

    def _open(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Let a handler answer, without asking for a token."""

        async def endpoint(request: Request) -> Response:
            body = _body(request, await request.body())
            with self.lock:
                if body:
                    self.bodies.append((request.url.path, body))
                try:
                    answer = handler(request, body)
                except Refusal as refusal:
                    return refusal.response
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return endpoint

    def _guarded(self, handler: Handler, *, search: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Let a handler answer who has a token, the scope, and calls left."""

        def guarded(request: Request, body: Body) -> Response:
            self._authenticate(request)
            headers = self.limits.take(search=search)
            self._authorise(request)
            answer = handler(request, body)
            response = answer if isinstance(answer, Response) else JSONResponse(answer)
            response.headers.update(headers)
            return response

        return self._open(guarded)

    def _authenticate(self, request: Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        ends = self.tokens[token]
        if ends is not None and self.portal.now() >= ends:
            raise error(401, "EXPIRED_AUTHENTICATION", f"The OAuth token {token} used in this call expired.")

    def _authorise(self, request: Request) -> None:
        kind = request.path_params.get("kind") or ("owners" if "/owners" in request.url.path else "")
        if kind in SCOPES and SCOPES[kind] not in self.scopes:
            raise missing_scope(SCOPES[kind])

    def _token(self, _: Request, body: Body) -> Any:
        wanted = CLIENT | {"refresh_token": self.refresh_token}
        if any(body.get(name) != value for name, value in wanted.items()):
            raise error(400, None, "missing or invalid refresh token", status="BAD_REFRESH_TOKEN")
        self._issued += 1
        token = f"sandbox-access-token-{self._issued}"
        self.tokens[token] = self.portal.now() + 1000 * self.token_seconds
        if self.rotating:
            self.refresh_token = f"{CLIENT['refresh_token']}-{self._issued}"
        return {
            "access_token": token,
            "refresh_token": self.refresh_token,
            "token_type": "bearer",
            "expires_in": self.token_seconds,
        }

    def _kind(self, request: Request) -> str:
        kind = str(request.path_params["kind"])
        if kind not in self.portal.records or kind in self.without:
            raise error(400, "VALIDATION_ERROR", f"Unable to infer object type from: {kind}")
        return kind

    def _list(self, request: Request, _: Body) -> Any:
        kind, query = self._kind(request), request.query_params
        limit, start = int(query.get("limit", 10)), int(query.get("after", 0))
        if not 1 <= limit <= 100:
            raise error(400, "VALIDATION_ERROR", "limit must be between 1 and 100")
        limit = min(limit, self.most_listed)
        archived = query.get("archived") == "true"
        records = self.portal.records[kind]
        rest = self.portal.index[kind].listed(start, limit + 1, archived=archived)
        shown = [id_ for id_ in rest[:limit] if str(id_) not in self.forgotten]
        written = [self._listed(kind, records[id_], query.getlist) for id_ in shown]
        after = str(rest[limit - 1] + 1) if len(rest) > limit else None
        link = f"{self.base_url}/crm/v3/objects/{kind}?after={after}"
        return {"results": written} | ({"paging": {"next": {"after": after, "link": link}}} if after else {})

    def _listed(self, kind: str, record: CrmRecord, query: Callable[[str], Iterable[str]]) -> Body:
        written = record_json(self.portal, kind, record, _names(query("properties")))
        related = list_associations(self.portal, kind, record, _names(query("associations")))
        return written | ({"associations": related} if related else {})

    def _search(self, request: Request, body: Body) -> Any:
        kind = self._kind(request)
        try:
            found, total, after = search(self.portal, kind, body, lag_ms=round(self.index_lag * 1000))
        except BadSearch as bad:
            raise error(400, "VALIDATION_ERROR", str(bad)) from bad
        asked = body.get("properties") or ()
        shown = [record for record in found if str(record.id) not in self.forgotten]
        written = [record_json(self.portal, kind, record, asked) for record in shown]
        answer = {"total": total, "results": written}
        return answer | ({"paging": {"next": {"after": after}}} if after else {})

    def _batch_read(self, request: Request, body: Body) -> Any:
        kind, ids = self._kind(request), [row["id"] for row in body["inputs"]]
        if len(ids) > MOST_INPUTS:
            raise error(400, "VALIDATION_ERROR", f"at most {MOST_INPUTS} inputs")
        records = filter(None, (self._live(kind, id_) for id_ in ids))
        written = [record_json(self.portal, kind, record, body.get("properties") or ()) for record in records]
        return {"status": "COMPLETE", "results": written}

    def _one(self, request: Request, _: Body) -> Any:
        kind = self._kind(request)
        if (record := self._live(kind, request.path_params["id"])) is None:
            raise not_found()
        return self._listed(kind, record, request.query_params.getlist)

    def _live(self, kind: str, id_: str) -> CrmRecord | None:
        """Find a live record; a merged one's id gives the winner."""
        number = int(id_)
        record = self.portal.records[kind].get(self.portal.merged.get((kind, number), number))
        return None if record is None or record.archived is not None else record

    def _properties(self, request: Request, _: Body) -> Any:
        return {"results": self.portal.properties[self._kind(request)]}

    def _owners(self, request: Request, _: Body) -> Any:
        archived = request.query_params.get("archived") == "true"
        return {"results": [owner for owner in self.portal.owners if owner["archived"] == archived]}

    def _pipelines(self, request: Request, _: Body) -> Any:
        of = {"deals": self.portal.pipelines, "leads": self.portal.lead_pipelines}
        return {"results": of.get(request.path_params["kind"], [])}

    def _associations(self, request: Request, body: Body) -> Any:
        kind, to = self._kind(request), str(request.path_params["to"])
        ids = [row["id"] for row in body["inputs"]]
        if len(ids) > MOST_RELATED:
            raise error(400, "VALIDATION_ERROR", f"at most {MOST_RELATED} inputs")
        found = {id_: v4_association(self.portal, kind, to, int(id_)) for id_ in ids}
        none = [no_associations(kind, to, id_) for id_, row in found.items() if row is None]
        answer = {"status": "COMPLETE", "results": [row for row in found.values() if row is not None]}
        return JSONResponse(answer | {"numErrors": len(none), "errors": none}, 207) if none else answer

    def _usage(self, _: Request, __: Body) -> Any:
        today = self.clock().replace(hour=23, minute=59, second=59, microsecond=0)
        row = {"name": "private-apps-api-calls-daily", "usageLimit": self.limits.per_day}
        return {"results": [row | {"currentUsage": self.limits.used_today, "resetsAt": today.isoformat()}]}


def _names(given: Iterable[str]) -> list[str]:
    """Read a list out of a query, written `a,b` or given several times."""
    return [name for value in given for name in value.split(",")]


def _body(request: Request, body: bytes) -> Body:
    if not body:
        return {}
    if "json" in request.headers.get("Content-Type", ""):
        read = json.loads(body)
        return read if isinstance(read, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}
