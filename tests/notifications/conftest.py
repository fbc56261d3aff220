"""A hub with two salespeople in a pool, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from hub.importing import Import, import_file
from hub.opening import Hub
from storage import notifications
from storage.notifications import Notification, Wanted
from tests.conftest import OpenHub
from tests.notifications.post_office import PostOffice, post_office

ALL = Wanted()
ANN, BO = "ann@example.com", "bo@example.com"
TOML = f"""
[[users]]
name = "Ann Lee"
email = "{ANN}"
[[users]]
name = "Bo Park"
email = "{BO}"
[[pools]]
name = "Inbound"
members = ["{ANN}", "{BO}"]
[notifications]
email = "env:MAIL_URL"
"""


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """A mail server; `MAIL_URL` leads to it."""
    with post_office() as opened:
        monkeypatch.setenv("MAIL_URL", opened.url)
        yield opened


@dataclass(frozen=True, slots=True)
class Firm:
    """A hub, its mail server, and where its files lie."""

    hub: Hub
    office: PostOffice
    home: Path

    def imports(self, *names: str, pool: str | None = "Inbound", source: str = "csv") -> None:
        """Import leads of these last names."""
        path = self.home / "leads.csv"
        rows = "".join(f"{name},{name.lower()}@x.example,Acme\n" for name in names)
        path.write_text(f"Last Name,Email,Company\n{rows}", encoding="utf-8")
        import_file(self.hub, Import(path, pool=pool, source=source))

    def told(self, wanted: Wanted = ALL) -> list[Notification]:
        """What the web shows, oldest first."""
        with self.hub.store.read() as db:
            return notifications.notifications(db, wanted, 100)[::-1]

    def states(self) -> list[tuple[str, str, int]]:
        """How each delivery stands: channel, state, attempts."""
        sql = "SELECT channel, state, attempts FROM notification_delivery ORDER BY notification_id, channel"
        with self.hub.store.read() as db:
            return [tuple(row) for row in db.select(sql)]


@pytest.fixture
def firm(opened: OpenHub, office: PostOffice, tmp_path: Path) -> Firm:
    """A hub with two salespeople in a pool, and a mail server."""
    return Firm(opened(TOML), office, tmp_path)


def body(letter: EmailMessage) -> str:
    """The text of a mail, on one line."""
    part = letter.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())
