"""A mailbox as a source: mail between people outside and us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from connectors.connector import Check, Connector, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.errors import ConnectorError, SetupError, TransientError
from connectors.imap.answers import Value
from connectors.imap.fields import FIELDS
from connectors.imap.folders import usual
from connectors.imap.headers import MOST, NAMES, read_headers
from connectors.imap.mailbox import Mailbox, Opened, RenumberedError
from connectors.imap.message import Mail, judged, read_text, records_of
from connectors.imap.settings import ImapConfig
from connectors.imap.structure import TextPart, text_part

MESSAGES = Stream("messages", "activities")
WINDOW = 1_000
"""Numbers that one search looks at, at first; where few of them are mails, the next looks at more."""
WIDEST = 80_000
"""More would not fit into the line in which a search is answered."""
AT_FIRST = f"(UID INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS ({' '.join(NAMES)})]<0.{MOST}>)"
HEADERS = "BODY[HEADER.FIELDS]"
_RENUMBERINGS = 3


@dataclass(slots=True)
class _Place:
    """How far each folder is read."""

    folders: dict[str, list[int]] = field(default_factory=dict)
    """By name: UIDVALIDITY, and the highest number that was read."""
    since: str | None = None
    """Day before which nothing is read, of a read from a time on."""

    def cursor(self) -> Cursor:
        """As it is kept."""
        read = {name: list(place) for name, place in self.folders.items()}
        return {"folders": read} | ({"since": self.since} if self.since else {})


class Imap(Connector[ImapConfig]):
    """Mails, folder by folder, in the order of their numbers; only ever looked at, never marked as read.

    A mail does not change, and one that is filed away or deleted was written all the same: nothing is taken back.
    """

    name: ClassVar[str] = "imap"
    title: ClassVar[str] = "Mailbox (IMAP)"
    Config = ImapConfig

    def __init__(self, config: ImapConfig) -> None:
        super().__init__(config)
        self._mailbox = Mailbox(config, self._count)

    def _count(self) -> None:
        self.calls += 1

    def streams(self) -> Sequence[Stream]:
        return [MESSAGES]

    def check(self) -> list[Check]:
        """Sign in, open each folder, and say whether our own domains are known."""
        try:
            names, missing = self._folders()
        except ConnectorError as error:
            return [Check("sign in", False, str(error), error.fix)]
        checks = [Check("sign in", True, f"{self.config.user} is let in")]
        checks += [self._folder_check(name) for name in names]
        checks += [Check("sent mail", True, missing)] if missing else []
        own = self.config.own_domains
        fix = "" if own else 'set own_domains = ["example.com"], else colleagues count as people outside'
        return [*checks, Check("own domains", bool(own), ", ".join(own) or "none are set", fix)]

    def _folder_check(self, name: str) -> Check:
        try:
            opened = self._mailbox.open(name)
        except ConnectorError as error:
            return Check(f"folder {name}", False, str(error), error.fix)
        return Check(f"folder {name}", True, f"{opened.count:,} mails")

    def discover(self, stream: str) -> list[SourceField]:
        self._expect(stream)
        return list(FIELDS)

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Give the mails of each folder above the number that was read last.

        Raises:
            TransientError: fewer mails came than the server had found.
            SetupError: a folder that is named is not there.
        """
        self._expect(stream)
        given = cursor or {}
        place = _Place({name: list(read) for name, read in given.get("folders", {}).items()}, given.get("since"))
        names, missing = self._folders()
        notices = (missing,) if missing and not place.folders else ()
        for name in names:
            for page in self._folder(name, place):
                yield Page(page.records, page.cursor, (*notices, *page.notices))
                notices = ()
        yield Page([], place.cursor(), notices)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        """Read from the day before on: a server counts days by a zone of its own."""
        self._expect(stream)
        return {"folders": {}, "since": (since.astimezone(UTC).date() - timedelta(days=1)).isoformat()}

    def close(self) -> None:
        self._mailbox.close()

    def _expect(self, stream: str) -> None:
        if stream != MESSAGES.name:
            raise SetupError(f"{self.title} has no stream {stream!r}", fix=f"its only stream is {MESSAGES.name}")

    def _folders(self) -> tuple[list[str], str]:
        """Name the folders to read, and say which of the usual ones is missing."""
        if self.config.folders:
            return list(dict.fromkeys(self.config.folders)), ""
        names = usual(self._mailbox.folders())
        known = "no folder of sent mail was found: name it in folders, or only what comes in is read"
        return names, known if len(names) == 1 else ""

    def _folder(self, name: str, place: _Place) -> Iterator[Page]:
        """Give a folder's pages; begins anew where the server gives its mails other numbers meanwhile."""
        for _ in range(_RENUMBERINGS):
            opened = self._mailbox.open(name)
            validity, last = place.folders.get(name, (opened.validity, 0))
            notices: tuple[str, ...] = ()
            if validity != opened.validity:
                notices, last = (f"the server numbered the mails in {name} anew: all are read again",), 0
            try:
                for records, uid, odd in self._portions(opened, last, place):
                    place.folders[name] = [opened.validity, uid]
                    yield Page(records, place.cursor(), (*notices, *odd))
                    notices = ()
                return
            except RenumberedError:
                continue
        raise TransientError(f"IMAP: the server numbers the mails in {name} anew again and again")

    def _portions(
        self, opened: Opened, last: int, place: _Place
    ) -> Iterator[tuple[list[SourceRecord], int, tuple[str, ...]]]:
        """Give records, the number up to which they are read, and what is odd."""
        end = opened.next_uid if opened.next_uid is not None else self._highest() + 1
        window = WINDOW
        while last + 1 < end:
            upto = min(last + window, end - 1)
            uids = self._mailbox.search("UID", f"{last + 1}:{upto}", *self._not_before(place))
            uids = [uid for uid in uids if last < uid <= upto]
            for start in range(0, len(uids), self.config.portion):
                portion = uids[start : start + self.config.portion]
                records = list(self._read(portion))
                yield records, portion[-1], self._oddities(opened.name)
            window = min(WIDEST, window * 4) if len(uids) < window // 4 else window
            last = upto
            if not uids or uids[-1] < upto:
                yield [], upto, ()

    def _highest(self) -> int:
        """Find the highest number in the open folder, where the server does not say it by itself."""
        return max(self._mailbox.search("UID", "*"), default=0)

    def _not_before(self, place: _Place) -> tuple[str, ...]:
        days = [date.fromisoformat(place.since)] if place.since else []
        days += [self.config.since] if self.config.since else []
        return ("SINCE", _imap_day(max(days))) if days else ()

    def _read(self, uids: Sequence[int]) -> Iterator[SourceRecord]:
        """Read mails: headers and structure of all, then the texts of those that are not left out."""
        found = self._fetch(uids, AT_FIRST, HEADERS)
        mails = {uid: self._judged(items) for uid, items in found.items()}
        parts = {
            uid: part
            for uid, mail in mails.items()
            if mail.reason is None and (part := text_part(found[uid].get("BODYSTRUCTURE")))
        }
        texts = self._texts(parts)
        for uid in uids:
            if uid in mails:
                text, is_cut = texts.get(uid, (None, False))
                yield from records_of(mails[uid], text, is_cut=is_cut)

    def _judged(self, items: dict[str, Value]) -> Mail:
        headers, moment = items.get(HEADERS), items.get("INTERNALDATE")
        return judged(
            read_headers(headers if isinstance(headers, bytes) else b""),
            _received(moment if isinstance(moment, bytes) else b""),
            self.config,
        )

    def _texts(self, parts: dict[int, TextPart]) -> dict[int, tuple[str | None, bool]]:
        """Fetch the beginnings of texts, those that stand at the same place in one go."""
        most, found = self.config.text_limit * 4, {}
        for section in sorted({part.section for part in parts.values()}):
            uids = [uid for uid, part in parts.items() if part.section == section]
            items = self._fetch(uids, f"(UID BODY.PEEK[{section}]<0.{most}>)", f"BODY[{section}]")
            for uid, its in items.items():
                data = its.get(f"BODY[{section}]")
                if isinstance(data, bytes):
                    whole = len(data) < most
                    found[uid] = read_text(parts[uid], data, self.config.text_limit, is_whole=whole)
        return found

    def _fetch(self, uids: Sequence[int], items: str, needed: str) -> dict[int, dict[str, Value]]:
        """Fetch items of mails; one that did not come is gone, or was refused, or the read is short.

        Raises:
            TransientError: it is still there.
        """
        found = {uid: its for uid, its in self._mailbox.fetch(uids, items).items() if needed in its}
        missing = [uid for uid in uids if uid not in found and uid not in self._mailbox.refused]
        if missing:
            there = set(self._mailbox.search("UID", f"{missing[0]}:{missing[-1]}")) & set(missing)
            again = self._mailbox.fetch(sorted(there), items) if there else {}
            found |= {uid: its for uid, its in again.items() if needed in its}
            if short := [uid for uid in there if uid not in found and uid not in self._mailbox.refused]:
                raise TransientError(f"IMAP: {len(short)} mails were found and did not come: read short")
        return found

    def _oddities(self, name: str) -> tuple[str, ...]:
        """Say which mails the server would not give."""
        refused, self._mailbox.refused = self._mailbox.refused, {}
        return tuple(f"{name}: mail {uid} was not given by the server: {said}" for uid, said in refused.items())


def _imap_day(day: date) -> str:
    """Write a day as SEARCH takes it: 3-Aug-2026, in English whatever the locale."""
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[day.month - 1]
    return f"{day.day}-{month}-{day.year}"


def _received(text: bytes) -> datetime | None:
    """Read INTERNALDATE, such as `17-Jul-2026 02:44:25 -0700`; None: it cannot be."""
    try:
        return datetime.strptime(text.strip().decode("ascii", "replace"), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
