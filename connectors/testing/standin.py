"""What a connector's author tells the kit: a stand-in of the vendor, and how things happen in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.connector import Request


class StandIn(ABC):
    """An account with the vendor, as the kit works it: real answers, made-up people.

    A person's record bears a `text` that the kit makes up (a word of small letters and digits): put it into a
    field that the record's data shows, such as the last name. `add` gives the id that the record has.

    What the vendor cannot do is not overridden, and `lacks` says why, by the method's name: the tests that need
    it are not collected. A method that is neither overridden nor in `lacks` is an error: nothing is left out
    unsaid.

    Attributes:
        stream: the stream that is tested; people, where there are any.
        page: records in one page, with the settings of `settings`.
        lacks: method → why this vendor, or this way of reading, has nothing of the kind.
        untold: method → why the API does not tell of it. It is still done while somebody reads, and must cost
            no other record.
        speaks_http: else `start` gives the address of a server of another kind, and the kit spoils none of its answers.
        only_receives: records come by requests that are sent to the hub, and `pull` gives nothing: the tests of
            reading are not collected. `add` then says who will be told of.
    """

    stream: ClassVar[str]
    page: ClassVar[int] = 3
    lacks: ClassVar[dict[str, str]] = {}
    untold: ClassVar[dict[str, str]] = {}
    speaks_http: ClassVar[bool] = True
    only_receives: ClassVar[bool] = False

    @abstractmethod
    def reset(self) -> None:
        """Be a new account, in which nobody is."""

    @abstractmethod
    def settings(self, base_url: str) -> dict[str, Any]:
        """Give the source's settings, secrets in the clear, with the smallest pages and no waiting for an index.

        Args:
            base_url: where the kit listens; empty where `start` is lacking.
        """

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """List what no log, error or address may show."""

    def start(self) -> str:
        """Listen on this machine and give the address; called once for all tests of a class."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop listening."""
        raise NotImplementedError

    def add(self, text: str) -> str:
        """Add a person, now; give the record's id."""
        raise NotImplementedError

    def add_at(self, text: str, when: datetime) -> str:
        """Add a person as at a past time (UTC, whole seconds); several may be of one time."""
        raise NotImplementedError

    def change(self, id_: str, text: str) -> None:
        """Change a person: the text is another."""
        raise NotImplementedError

    def delete(self, id_: str) -> None:
        """Delete a person for good."""
        raise NotImplementedError

    def archive(self, id_: str) -> None:
        """Put a person away, so that they can be brought back."""
        raise NotImplementedError

    def restore(self, id_: str) -> None:
        """Bring an archived person back."""
        raise NotImplementedError

    def merge(self, loser: str, winner: str) -> None:
        """Merge a person into another."""
        raise NotImplementedError

    def extend(self, id_: str, text: str) -> None:
        """Give a record a field that nobody has heard of, with a value that holds the text."""
        raise NotImplementedError

    def retype(self, id_: str) -> None:
        """Let a field of a record, other than the one with the text, have a value of another type than usual."""
        raise NotImplementedError

    def enlarge(self, id_: str, size: int) -> None:
        """Put a value of so many characters into a record."""
        raise NotImplementedError

    def add_field(self, text: str) -> None:
        """Add a field of the account's own to the stream, with the text in its name or label."""
        raise NotImplementedError

    def revoke(self) -> None:
        """Accept the credentials no more."""
        raise NotImplementedError

    def expire_token(self) -> None:
        """Let the access tokens that are out be too old; new ones can be had."""
        raise NotImplementedError

    def expire_cursor(self) -> None:
        """Know no place any more that was given out to go on from."""
        raise NotImplementedError

    def refuse_rights(self) -> None:
        """Take the right to read the stream away; the credentials stay good."""
        raise NotImplementedError

    def deliver(self, id_: str) -> Request:
        """Give the request by which the vendor tells the hub of a person, received now."""
        raise NotImplementedError

    def forge(self, id_: str) -> Sequence[Request]:
        """Give requests that claim to tell of a person and prove nothing: altered, unsigned, signed by others."""
        raise NotImplementedError

    def stale(self, id_: str) -> Request:
        """Give a genuine request that was sent an hour ago and is received now."""
        raise NotImplementedError

    def sign(self, body: bytes) -> Request:
        """Give a request with any body, proved to be the vendor's."""
        raise NotImplementedError


OPTIONAL = frozenset({
    "start", "add", "add_at", "change", "delete", "archive", "restore", "merge", "extend", "retype", "enlarge",
    "add_field", "revoke", "expire_token", "expire_cursor", "refuse_rights", "deliver", "forge", "stale", "sign",
})  # fmt: skip
"""What a stand-in overrides, or says why not."""


def offered(standin: type[StandIn]) -> frozenset[str]:
    """Name the optional methods that a stand-in has.

    Raises:
        TypeError: a method is neither there nor excused, or both, or excused without a reason.
    """
    has = frozenset(name for name in OPTIONAL if getattr(standin, name) is not getattr(StandIn, name))
    has -= set(standin.lacks) - _own(standin)  # a variant may lack what the class that it derives from has
    faults = [
        *(f"{name} is neither overridden nor in `lacks`" for name in sorted(OPTIONAL - has - set(standin.lacks))),
        *(f"{name} is overridden and in `lacks`" for name in sorted(_own(standin) & set(standin.lacks))),
        *(f"{name} is in `lacks` or `untold` and is nothing that a stand-in does" for name in _unknown(standin)),
        *(f"{name} has no reason" for name, why in (standin.lacks | standin.untold).items() if not why.strip()),
    ]
    if faults:
        raise TypeError(f"{standin.__name__}: {'; '.join(faults)}")
    return has


def _own(standin: type[StandIn]) -> frozenset[str]:
    """Name what is overridden in the very class that says what is lacking."""
    says = next(cls for cls in standin.__mro__ if "lacks" in cls.__dict__)
    return frozenset(name for cls in standin.__mro__[: standin.__mro__.index(says) + 1] for name in cls.__dict__)


def _unknown(standin: type[StandIn]) -> list[str]:
    return sorted({*standin.lacks, *standin.untold} - OPTIONAL)
