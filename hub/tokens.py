"""The hub's own tokens: who may send to a source, or read leads, without a vendor's signature.

A token is shown once, when it is made, and kept as a hash: whoever reads the database can use none. It holds
256 random bits, so a plain SHA-256 is enough; there is nothing to guess.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from hub.by_hand import acting
from hub.connecting import connector_class, receives
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import roster, tokens
from storage.tokens import TokenRow

PREFIX = "shub_"
"""What every token begins with, so that scanners of code find those that leaked."""
WRITE, READ = "write", "read"
SCOPES = (WRITE, READ)
"""`write`: send records to its source, change leads by the leads API. `read`: read leads there."""
_NAME = re.compile(r"[\w.@ -]{1,100}")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made."""

    row: TokenRow
    text: str
    """What is to be copied to the sender; it cannot be shown again."""


def add_token(
    hub: Hub, name: str, source: str, scopes: tuple[str, ...] = (), *, by: str | None = None, dry_run: bool = False
) -> NewToken:
    """Make a token for a source.

    Args:
        scopes: none: all that its source can make use of.

    Raises:
        SetupError: there is one of that name, no such source or scope, or nothing is sent to that source.
    """
    connector = connector_class(hub.settings.source(source).connector)
    if not receives(connector):
        raise SetupError(
            f"{source} is read by the hub, nothing is sent to it", fix='sources to send to: connector = "webhook"'
        )
    if not _NAME.fullmatch(name) or name != name.strip():
        raise SetupError(f"{name!r} cannot be a token's name", fix="letters, digits, blanks and . _ - @, up to 100")
    if odd := [scope for scope in scopes if scope not in SCOPES]:
        raise SetupError(f"there is no scope {odd[0]!r}", fix=f"scopes: {', '.join(SCOPES)}")
    text = PREFIX + secrets.token_urlsafe(32)
    chosen = tuple(dict.fromkeys(scopes)) or (SCOPES if connector.door == "v2" else (WRITE,))
    with hub.store.write() as db:
        roster.hold(db, "tokens")
        if tokens.standing(db, name) is not None:
            raise SetupError(f"there is a token called {name!r}", fix="take another name, or revoke it first")
        if dry_run:
            return NewToken(TokenRow(0, name, source, chosen, acting(by), hub.now(), None, None, ""), "")
        return NewToken(tokens.add(db, name, source, chosen, hashed(text), acting(by), hub.now()), text)


def list_tokens(hub: Hub, *, revoked: bool = False) -> list[TokenRow]:
    """List the tokens that hold, and those that were revoked if they are asked for."""
    with hub.store.read() as db:
        return tokens.tokens(db, revoked=revoked)


def revoke_token(hub: Hub, name: str, *, dry_run: bool = False) -> TokenRow:
    """Let a token hold no more, from the next request on.

    Raises:
        SetupError: there is none of that name.
    """
    with hub.store.write() as db:
        row = tokens.standing(db, name)
        if row is None:
            known = ", ".join(each.name for each in tokens.tokens(db))
            raise SetupError(f"there is no token called {name!r}", fix=f"tokens: {known or 'none'}")
        if not dry_run:
            tokens.revoke(db, row.id, hub.now())
        return row


def token_in(headers: Mapping[str, str]) -> str | None:
    """Give the token of the hub that a request bears; None: it bears none, or somebody else's.

    Args:
        headers: keys in lower case.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    for text in (bearer.strip() if scheme.lower() == "bearer" else "", headers.get("x-webhook-token", "")):
        if text.startswith(PREFIX):
            return text
    return None


def find_token(hub: Hub, text: str) -> TokenRow | None:
    """Find the token that holds and says this; compared in constant time."""
    kept = hashed(text)
    with hub.store.read() as db:
        row = tokens.find(db, kept)
    held = row is not None and row.revoked_at is None and hmac.compare_digest(row.hash, kept)
    return row if held else None


def note_used(hub: Hub, used: Mapping[str, str]) -> None:
    """Note when tokens were last used: hash → time."""
    with hub.store.write() as db:
        tokens.note_used(db, used.items())


def token_json(row: TokenRow) -> JsonObject:
    """Give the object that `token list --json` prints."""
    return {
        "name": row.name,
        "source": row.source,
        "scopes": list(row.scopes),
        "created_by": row.created_by,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }


def hashed(text: str) -> str:
    """Give the hash by which a token is kept."""
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
