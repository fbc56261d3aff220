"""A stand-in of a mail server: IMAP4rev1 over TCP on loopback, one mailbox. Source of facts: RFC 3501, 6154, 7628.

It answers what readers say: CAPABILITY, LOGIN, AUTHENTICATE PLAIN and XOAUTH2, LIST, EXAMINE, SELECT, STATUS, NOOP,
UID SEARCH, UID FETCH, LOGOUT. What is sent is parsed, never guessed: what it does not know it calls BAD.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal, Self, TypeAlias

from sandbox.imap_folders import Folder, Stored
from sandbox.imap_letters import OWN, seeded
from sandbox.imap_session import Session

Fault: TypeAlias = Literal["hang up", "bye", "throttled", "no", "garbage", "cut literal"]


class ImapSandbox:
    """A mailbox with INBOX, Sent and Junk. Use it as a context manager; `base_url` is its address.

    Args:
        tls: what it encrypts by; None: it does not.

    Attributes:
        password, oauth_token: what it lets in.
        says_next_uid: whether EXAMINE tells UIDNEXT.
        marks_sent: whether LIST marks the folder of sent mail.
        faults: what it does at the next commands that fit, by the command's name.
        commands: all that was said to it, without what is secret.
        before_fetch: called before each FETCH, to change things while somebody reads.
        refuses: numbers of mails that it will not give.
        generation: grows when everybody is sent away.
    """

    name = "imap"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.lock = threading.RLock()
        self.base_url = ""
        self._server: socketserver.ThreadingTCPServer | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was done here: the seeded mailbox again."""
        with self.lock:
            self.user, self.password, self.oauth_token = OWN, "mail-secret", "ya29.mail-token"
            self.says_next_uid = self.marks_sent = self.offers_plain = True
            self.greeting = "* OK ready"
            self.faults: deque[tuple[str, Fault]] = deque()
            self.commands: list[str] = []
            self.before_fetch: Callable[[], object] = lambda: None
            self.refuses: set[int] = set()
            self.generation = 0
            self.folders = {f.name: f for f in (Folder("INBOX"), Folder("Sent", "\\Sent"), Folder("Junk", "\\Junk"))}
            for folder, mail, at in seeded():
                self.put(mail, folder, at)

    def empty(self) -> None:
        """Be a new mailbox, without mail."""
        with self.lock:
            for folder in self.folders.values():
                folder.mails.clear()
                folder.next_uid = 1

    def settings(self) -> dict[str, object]:
        """What a source's section of hub.toml needs to reach this stand-in, secrets in the clear."""
        return {
            "base_url": self.base_url,
            "user": self.user,
            "password": self.password,
            "own_domains": ["hub.example"],
        }

    def start(self) -> Self:
        """Listen on loopback and answer until `stop`."""
        handler = type("Handler", (Session,), {"sandbox": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.tls = self._tls
        self.base_url = f"imap{'s' if self._tls else ''}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sandbox-imap").start()
        return self

    def stop(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # What happens in the mailbox, for tests and the demo.

    def put(self, raw: bytes | EmailMessage, folder: str = "INBOX", at: datetime | None = None) -> Stored:
        """Let a mail arrive."""
        with self.lock:
            into = self.folders.setdefault(folder, Folder(folder))
            data = raw.as_bytes(policy=SMTP) if isinstance(raw, EmailMessage) else raw
            mail = Stored(into.next_uid, data, at or datetime.now(UTC))
            into.next_uid += 1
            into.mails.append(mail)
            return mail

    def expunge(self, uid: int, folder: str = "INBOX") -> None:
        """Delete a mail for good."""
        with self.lock:
            self.folders[folder].mails = [mail for mail in self.folders[folder].mails if mail.uid != uid]

    def renumber(self, folder: str = "INBOX", gap: int = 0) -> None:
        """Give all mails of a folder other numbers, as after a restored backup."""
        with self.lock:
            its = self.folders[folder]
            its.validity += 1
            for number, mail in enumerate(its.mails, 1 + gap):
                mail.uid = number
            its.next_uid = len(its.mails) + 1 + gap

    def revoke(self) -> None:
        """Let the password be another one, and send everybody away."""
        with self.lock:
            self.password, self.oauth_token = "another", "another"
            self.revoke_lines()

    def revoke_lines(self) -> None:
        """Send everybody away; they may come back."""
        with self.lock:
            self.generation += 1

    def fail(self, fault: Fault, *, at: str = "", times: int = 1) -> None:
        """Play a fault at the next commands whose line contains `at`."""
        with self.lock:
            self.faults.extend([(at, fault)] * times)

    def fault_for(self, line: str) -> Fault | None:
        """Take the first waiting fault that fits this command."""
        with self.lock:
            for waiting in list(self.faults):
                if waiting[0] in line:
                    self.faults.remove(waiting)
                    return waiting[1]
        return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, object]:
        line, address = super().get_request()
        return (line if self.tls is None else self.tls.wrap_socket(line, server_side=True)), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a connection that a test breaks off is no news."""
