"""Mail that is no word from somebody outside: why it is left out. Source of facts: RFC 2919, 2369, 3834, 3464.

Such a mail is told with its reason and without its content, so that what is read adds up.
"""

from __future__ import annotations

import re

from connectors.imap.headers import Envelope, Person

MAILING_LIST, AUTOMATIC, BOUNCE, NO_REPLY = "mailing list", "automatic", "bounce", "no-reply address"
INTERNAL, NOBODY, MANY = "internal", "no address", "many people"

_DAEMONS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mdaemon"})
_NO_REPLY = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|donotreply|noreply|no[-_.]?response|bounces?|notifications?|"
    r"auto[-_.]?(reply|mailer|confirm)|mailer|news[-_.]?letters?)([-_.+=]|\d|$)|[-_.+](no[-_.]?reply|noreply|donotreply)$"
)


def by_headers(envelope: Envelope, sender: Person | None, *, incoming: bool) -> str | None:
    """Say why a mail is left out, whoever it is to; None: it is not."""
    if _is_automatic(envelope):
        return AUTOMATIC
    if sender is None:
        return BOUNCE if _has_empty_path(envelope) else NOBODY
    local = sender.email.partition("@")[0]
    if local in _DAEMONS or _is_report(envelope) or "x-failed-recipients" in envelope.raw:
        return BOUNCE
    if incoming and _has_empty_path(envelope):
        return BOUNCE
    if _is_list(envelope, incoming=incoming):
        return MAILING_LIST
    return NO_REPLY if incoming and is_no_reply(sender.email) else None


def is_no_reply(address: str) -> bool:
    """Whether nobody reads what is written to an address.

    >>> is_no_reply("no-reply@acme.example"), is_no_reply("noreply+7@acme.example"), is_no_reply("norell@acme.example")
    (True, True, False)
    """
    return _NO_REPLY.search(address.partition("@")[0]) is not None


def _is_automatic(envelope: Envelope) -> bool:
    """RFC 3834: anything but `no`; older programs say it in headers of their own."""
    said = (envelope.first("auto-submitted") or "no").partition(";")[0].strip().lower()
    if said != "no" or _precedence(envelope) == "auto_reply":
        return True
    return any(name in envelope.raw for name in ("x-autoreply", "x-autorespond", "x-auto-reply"))


def _is_list(envelope: Envelope, *, incoming: bool) -> bool:
    if any(name in envelope.raw for name in ("list-id", "list-post")) or _precedence(envelope) in {
        "bulk",
        "list",
        "junk",
    }:
        return True
    return incoming and "list-unsubscribe" in envelope.raw


def _precedence(envelope: Envelope) -> str:
    return (envelope.first("precedence") or "").lower()


def _is_report(envelope: Envelope) -> bool:
    said = (envelope.first("content-type") or "").lower()
    return said.startswith("multipart/report")


def _has_empty_path(envelope: Envelope) -> bool:
    return (envelope.first("return-path") or "x").replace(" ", "") == "<>"
