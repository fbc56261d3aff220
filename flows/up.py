"""A Prefect server and a worker together, for those who have none."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from flows.deploying import POOL, Deployed, deploy
from flows.environment import prefect_folder
from flows.processes import ended_softly, running
from flows.serving import HOST, announced, connected, server
from sell_model.errors import SetupError

WORKER_LOG = "worker.log"


def up(home: Path, port: int, ready: Callable[[str, list[Deployed]], None]) -> None:
    """Run server and worker until they are interrupted, with the syncs of hub.toml deployed.

    Args:
        ready: told the server's address and what is deployed, once all runs.

    Raises:
        SetupError: the port is taken, or one of the two ended by itself.
        KeyboardInterrupt: somebody ended it; both are stopped by then.
    """
    _refuse_taken(port)
    folder = prefect_folder(home)
    with ExitStack() as stack:
        stack.enter_context(ended_softly())
        url = stack.enter_context(server(home, port))
        stack.enter_context(announced(home, url))
        with connected(url):
            deployed = deploy(home)
        env = {"PREFECT_HOME": str(folder), "PREFECT_API_URL": url}
        words = ["prefect", "worker", "start", "--pool", POOL, "--type", "process"]
        worker = stack.enter_context(running(words, env, folder / WORKER_LOG))
        ready(url.removesuffix("/api"), deployed)
        while worker.poll() is None:
            time.sleep(0.5)
    raise SetupError("the worker ended by itself", fix=f"its last words are in {folder / WORKER_LOG}")


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SetupError(
                f"port {port} is taken, perhaps by a Prefect server",
                fix=f"sellhub up --port {port + 1}; or use that server: "
                f"export PREFECT_API_URL=http://{HOST}:{port}/api, then sellhub deploy",
            ) from error
