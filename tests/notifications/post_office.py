"""A mail server on this machine: it speaks SMTP over a real socket and keeps what it was sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(slots=True)
class PostOffice:
    """What a mail server got, and how it behaves."""

    port: int = 0
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """To whom the envelope says, and the mail."""
    refuses: bool = False
    """Whether it takes no mail just now."""
    on_letter: Callable[[], None] | None = None
    """Called when a mail is there, before it is acknowledged."""

    @property
    def url(self) -> str:
        """The Apprise URL of this server."""
        return f"mailto://127.0.0.1:{self.port}?from=hub@example.com"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that somebody got."""
        return [letter for whose, letter in self.letters if whose == address]


class _Clerk(socketserver.StreamRequestHandler):
    office: PostOffice

    def handle(self) -> None:
        self._say("220 here")
        recipient = ""
        while line := self.rfile.readline():
            words = line.decode("ascii", "replace").strip()
            verb = words[:4].upper()
            if verb == "RCPT":
                recipient = words.partition("<")[2].partition(">")[0]
                self._say("550 nobody here" if self.office.refuses else "250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self._take(recipient)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        self.office.letters.append((recipient, letter))
        if self.office.on_letter is not None:
            self.office.on_letter()
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Run a mail server on a free port of this machine."""
    office = PostOffice()
    clerk = type("Clerk", (_Clerk,), {"office": office})
    with _Server(("127.0.0.1", 0), clerk) as server:
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield office
        server.shutdown()
        thread.join()
