"""The hub's web application: the door for webhooks and posted forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.leads_api.lead import Fault
from console.web import forms, hooks, leads
from console.web.answers import Guarded, http_failed
from console.web.door import Door
from console.web.drainer import Drainer
from hub.intake import inbox_path
from hub.opening import open_hub
from storage.inbox import Inbox


def create_app(home: str | Path | None = None) -> FastAPI:
    """Make the application of a hub; it opens the hub when it starts, and closes it when it ends.

    Args:
        home: the hub's home; None: `SELLHUB_HOME`, else the current folder.
    """

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        with open_hub(home) as hub, Inbox(inbox_path(hub)) as inbox, Drainer(hub, inbox) as drainer:
            app.state.door = Door(hub, inbox, drainer)
            yield

    app = FastAPI(title="Sell Hub", lifespan=opened, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guarded)
    app.add_exception_handler(HTTPException, _no_such_path)
    app.include_router(hooks.router)
    app.include_router(leads.router)
    app.include_router(forms.router)
    return app


async def _no_such_path(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses as each door answers: the leads API in Sell's envelope."""
    if isinstance(error, HTTPException) and request.url.path.startswith("/v2/"):
        return leads.failure(error.status_code, Fault("incorrect_path", error.detail.lower()))
    return await http_failed(request, error)
