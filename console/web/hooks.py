"""`/hooks/SOURCE`: a delivery is verified, stored, answered, and taken in a moment later."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from connectors.errors import ConnectorError, RefusedRequest
from console.web.answers import failed, told
from console.web.bodies import read_body
from console.web.door import RETRY_AFTER, Door, as_received, door_of, name_of
from hub.intake import Accepted, handshake, receive, refuse
from hub.tokens import token_in
from sell_model.errors import HubError

log = logging.getLogger("sellhub")
router = APIRouter()

OK, ACCEPTED, UNAVAILABLE = 200, 202, 503


@router.post("/hooks/{source}")
async def hook(source: str, request: Request) -> JSONResponse:
    """Take a delivery: 202 stored, 200 it was there already, 4xx refused, 503 not now, send it again."""
    door = door_of(request)
    try:
        accepted = await _received(door, source, request)
    except RefusedRequest as refused:
        log.warning("%s: %d refused, %s", name_of(door, source), refused.status, refused)
        return failed(refused.status, str(refused))
    except (HubError, ConnectorError) as error:
        log.error("%s: %d not received, %s", name_of(door, source), UNAVAILABLE, told(error))
        return failed(UNAVAILABLE, "this source cannot receive now; send it again later", RETRY_AFTER)
    if (token := token_in(request.headers)) is not None:
        door.drainer.note_token(token)
    if accepted.duplicate:
        return JSONResponse({"accepted": 0, "key": accepted.key, "duplicate": True}, OK)
    door.drainer.wake(source)
    return JSONResponse({"accepted": accepted.records, "key": accepted.key}, ACCEPTED)


@router.get("/hooks/{source}")
async def asked(source: str, request: Request) -> Response:
    """Answer a sender that asks whether the address is ours: 200 its own word back, 4xx refused."""
    door = door_of(request)
    received = as_received(door, request, b"")
    try:
        return PlainTextResponse(await run_in_threadpool(handshake, door.hub, source, received))
    except RefusedRequest as refused:
        log.warning("%s: %d refused, %s", name_of(door, source), refused.status, refused)
        return failed(refused.status, str(refused))
    except (HubError, ConnectorError) as error:
        log.error("%s: %d not answered, %s", name_of(door, source), UNAVAILABLE, told(error))
        return failed(UNAVAILABLE, "this source cannot answer now; ask again later", RETRY_AFTER)


async def _received(door: Door, source: str, request: Request) -> Accepted:
    try:
        body = await read_body(request)
    except RefusedRequest as refused:
        await run_in_threadpool(refuse, door.hub, source, str(refused), refused.status, door.inbox)
        raise
    return await run_in_threadpool(receive, door.hub, source, as_received(door, request, body), door.inbox)


@router.get("/healthz")
def healthz(request: Request) -> JSONResponse:
    """Tell whether deliveries are received and taken in, and how many wait."""
    door = door_of(request)
    try:
        waiting = sum(door.inbox.waiting().values())
    except HubError as error:
        log.error("healthz: %s", told(error))
        return failed(UNAVAILABLE, "the inbox cannot be read")
    if not door.drainer.is_alive:
        return failed(UNAVAILABLE, "what is received is not taken in; start sellhub serve again")
    return JSONResponse({"status": "ok", "waiting": waiting})
