"""What can go wrong, by what to do next.

HubError              its text may be shown to a person: no secret, no payload is in it
├── SetupError        stop: a person must change config, rights or a mapping
├── TransientError    the same call may work later
└── RecordError       hold this record, go on with the others
"""


class HubError(Exception):
    """Something a person can understand went wrong.

    Args:
        text: what happened, to which thing, with which value.
        fix: the way out, a sentence or a command; empty when there is none to give.
    """

    def __init__(self, text: str, *, fix: str = "") -> None:
        super().__init__(text)
        self.fix = fix


class SetupError(HubError):
    """Stop: a person must change config, rights or a mapping."""


class TransientError(HubError):
    """The same call may work after `retry_after` seconds (None: nobody said)."""

    def __init__(self, text: str, *, fix: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, fix=fix)
        self.retry_after = retry_after


class RecordError(HubError):
    """Hold this record, go on with the others."""
