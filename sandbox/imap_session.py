"""One connection to the stand-in of a mail server: what is said, what is answered. Facts: RFC 3501, RFC 7628."""

from __future__ import annotations

import base64
import re
import socketserver
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.imap_folders import MONTHS, Folder, Stored, meant, small_item
from sandbox.imap_structure import body_structure, section_of

if TYPE_CHECKING:
    from sandbox.imap import Fault, ImapSandbox


class _HangUpError(Exception):
    """The connection ends here."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    sandbox: ImapSandbox
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.folder: Folder | None = None
        self.is_in = False
        self.fault: Fault | None = None
        self.generation = self.sandbox.generation
        self._say(self.sandbox.greeting)
        try:
            while line := self.rfile.readline(65_536):
                self._command(line.decode("utf-8").rstrip("\r\n"))
        except _HangUpError:
            return

    def _say(self, text: str, literal: bytes | None = None) -> None:
        self.wfile.write(text.encode() + b"\r\n" if literal is None else text.encode() + literal)

    def _command(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        verb, _, arguments = rest.partition(" ")
        name = verb.upper()
        if name == "UID":
            sub, _, arguments = arguments.partition(" ")
            name = f"UID {sub.upper()}"
        shown = name if name in {"LOGIN", "AUTHENTICATE"} else f"{name} {arguments}".strip()
        self.sandbox.commands.append(shown)
        self.fault = "bye" if self.generation != self.sandbox.generation else self.sandbox.fault_for(shown)
        if self._faulty(tag):
            return
        said = getattr(self, "_" + name.lower().replace(" ", "_"), None)
        if said is None:
            self._say(f"{tag} BAD unknown command {name}")
        elif not self.is_in and name not in {"CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT", "NOOP"}:
            self._say(f"{tag} BAD sign in first")
        else:
            said(tag, arguments)

    def _faulty(self, tag: str) -> bool:
        match self.fault:
            case "hang up":
                raise _HangUpError
            case "bye":
                self._say("* BYE going down for maintenance")
                raise _HangUpError
            case "throttled":
                self._say(f"{tag} NO [THROTTLED] too many commands")
            case "no":
                self._say(f"{tag} NO something is wrong here")
            case "garbage":
                self._say("<html>503 Service Unavailable</html>")
            case _:
                return False
        return True

    def _capability(self, tag: str, _: str) -> None:
        plain = " AUTH=PLAIN" if self.sandbox.offers_plain else ""
        self._say(f"* CAPABILITY IMAP4rev1 SPECIAL-USE AUTH=XOAUTH2{plain}")
        self._say(f"{tag} OK done")

    def _login(self, tag: str, arguments: str) -> None:
        words = [
            word.replace('\\"', '"').replace("\\\\", "\\") for word in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)
        ]
        self._let_in(tag, words == [self.sandbox.user, self.sandbox.password])

    def _authenticate(self, tag: str, mechanism: str) -> None:
        self._say("+ ")
        said = base64.b64decode(self.rfile.readline(65_536).strip()).decode()
        if mechanism.upper() == "PLAIN":
            self._let_in(tag, said == f"\0{self.sandbox.user}\0{self.sandbox.password}")
            return
        good = said == f"user={self.sandbox.user}\1auth=Bearer {self.sandbox.oauth_token}\1\1"
        if not good:
            self._say("+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode())
            self.rfile.readline(65_536)
        self._let_in(tag, good)

    def _let_in(self, tag: str, good: bool) -> None:
        self.is_in = good
        self._say(f"{tag} OK welcome" if good else f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")

    def _list(self, tag: str, _: str) -> None:
        for folder in self.sandbox.folders.values():
            flags = folder.flags if self.sandbox.marks_sent else ""
            self._say(f'* LIST (\\HasNoChildren{f" {flags}" if flags else ""}) "/" "{folder.name}"')
        self._say(f"{tag} OK done")

    def _examine(self, tag: str, name: str) -> None:
        self._open(tag, name, "READ-ONLY")

    def _select(self, tag: str, name: str) -> None:
        self._open(tag, name, "READ-WRITE")

    def _open(self, tag: str, name: str, mode: str) -> None:
        with self.sandbox.lock:
            self.folder = self.sandbox.folders.get(name.strip('"'))
            if self.folder is None:
                self._say(f"{tag} NO [NONEXISTENT] Unknown Mailbox: {name}")
                return
            self._say(f"* {len(self.folder.mails)} EXISTS")
            self._say("* 0 RECENT")
            self._say("* FLAGS (\\Seen \\Deleted)")
            self._say(f"* OK [UIDVALIDITY {self.folder.validity}] numbers are good")
            if self.sandbox.says_next_uid:
                self._say(f"* OK [UIDNEXT {self.folder.next_uid}] next")
        self._say(f"{tag} OK [{mode}] done")

    def _noop(self, tag: str, _: str) -> None:
        self._say(f"{tag} OK done")

    def _logout(self, tag: str, _: str) -> None:
        self._say("* BYE see you")
        self._say(f"{tag} OK done")
        raise _HangUpError

    def _uid_search(self, tag: str, arguments: str) -> None:
        words = arguments.split()
        with self.sandbox.lock:
            mails = list(self._folder().mails)
            found = {mail.uid for mail in mails}
            while words:
                key, value, *words = words
                if key.upper() == "UID":
                    wanted = set(meant(value, mails))
                    found &= wanted
                elif key.upper() == "SINCE":
                    day, month, year = value.split("-")
                    since = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
                    found &= {mail.uid for mail in mails if mail.received_at >= since}
                else:
                    self._say(f"{tag} BAD unknown key {key}")
                    return
        self._say(f"* SEARCH {' '.join(map(str, sorted(found)))}".rstrip())
        self._say(f"{tag} OK done")

    def _uid_fetch(self, tag: str, arguments: str) -> None:
        self.sandbox.before_fetch()
        numbers, _, rest = arguments.partition(" ")
        with self.sandbox.lock:
            mails = list(self._folder().mails)
            wanted = set(meant(numbers, mails))
        chosen = [(place, mail) for place, mail in enumerate(mails, 1) if mail.uid in wanted]
        if any(mail.uid in self.sandbox.refuses for _, mail in chosen):
            self._say(f"{tag} NO some mails cannot be given")
            return
        for place, mail in chosen:
            self._one(place, mail, rest.strip("()"))
        self._say("* 1 FETCH (FLAGS (\\Seen))")  # as servers tell at any time
        self._say(f"{tag} OK done")

    def _one(self, place: int, mail: Stored, items: str) -> None:
        start = f"* {place} FETCH ("
        for item in re.findall(r"[A-Z0-9.]+(?:\[[^\]]*\](?:<\d+\.\d+>)?)?", items):
            if not item.startswith("BODY"):
                start = f"{start}{small_item(item, mail)} "
                continue
            if item == "BODYSTRUCTURE":
                start = f"{start}BODYSTRUCTURE {body_structure(mail.raw)} "
                continue
            section, _, part = item.partition("]")
            data = section_of(mail.raw, section.partition("[")[2])
            first, most = map(int, part.strip("<>").split(".")) if part else (0, len(data))
            if not item.startswith("BODY.PEEK"):
                mail.flags.add("\\Seen")
            data = data[first : first + most]
            named = section.replace("BODY.PEEK", "BODY")
            self._say(f"{start}{named}]{f'<{first}>' if part else ''} {{{len(data)}}}\r\n", self._spoilt(data))
            start = " "
        self._say(f"{start.rstrip()})")

    def _spoilt(self, data: bytes) -> bytes:
        if self.fault == "cut literal" and len(data) > 4:
            self._say("", data[: len(data) // 2])
            self.wfile.flush()
            raise _HangUpError
        return data

    def _folder(self) -> Folder:
        if self.folder is None:
            raise _HangUpError
        return self.folder
