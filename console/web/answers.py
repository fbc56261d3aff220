"""What holds for every answer: headers that keep browsers safe, and words instead of a traceback."""

from __future__ import annotations

import logging
import traceback

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.errors import ConnectorError
from sell_model.errors import HubError

log = logging.getLogger("sellhub")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def failed(status: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer that it did not work, and why; the text must be fit for strangers."""
    return JSONResponse({"error": text}, status, headers)


async def http_failed(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses (no such path, wrong method) in the same form as our own refusals."""
    if not isinstance(error, HTTPException):
        raise error
    return failed(error.status_code, error.detail.lower(), dict(error.headers or {}))


def told(error: Exception) -> str:
    """Put an error into a line of the log.

    Our own errors are fit to be read. Of any other only its kind and place are: its text may quote a person's data.
    """
    if isinstance(error, (HubError, ConnectorError)):
        return f"{error} (fix: {error.fix})" if error.fix else str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {place.filename}:{place.lineno}, a fault of the hub itself"


def _guard(headers: MutableHeaders) -> None:
    """Add the headers that an answer does not set for itself; one that it sets to nothing is left out."""
    for name, value in HEADERS.items():
        if headers.setdefault(name, value) == "":
            del headers[name]


class Guarded:
    """The application, with the headers on every answer; a fault of ours becomes a 500 and a line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _guard(MutableHeaders(scope=message))
            await send(message)

        try:
            await self.app(scope, receive, send_guarded)
        except Exception as error:
            log.error("500 %s", told(error))
            if begun:
                raise
            await failed(500, "the hub failed; send it again later")(scope, receive, send_guarded)
