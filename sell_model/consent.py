"""Consent: whether somebody may be written to, and called. Of several words the strictest holds.

Everything else that sources say is replaced by what is newer or more trusted. Consent is not: who unsubscribed in
one system must not be written to because another has not heard of it, nor because the first one's record is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from sell_model.records import EmailConsent, PhoneConsent

STRICTNESS: Final[Mapping[str, tuple[str, ...]]] = {
    "email_consent": get_args(EmailConsent),
    "phone_consent": get_args(PhoneConsent),
}
"""Field → its words, each stricter than those before it. The first is the only one that allows anything."""

CONSENTS: Final = tuple(STRICTNESS)


def is_stricter(field: str, word: str, than: str | None) -> bool:
    """Tell whether a word is stricter than another; any word is stricter than none.

    >>> is_stricter("email_consent", "unsubscribed", "subscribed")
    True
    """
    order = STRICTNESS[field]
    return than is None or order.index(word) > order.index(than)


def strictest(field: str, words: Iterable[str | None]) -> str | None:
    """Give the strictest of several words; None where nobody said any.

    >>> strictest("email_consent", ["subscribed", None, "bounced"])
    'bounced'
    """
    said = [word for word in words if word is not None]
    return max(said, key=STRICTNESS[field].index) if said else None


def last_words(fields: Mapping[str, Any]) -> dict[str, str]:
    """Give what a record says of consent, by field, that is gone at its source.

    What it did not allow holds on; what it allowed is gone with it.

    >>> last_words({"email_consent": "unsubscribed", "phone_consent": "allowed", "last_name": "Li"})
    {'email_consent': 'unsubscribed'}
    """
    return {name: fields[name] for name in CONSENTS if name in fields and fields[name] != STRICTNESS[name][0]}
