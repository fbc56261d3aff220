"""One comparable form for what people spell in many ways. For keys only; what is shown stays as given."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sell_model.types import JsonObject

ROLE_LOCAL_PARTS = frozenset(
    "abuse accounts admin billing bookings careers contact enquiries enquiry finance hello help helpdesk hr "
    "info inquiries invoice invoices jobs kontakt mail marketing no-reply noreply office orders postmaster "
    "press purchasing reception root sales secretary service service-desk support team webmaster".split()
)
"""Addresses that stand for an office, not a person: they prove nothing about who somebody is."""

FREEMAIL_DOMAINS = frozenset(
    "126.com 139.com 163.com aol.com fastmail.com free.fr gmail.com gmx.de gmx.net googlemail.com "
    "hotmail.com hotmail.co.uk icloud.com live.com mail.com mail.ru me.com msn.com orange.fr outlook.com "
    "pm.me proton.me protonmail.com qq.com t-online.de web.de wanadoo.fr yahoo.co.jp yahoo.co.uk "
    "yahoo.com yandex.ru ymail.com".split()
)
"""Domains that anybody can have an address at: no company."""

_TAGGED = frozenset({"gmail.com", "outlook.com", "hotmail.com", "icloud.com", "fastmail.com", "proton.me"})
_FAMILY = re.compile(r"famil(?:y|ie|ia|le)|household|haushalt")
_PLACEHOLDERS = frozenset({"test@test.com", "none@none.com", "na@na.com", "noemail@noemail.com", "a@a.com"})
_NOT_WORD = re.compile(r"[^\w]+")


def email_key(email: str | None) -> str | None:
    """Give the form in which two spellings of one address are equal; None for no usable address.

    >>> email_key("Ann.Li+news@GoogleMail.com")
    'annli@gmail.com'
    >>> email_key("Ann.Li@Example.COM ")
    'ann.li@example.com'
    """
    if not email:
        return None
    local, _, domain = email.strip().lower().rpartition("@")
    if not local or not domain:
        return None
    if domain == "googlemail.com":
        domain = "gmail.com"
    if domain in _TAGGED:
        local = local.partition("+")[0]
        if domain == "gmail.com":
            local = local.replace(".", "")
    key = f"{local}@{domain}"
    return None if key in _PLACEHOLDERS else key


def is_role_address(key: str) -> bool:
    """Whether a normalised address stands for an office, or for a family.

    >>> is_role_address("info@acme.example")
    True
    """
    local = key.partition("@")[0]
    return local in ROLE_LOCAL_PARTS or _FAMILY.search(local) is not None


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Fold case, accents, width and punctuation; words stay apart by one space.

    >>> folded("  Łukasz O'Neil-GARCÍA ")
    'łukasz o neil garcia'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def phone_key(phone: str | None) -> str | None:
    """Give a phone when it is in E.164 form; anything else is no evidence."""
    if phone and phone[0] == "+" and phone[1:].isdigit() and len(phone) > 7:
        return phone
    return None


def site_domain(fields: JsonObject) -> str | None:
    """Give the domain that a company's website, or else its address, stands at; freemail is none.

    >>> site_domain({"website": "https://www.acme.example/about"})
    'acme.example'
    """
    website = str(fields.get("website") or "")
    host = re.sub(r"^[a-z]+://", "", website.strip().lower()).partition("/")[0].partition(":")[0]
    host = host.removeprefix("www.") or str(fields.get("email") or "").lower().rpartition("@")[2]
    return host if "." in host and host not in FREEMAIL_DOMAINS else None
