"""What a mailbox holds: folders, and the mails in them under their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(slots=True)
class Stored:
    """A mail in a folder."""

    uid: int
    raw: bytes
    received_at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Folder:
    """A folder of the mailbox."""

    name: str
    flags: str = ""
    validity: int = 1_700_000_001
    next_uid: int = 1
    mails: list[Stored] = field(default_factory=list)


def meant(numbers: str, mails: Sequence[Stored]) -> Iterator[int]:
    """Read a set of numbers, of those that are there; `*` is the highest, and a range holds it either way round."""
    highest = max((mail.uid for mail in mails), default=0)
    for part in numbers.split(","):
        first, _, last = part.replace("*", str(highest)).partition(":")
        low, high = sorted((int(first), int(last or first)))
        yield from (mail.uid for mail in mails if low <= mail.uid <= high)


def small_item(item: str, mail: Stored) -> str:
    """Answer what is asked of a mail beside its content."""
    if item == "UID":
        return f"UID {mail.uid}"
    if item == "INTERNALDATE":
        at = mail.received_at.astimezone(UTC)
        return f'INTERNALDATE "{at.day:2}-{MONTHS[at.month - 1]}-{at.year} {at:%H:%M:%S} +0000"'
    return f"{item} {len(mail.raw)}" if item == "RFC822.SIZE" else f"FLAGS ({' '.join(sorted(mail.flags))})"
