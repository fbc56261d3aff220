"""Reading what a stranger sends: not too much of it, and not for too long."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from connectors.errors import RefusedRequest

LARGEST = 1_000_000
"""Bytes of a body."""
SECONDS = 30.0
"""How long a sender may take for it."""

TOO_SLOW, TOO_LARGE = 408, 413


async def read_body(request: Request) -> bytes:
    """Read a body; reading stops where it becomes too large, whatever its header announced.

    Raises:
        RefusedRequest: 413 too large; 408 too slow, or the sender went away.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST:
        raise _too_large()
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request)
    except TimeoutError:
        raise RefusedRequest(f"the body did not arrive within {SECONDS:g} s", status=TOO_SLOW) from None
    except ClientDisconnect:
        raise RefusedRequest("the sender went away before the body was there", status=TOO_SLOW) from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise _too_large()
    return bytes(body)


def _too_large() -> RefusedRequest:
    return RefusedRequest(f"the body is larger than {LARGEST:,} bytes", status=TOO_LARGE)
