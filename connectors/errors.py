"""What can go wrong at a vendor's door, by what to do next.

ConnectorError            its text may be shown to a person: no secret, no payload is in it
├── SetupError            stop: a person must change config or rights
│   └── CredentialsError  the vendor does not accept who we say we are
├── TransientError        the same call may work after `retry_after` seconds
│   └── QuotaError        the account's allowance is used up until `retry_after` has passed
└── RefusedRequest        a received webhook is not what it claims to be
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Something went wrong with another system.

    Args:
        text: what happened, at which system, to which call.
        fix: the way out, a sentence or a command; empty when there is none to give.
    """

    def __init__(self, text: str, *, fix: str = "") -> None:
        super().__init__(text)
        self.fix = fix


class SetupError(ConnectorError):
    """Stop: a person must change config or rights."""


class CredentialsError(SetupError):
    """The vendor does not accept who we say we are."""


LATER = "it is tried again at the next run, from where this one stopped"


class TransientError(ConnectorError):
    """The same call may work after `retry_after` seconds (None: the vendor did not say)."""

    def __init__(self, text: str, *, fix: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, fix=fix or LATER)
        self.retry_after = retry_after


class QuotaError(TransientError):
    """The account's allowance is used up until `retry_after` has passed."""


class RefusedRequest(ConnectorError):  # noqa: N818  -- it names the request, the error is ours to answer with
    """A received webhook is not what it claims to be: bad signature, too old, not readable.

    Args:
        status: the HTTP status to answer with.
    """

    def __init__(self, text: str, *, status: int = 401) -> None:
        super().__init__(text)
        self.status = status
