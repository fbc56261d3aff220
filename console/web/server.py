"""The server that carries the web application."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from console.web.app import create_app


def make_server(home: Path) -> uvicorn.Server:
    """Make a server of a hub's application.

    It writes no access log, which would keep senders' addresses and what they put into ours.
    """
    config = uvicorn.Config(
        create_app(home), log_config=None, log_level="warning", access_log=False, server_header=False
    )
    return uvicorn.Server(config)
