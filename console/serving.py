"""`sellhub serve`: receive webhooks, forms, and leads in Sell's own shape."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from console.telling import note, tell, tell_next

if TYPE_CHECKING:
    from pathlib import Path

    from hub.opening import Hub

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(host: str = "127.0.0.1", port: int = 8480) -> int:
    """Receive webhooks, forms and leads until stopped.

    What comes to /hooks/SOURCE, /forms/SOURCE and /v2/leads is verified, kept, and a lead within a second.

    Parameters
    ----------
    host
        The address to listen on. Others than this machine should come by a proxy that speaks https.
    port
        0 takes a free one.
    """
    from hub.opening import open_hub

    with _listening(host, port) as listener:
        with open_hub() as hub:
            _tell_addresses(hub, host, listener.getsockname()[1])
            home = hub.home
        return _run(home, listener)


def _listening(host: str, port: int) -> socket.socket:
    from sell_model.errors import SetupError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise SetupError(
            f"cannot listen on {host} port {port}: {error.strerror or error}", fix="choose another: --port 8481"
        ) from error


def _tell_addresses(hub: Hub, host: str, port: int) -> None:
    from hub.intake import receiving_sources

    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    sources = receiving_sources(hub)
    tell(f"receiving on {address}, until Ctrl-C")
    for source, door in sources.items():
        tell(f"  {source}: {_way_in(address, source, door)}")
    if not sources:
        note('no source of hub.toml receives yet; add one: [sources.site] with connector = "webhook" or "form"')
    if host not in LOOPBACK:
        note("others can reach this without encryption; put a proxy that speaks https before it")
    _note_refused(hub)
    tell_next("sellhub lead list")


def _way_in(address: str, source: str, door: str) -> str:
    if door == "forms":
        return f"{address}/forms/{source}"
    return f"POST {address}/v2/leads, by its tokens" if door == "v2" else f"POST {address}/hooks/{source}"


def _note_refused(hub: Hub) -> None:
    from hub.intake import refusals

    for row in refusals(hub):
        note(f"{row.source}: {row.count:,} refused so far, the last {row.last_at[:16]}Z: {row.reason}")


def _run(home: Path, listener: socket.socket) -> int:
    """Serve until a signal says stop; what is under way is finished first."""
    import logging
    import sys

    from console.main import DONE, FAILED
    from console.web.server import make_server

    sys.stdout.flush()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s")
    logging.getLogger("sellhub").setLevel(logging.INFO)
    sys.setswitchinterval(0.001)  # seconds: who answers must not wait long for the thread that takes in
    server = make_server(home)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        note("stopped; what was accepted is kept, and taken in at the next start if it is not yet")
    return DONE if server.started else FAILED
