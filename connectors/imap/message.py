"""From a mail to records: one for each person outside whom it is from or to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.connector import JsonObject, SourceRecord
from connectors.imap import left_out
from connectors.imap.decoding import block_text, decoded, one_line, unpacked
from connectors.imap.headers import Envelope, Person
from connectors.imap.html import plain_text
from connectors.imap.settings import ImapConfig
from connectors.imap.structure import TextPart

LONGEST_SUBJECT = 1_000
LONGEST_ID = 200
"""Characters of a Message-ID that names a record; a longer one is named by its digest."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as its headers go."""

    envelope: Envelope
    received_at: datetime | None
    reason: str | None
    """Why it is left out; None: it is not."""
    incoming: bool
    people: tuple[Person, ...]
    """Those outside whom it is from, or to; the first is meant first."""
    own: str | None
    """Which of our own addresses wrote or received it."""


def judged(envelope: Envelope, received_at: datetime | None, config: ImapConfig) -> Mail:
    """Tell whose mail it is: from somebody outside to us, or from us to them; all else is left out.

    A form on one's own website writes in its own name and says in Reply-To who it was: that is incoming mail.
    """
    senders = envelope.people("from") or envelope.people("sender")
    sender = senders[0] if senders else None
    replies = [each for each in envelope.people("reply-to") if not config.is_own(each.email)]
    receivers = envelope.people("to", "cc", "bcc")
    outside = [each for each in receivers if not config.is_own(each.email)]
    ours = [each.email for each in receivers if config.is_own(each.email)]
    from_us = sender is not None and config.is_own(sender.email)
    incoming = not from_us or (bool(replies) and not outside)
    who = sender if not from_us else replies[0] if incoming else sender
    reason = left_out.by_headers(envelope, who, incoming=incoming)
    if incoming:
        people, own = [who] if who else [], ours[0] if ours else config.own_mailbox
    else:
        people, own = (
            [each for each in outside if not left_out.is_no_reply(each.email)],
            sender.email if sender else None,
        )
        reason = reason or _of_sent(outside, people, config.most_people)
    return Mail(envelope, received_at, reason, incoming, () if reason else tuple(people), own)


def _of_sent(outside: Sequence[Person], people: Sequence[Person], most: int) -> str | None:
    if not outside:
        return left_out.INTERNAL
    if not people:
        return left_out.NO_REPLY
    return left_out.MANY if len(people) > most else None


def records_of(mail: Mail, text: str | None = None, *, is_cut: bool = False) -> Iterator[SourceRecord]:
    """Give the records of a mail: the first is named by its Message-ID, others by that and their address.

    What tells folders and servers apart is left out, so that a copy elsewhere is the same record. A mail that is left
    out has the reason, and nothing of what it says.
    """
    message_id, sent_at = _message_id(mail), _time(mail.envelope.sent_at(mail.received_at))
    if mail.reason is not None:
        data: JsonObject = {"message_id": message_id, "left_out": mail.reason, "sent_at": sent_at}
        yield SourceRecord(f"{message_id} ({mail.reason})", data, sent_at)
        return
    for number, person in enumerate(mail.people):
        data = {
            "message_id": message_id,
            "incoming": mail.incoming,
            "person": {"email": person.email, "name": person.name or None},
            "own": mail.own,
            "from": _shown(mail.envelope.people("from")),
            "to": _shown(mail.envelope.people("to")),
            "cc": _shown(mail.envelope.people("cc")),
            "subject": (mail.envelope.first("subject") or "")[:LONGEST_SUBJECT] or None,
            "in_reply_to": (mail.envelope.first("in-reply-to") or "")[:LONGEST_SUBJECT] or None,
            "sent_at": sent_at,
            "text": text,
            "text_cut": is_cut,
            "left_out": None,
        }
        yield SourceRecord(message_id if number == 0 else f"{message_id} {person.email}", data, sent_at)


def _shown(people: Sequence[Person]) -> list[JsonObject]:
    return [{"email": each.email, "name": each.name or None} for each in people[:50]]


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _message_id(mail: Mail) -> str:
    """Name a mail: by its Message-ID; without one, by what its copies have in common."""
    envelope = mail.envelope
    said = re.sub(r"\s", "", one_line(envelope.first("message-id") or ""))
    if said and said.isprintable() and len(said) <= LONGEST_ID:
        return said
    if said:
        return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"
    parts = [value for name in ("from", "to", "cc", "date", "subject") for value in envelope.raw.get(name, [b""])]
    if "date" not in envelope.raw:
        parts.append((_time(mail.received_at) or "").encode())
    return f"sha256:{hashlib.sha256(b'|'.join(parts)).hexdigest()}"


def read_text(part: TextPart, data: bytes, limit: int, *, is_whole: bool) -> tuple[str | None, bool]:
    """Give what a person reads of a part, and whether there was more.

    Args:
        data: as fetched, still packed for the way.
        limit: characters that are kept.
        is_whole: nothing of the part is missing behind it.
    """
    plain = decoded(unpacked(data, part.encoding), part.charset, is_cut=not is_whole)
    text, is_longer = block_text(plain_text(plain) if part.is_html else plain, limit)
    return text or None, is_longer or not is_whole
