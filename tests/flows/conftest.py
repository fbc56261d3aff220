"""One brief Prefect server for these tests, and a place that alerts go to."""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

# Before Prefect is imported: its files lie in a folder of ours, and what is tried again is tried at once.
os.environ["PREFECT_HOME"] = mkdtemp(prefix="sellhub-prefect-")
os.environ["PREFECT_TASK_DEFAULT_RETRY_DELAY_SECONDS"] = "[0]"
os.environ.pop("PREFECT_API_URL", None)

CSV = "First Name,Last Name,Email\nAnn,Li,ann.li@acme.example\nBo,Sun,bo.sun@acme.example\nCy,Day,no-address\n"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prefect's clients leave sockets to the garbage collector; that is its own business, and of these tests alone."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Collect what Prefect left before another test has to."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home whose server the flows report to."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_api(prefect_home: Path) -> Iterator[str]:
    """A Prefect server, and this process set to it."""
    from flows.serving import connected, free_port, server

    with server(prefect_home, free_port(), brief=True) as url, connected(url):
        yield url


@dataclass
class Inbox:
    """Alerts as Apprise sent them."""

    url: str
    alerts: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def titles(self) -> list[str]:
        """What stands in the list of messages."""
        return [alert["title"] for alert in self.alerts]


@pytest.fixture
def alerts() -> Iterator[Inbox]:
    """A server that takes alerts; its address is an Apprise URL."""
    inbox = Inbox("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            inbox.alerts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(inbox.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the terminal clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        inbox.url = f"json://127.0.0.1:{listening.server_port}/"
        yield inbox
        listening.shutdown()
        thread.join()


def write_home(home: Path, text: str, rows: str = CSV) -> Path:
    """Make a hub's home with a spreadsheet in it."""
    home.mkdir(exist_ok=True)
    (home / "hub.toml").write_text(text, encoding="utf-8")
    (home / "leads.csv").write_text(rows, encoding="utf-8")
    return home
