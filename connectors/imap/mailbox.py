"""One connection to a mailbox, which only ever looks. Source of facts: RFC 3501, RFC 5530 (codes), RFC 7628.

Folders are opened by EXAMINE and read by BODY.PEEK, so nothing is marked as read. A connection that breaks is made
anew, and the command is said again in the same folder.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from connectors import clock
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.imap import folders
from connectors.imap.answers import UnreadableAnswerError, Value, fetched
from connectors.imap.folders import Folder
from connectors.imap.settings import ImapConfig, place_of
from connectors.pace import Pace

ATTEMPTS = 5
SECONDS = 60
_LATER = re.compile(rb"\[(UNAVAILABLE|THROTTLED|OVERQUOTA|LIMIT|INUSE|SERVERBUG|CONTACTADMIN)\b", re.IGNORECASE)
_NUMBER = re.compile(rb"\d+")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it was when it was opened."""

    name: str
    validity: int
    """UIDVALIDITY: another one means that all numbers are others."""
    next_uid: int | None
    """Above the number of every mail; None: the server does not say."""
    count: int


class RenumberedError(Exception):
    """While a folder was read, its server gave all mails other numbers."""


class _AgainError(Exception):
    """This attempt failed in a way that the next one may not."""


class _RefusedError(Exception):
    """The server says no, and will say it again."""


class Mailbox:
    """Speaks IMAP; connects at the first command.

    Args:
        on_call: called once per command, signing in too.
    """

    def __init__(self, config: ImapConfig, on_call: Callable[[], None]) -> None:
        self._config = config
        self._on_call = on_call
        self._place = place_of(config)
        rate = config.commands_per_second * config.quota_share
        self._pace = Pace(rate, max(1, int(rate)))
        self._line: imaplib.IMAP4 | None = None
        self._opened: Opened | None = None
        self.refused: dict[int, str] = {}
        """Mails that the server would not give, with what it said."""

    def folders(self) -> list[Folder]:
        """List all folders."""
        return list(folders.listed(self._do("LIST", lambda line: _good(line.list()))))

    def open(self, name: str) -> Opened:
        """Open a folder to be looked at.

        Raises:
            SetupError: there is none of this name, or no right to read it.
        """
        self._opened = None
        try:
            self._opened = self._do("EXAMINE", lambda line: _examined(line, name), name)
        except _RefusedError as error:
            raise SetupError(f"IMAP: folder {name!r} cannot be opened: {error}", fix=self._others(name)) from error
        return self._opened

    def _others(self, name: str) -> str:
        known = [folder.name for folder in self.folders() if folder.is_readable and folder.name != name]
        return f"folders that are there: {', '.join(known[:20]) or 'none that you may see'}"

    def search(self, *criteria: str) -> list[int]:
        """List the numbers of mails in the open folder that meet criteria, rising."""
        try:
            found = self._do("SEARCH", lambda line: _good(line.uid("SEARCH", *criteria)))
        except _RefusedError as error:
            raise TransientError(f"IMAP: {self._place[0]} refuses SEARCH: {error}") from error
        return sorted({int(number) for piece in found if isinstance(piece, bytes) for number in piece.split()})

    def fetch(self, uids: Sequence[int], items: str) -> dict[int, dict[str, Value]]:
        """Fetch items of mails in the open folder, by number; what is gone is missing, or stands in `refused`."""
        try:
            return self._do("FETCH", lambda line: _messages(_good(line.uid("FETCH", _set(uids), items)), uids))
        except _RefusedError as error:
            if len(uids) == 1:
                self.refused[uids[0]] = str(error)
                return {}
        middle = len(uids) // 2
        return {**self.fetch(uids[:middle], items), **self.fetch(uids[middle:], items)}

    def close(self) -> None:
        """Sign off."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(imaplib.IMAP4.error, OSError):  # it is over either way
                line.logout()

    def _do(self, verb: str, say: Callable[[imaplib.IMAP4], ResultT], what: str = "") -> ResultT:
        """Say a command, signed in and in the open folder; again where that may help."""
        again = Retrying(
            sleep=clock.sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=0.2, max=30) + wait_random(0, 0.3),
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
        )
        try:
            result: ResultT = again(self._once, say)
        except _AgainError as error:
            at = f"{verb} {what}" if what else verb
            raise TransientError(f"IMAP: {self._place[0]}: {error} at {at}") from error
        return result

    def _once(self, say: Callable[[imaplib.IMAP4], ResultT]) -> ResultT:
        try:
            line = self._connected()
            self._called()
            return say(line)
        except UnreadableAnswerError as error:
            self._drop()
            raise _AgainError(f"an answer that cannot be read ({error})") from error
        except ssl.SSLCertVerificationError as error:
            raise SetupError(
                f"IMAP: the certificate of {self._place[0]} is not trusted: {error.verify_message}",
                fix="check host; for a private server set ca_bundle",
            ) from error
        except (imaplib.IMAP4.abort, OSError) as error:
            self._drop()
            raise _AgainError(f"no answer ({type(error).__name__})") from error
        except imaplib.IMAP4.error as error:
            raise SetupError(f"IMAP: {self._place[0]} does not understand us: {self._told(error)}") from error

    def _called(self) -> None:
        self._pace.wait()
        self._on_call()

    def _connected(self) -> imaplib.IMAP4:
        """Give the connection; a new one is signed in, and in the folder that was open."""
        if self._line is None:
            line = self._greeted()
            try:
                self._sign_in(line)
                self._reopen(line)
            except BaseException:
                self._hang_up(line)
                raise
            self._line = line
        return self._line

    def _reopen(self, line: imaplib.IMAP4) -> None:
        if self._opened is None:
            return
        self._called()
        try:
            opened = _examined(line, self._opened.name)
        except _RefusedError as error:
            raise SetupError(f"IMAP: folder {self._opened.name!r} is gone: {error}", fix="check folders") from error
        if opened.validity != self._opened.validity:
            raise RenumberedError(self._opened.name)

    def _greeted(self) -> imaplib.IMAP4:
        host, port, is_safe = self._place
        try:
            if not is_safe:
                return imaplib.IMAP4(host, port, SECONDS)
            context = ssl.create_default_context(cafile=self._config.ca_bundle)
            return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=SECONDS)
        except ssl.SSLCertVerificationError:
            raise
        except (ssl.SSLError, FileNotFoundError) as error:
            raise SetupError(f"IMAP: no encrypted connection to {host}:{port}", fix="check port, ca_bundle") from error
        except imaplib.IMAP4.error as error:
            raise _AgainError(f"it turns us away: {self._told(error)}") from error

    def _sign_in(self, line: imaplib.IMAP4) -> None:
        """Sign in, by the token if there is one.

        Raises:
            CredentialsError: we are refused.
        """
        self._called()
        config, user = self._config, self._config.user
        try:
            if config.oauth_token is not None:
                said = f"user={user}\x01auth=Bearer {config.oauth_token.get_secret_value()}\x01\x01"
                line.authenticate("XOAUTH2", _saying(said))
            elif config.password is None:
                raise SetupError("IMAP: neither password nor oauth_token is set", fix="set one of them in hub.toml")
            elif "AUTH=PLAIN" in line.capabilities:
                line.authenticate("PLAIN", _saying(f"\0{user}\0{config.password.get_secret_value()}"))
            else:
                line.login(folders.in_quotes(user), config.password.get_secret_value())
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
            if _LATER.search(str(error).encode()):
                raise _AgainError(self._told(error)) from error
            raise CredentialsError(
                f"IMAP: {self._place[0]} refuses {user!r}: {self._told(error)}",
                fix="check user and password; many servers want an app password, or oauth_token, and IMAP switched on",
            ) from error

    def _told(self, error: Exception) -> str:
        """Give what a server said, on one line, without what is secret."""
        text = str(error).removeprefix("b'").rstrip("'")
        for secret in (self._config.password, self._config.oauth_token):
            if secret is not None and secret.get_secret_value():
                text = text.replace(secret.get_secret_value(), "…")
        return " ".join(text.split())[:200]

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._hang_up(line)

    @staticmethod
    def _hang_up(line: imaplib.IMAP4) -> None:
        with suppress(OSError, imaplib.IMAP4.error):  # it is gone already
            line.shutdown()


def _saying(text: str) -> Callable[[bytes], bytes]:
    """Say a text at once, and nothing to what is asked then: a server tells its reason so before it refuses."""
    words = [text.encode()]
    return lambda _: words.pop() if words else b""


def _good(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """Give what a command brought.

    Raises:
        _AgainError, _RefusedError: NO, for now or for good.
    """
    state, pieces = answer
    if state == "OK":
        return pieces
    said = next((piece for piece in pieces if isinstance(piece, bytes)), b"")
    text = said.decode("utf-8", "replace")[:200]
    raise _AgainError(text) if _LATER.search(said) else _RefusedError(text)


def _examined(line: imaplib.IMAP4, name: str) -> Opened:
    count = _good(line.select(folders.quoted(name), readonly=True))
    validity, following = (_number(line.response(code)[1]) for code in ("UIDVALIDITY", "UIDNEXT"))
    if validity is None:
        raise SetupError(f"IMAP: folder {name!r} has no UIDVALIDITY", fix="read it on another server: RFC 3501 has it")
    return Opened(name, validity, following, _number(count) or 0)


def _number(pieces: Sequence[object]) -> int | None:
    found = _NUMBER.search(pieces[-1]) if pieces and isinstance(pieces[-1], bytes) else None
    return int(found[0]) if found else None


def _messages(pieces: Sequence[object], uids: Sequence[int]) -> dict[int, dict[str, Value]]:
    """Sort items by the mail they belong to; what the server tells of others, or of flags alone, is passed over."""
    found: dict[int, dict[str, Value]] = {}
    wanted = set(uids)
    for message in fetched(pieces):
        uid = message.get("UID")
        if isinstance(uid, bytes) and uid.isdigit() and int(uid) in wanted:
            found.setdefault(int(uid), {}).update(message)
    return found


def _set(uids: Sequence[int]) -> str:
    """Write numbers, rising, as a set: `3:7,9`.

    >>> _set([3, 4, 5, 9])
    '3:5,9'
    """
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)
