"""`/v2/leads`: leads in Sell's own shape. Who sends one waits until it is stored, matched, assigned, and told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from connectors.connector import Request as Received
from connectors.errors import ConnectorError, RefusedRequest
from connectors.leads_api.lead import Fault, RefusedLead
from console.web.answers import told
from console.web.bodies import read_body
from console.web.door import RETRY_AFTER, Door, as_received, door_of
from console.web.limits import retry_after
from hub.intake import refuse
from hub.leads_api import requests as asked
from hub.leads_api.finding import invalid
from hub.leads_api.requests import Desk, Taken, desk_for
from hub.tokens import READ, WRITE, find_token, token_in
from sell_model.errors import HubError
from sell_model.types import JsonObject
from storage.tokens import TokenRow

log = logging.getLogger("sellhub")
router = APIRouter(prefix="/v2")

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds that a sender waits for a lead to be taken in; then it is told that it will be."""
AT_ONCE = 5.0
"""Seconds' worth of calls that a token may make at once."""
MOST_FILTERS = 20
PAGES = {"page": (1, 1_000), "per_page": (1, 100)}
ACCEPTED, UNAVAILABLE = 202, 503
CODES = {
    400: "invalid_payload", 401: "unauthorized", 403: "insufficient_scope", 404: "not_found", 408: "invalid_payload",
    413: "incorrect_payload", 429: "rate_limit_exceeded", UNAVAILABLE: "temporarily_unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by a token that holds."""

    door: Door
    token: TokenRow
    received: Received

    @property
    def turn(self) -> asyncio.Lock:
        """What lets the changes of one source happen one after another."""
        return self.door.turn(self.token.source)

    async def at(self, do: Callable[[Desk], T]) -> T:
        """Do something of the hub's in a thread."""
        return await run_in_threadpool(self._at, do)

    def _at(self, do: Callable[[Desk], T]) -> T:
        with desk_for(self.door.hub, self.token.source, self.door.inbox, self.received) as desk:
            return do(desk)


@router.post("/leads")
async def create(request: Request) -> JSONResponse:
    """Take a new lead."""

    async def do(caller: Caller) -> JSONResponse:
        return await _told_when_in(caller, await caller.at(asked.new_lead))

    return await _answered(request, WRITE, do)


@router.post("/leads/upsert")
async def upsert(request: Request) -> JSONResponse:
    """Change the one lead that the query's filters find, or take a new one."""

    async def do(caller: Caller) -> JSONResponse:
        filters = _filters(request)
        async with caller.turn:
            return await _told_when_in(caller, await caller.at(lambda desk: asked.upsert(desk, filters)))

    return await _answered(request, WRITE, do)


@router.put("/leads/{lead_id:int}")
async def change(lead_id: int, request: Request) -> JSONResponse:
    """Change the fields of a lead that are named."""

    async def do(caller: Caller) -> JSONResponse:
        async with caller.turn:
            return await _told_when_in(caller, await caller.at(lambda desk: asked.change(desk, _id(lead_id))))

    return await _answered(request, WRITE, do)


@router.get("/leads/{lead_id:int}")
async def one(lead_id: int, request: Request) -> JSONResponse:
    """Give a lead."""

    async def do(caller: Caller) -> JSONResponse:
        return JSONResponse(_of(await caller.at(lambda desk: asked.one_lead(desk, _id(lead_id)))))

    return await _answered(request, READ, do)


@router.get("/leads")
async def several(request: Request) -> JSONResponse:
    """Give the leads that meet the query's filters, page by page, by rising id."""

    async def do(caller: Caller) -> JSONResponse:
        filters = _filters(request, without=(*PAGES, "sort_by"))
        page, size = _number(request, "page", 1), _number(request, "per_page", 25)
        rows, more = await caller.at(lambda desk: asked.some_leads(desk, filters, page, size))
        links = {"self": str(request.url)}
        if more:
            links["next_page"] = str(request.url.include_query_params(page=page + 1))
        meta = {"type": "collection", "count": len(rows), "links": links}
        return JSONResponse({"items": [_of(row) for row in rows], "meta": meta})

    return await _answered(request, READ, do)


def _of(lead: JsonObject, kind: str = "lead") -> JsonObject:
    return {"data": lead, "meta": {"type": kind}}


async def _told_when_in(caller: Caller, taken: Taken) -> JSONResponse:
    """Wait until what was sent is taken in, and answer with what stands."""
    door, source, accepted = caller.door, caller.token.source, taken.accepted
    waits = accepted is not None and not await run_in_threadpool(asked.is_taken_in, door.hub, source, accepted)
    if accepted is not None and waits and not await door.drainer.taken_in(source, accepted.id, PATIENCE):
        return JSONResponse(_of({**taken.sent, "id": None}), ACCEPTED)
    may_read = READ in caller.token.scopes
    return JSONResponse(_of(*await caller.at(lambda desk: asked.lead_of(desk, taken, may_read=may_read))))


async def _answered(request: Request, scope: str, do: Callable[[Caller], Awaitable[JSONResponse]]) -> JSONResponse:
    """Find out who calls, do what is asked, and turn whatever goes wrong into an answer in Sell's envelope."""
    try:
        return await do(await _caller(door_of(request), request, scope))
    except RefusedRequest as refused:
        log.warning("v2: %d refused, %s", refused.status, refused)
        faults = refused.faults if isinstance(refused, RefusedLead) else (_fault(refused),)
        wait = refused.wait if isinstance(refused, _TooOften) else 0.0
        return failure(refused.status, *faults, headers=retry_after(wait) if wait else None)
    except (HubError, ConnectorError) as error:
        log.error("v2: %d not taken, %s", UNAVAILABLE, told(error))
        fault = Fault(CODES[UNAVAILABLE], "the hub cannot take it now; send it again later")
        return failure(UNAVAILABLE, fault, headers=RETRY_AFTER)


def _fault(refused: RefusedRequest) -> Fault:
    return Fault(CODES.get(refused.status, "invalid_payload"), str(refused))


class _TooOften(RefusedRequest):
    """A token that makes more calls than it may."""

    def __init__(self, wait: float) -> None:
        super().__init__("leads API: too many calls by this token", status=429)
        self.wait = wait


async def _caller(door: Door, request: Request, scope: str) -> Caller:
    received = as_received(door, request, b"")
    token = await run_in_threadpool(_token, door, received, scope)
    if token.source in door.hub.settings.sources:
        limit = door.hub.settings.sources[token.source].connector_settings.get("calls_per_second", 20)
        wait = door.rates.wait(("token", token.id), float(limit), float(limit) * AT_ONCE)
        if wait:
            raise await _counted(door, token.source, _TooOften(wait))
    door.drainer.note_token(token_in(received.headers) or "")
    try:
        body = await read_body(request) if request.method != "GET" else b""
    except RefusedRequest as refused:
        raise await _counted(door, token.source, refused) from None
    return Caller(door, token, replace(received, body=body, token=token.name))


def _token(door: Door, received: Received, scope: str) -> TokenRow:
    text = token_in(received.headers)
    token = find_token(door.hub, text) if text is not None else None
    if token is None:
        raise RefusedRequest("leads API: no token of this hub, or one that was revoked")
    if scope not in token.scopes:
        raise RefusedRequest(f"leads API: the token may not {scope}", status=403)
    return token


async def _counted(door: Door, source: str, refused: RefusedRequest) -> RefusedRequest:
    await run_in_threadpool(refuse, door.hub, source, str(refused), refused.status, door.inbox)
    return refused


def failure(status: int, *faults: Fault, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer in Sell's envelope for errors."""
    logref = str(uuid4())
    errors = [{"error": _error(fault), "meta": {"type": "error"}} for fault in faults]
    meta: dict[str, Any] = {"http_status": f"{status} {HTTPStatus(status).phrase}", "logref": logref, "links": {}}
    return JSONResponse({"errors": errors, "meta": meta}, status, {"X-Request-Id": logref, **(headers or {})})


def _error(fault: Fault) -> JsonObject:
    said = {"code": fault.code, "message": fault.message, "details": fault.message, "resource": "lead"}
    return {**said, "field": fault.field} if fault.field else said


def _filters(request: Request, without: tuple[str, ...] = ()) -> dict[str, str]:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name not in without]
    if len(pairs) > MOST_FILTERS or len({name for name, _ in pairs}) < len(pairs):
        raise invalid("filters", f"each filter once, and not more than {MOST_FILTERS}")
    return dict(pairs)


def _number(request: Request, name: str, usual: int) -> int:
    text, (least, most) = request.query_params.get(name, str(usual)), PAGES[name]
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
        raise invalid(name, f"a whole number from {least} to {most}")
    return int(text)


def _id(lead_id: int) -> int:
    """Refuse what no database takes for an id."""
    return lead_id if lead_id < 2**63 else 0
