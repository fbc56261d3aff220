"""Access tokens for Google's APIs. Source of facts: Google Identity, "Using OAuth 2.0", RFC 7523.

A service account signs a JWT (RS256, at most an hour) and gets a token for it; a user's refresh token gets
one as well; a ready access token is used as it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.google.settings import GoogleConfig
from connectors.renewal import RefreshTokens, refresh_tokens
from connectors.transport import checked_base_url

GOOGLE = "https://oauth2.googleapis.com/token"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 3600
EARLY = 60
"""Seconds before its end at which a token is renewed."""


@dataclass(slots=True)
class Tokens:
    """Gives the token to call with, and renews it when it is over.

    Args:
        session: from `connectors.transport.make_session`.
        scopes: the rights that a service account asks for.
    """

    session: requests.Session
    config: GoogleConfig
    scopes: Sequence[str]
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _kept: RefreshTokens = field(default_factory=refresh_tokens, repr=False)

    @property
    def renewable(self) -> bool:
        """Whether a token that is refused can be had anew."""
        return self.config.access_token is None

    def get(self) -> str:
        """Give a token that is good for a minute at least.

        Raises:
            CredentialsError: we are refused, or the key cannot be used.
            TransientError: the answer cannot be read.
        """
        if self.config.access_token:
            return self.config.access_token.get_secret_value()
        if time.time() > self._until - EARLY:
            self._renew()
        return self._token

    def forget(self) -> None:
        """Take the token for over, whatever its time."""
        self._until = 0.0

    def _renew(self) -> None:
        config = self.config
        if config.service_account is not None:
            key = _key_file(config.service_account.get_secret_value())
            self._ask({"grant_type": JWT_GRANT, "assertion": self._assertion(key)}, self._url(key))
            return
        given = config.refresh_token.get_secret_value() if config.refresh_token else ""
        with self._kept.turn(given) as turn:
            body = self._ask(self._user_form(turn.newest), self._url({}))
            if isinstance(refresh := body.get("refresh_token"), str) and refresh not in {"", turn.newest}:
                turn.replaced(refresh)

    def _ask(self, form: dict[str, str], url: str) -> JsonObject:
        answer = self.session.post(url, data=form)
        try:
            body = answer.json()
        except requests.exceptions.JSONDecodeError:
            body = None
        if not isinstance(body, dict) or (answer.ok and not isinstance(body.get("access_token"), str)):
            raise TransientError(f"Google: {urlsplit(url).netloc} answered HTTP {answer.status_code} without a token")
        if not answer.ok:
            raise self._refused(body)
        self._token = body["access_token"]
        lasts = str(body.get("expires_in"))
        self._until = time.time() + (int(lasts) if lasts.isdigit() else ASSERTION_SECONDS)
        return body

    def _user_form(self, refresh: str) -> dict[str, str]:
        config = self.config
        return {
            "grant_type": "refresh_token",
            "client_id": config.client_id or "",
            "client_secret": config.client_secret.get_secret_value() if config.client_secret else "",
            "refresh_token": refresh,
        }

    def _url(self, key: JsonObject) -> str:
        """Tell where tokens are had. A key file's own address is believed unless it is Google's usual one."""
        if self.config.token_url:
            return checked_base_url(self.config.token_url)
        told = str(key.get("token_uri") or GOOGLE)
        if self.config.base_url and told == GOOGLE:
            return checked_base_url(self.config.base_url) + "/token"
        return checked_base_url(told)

    def _assertion(self, key: JsonObject) -> str:
        import jwt

        now = int(time.time())
        claims = {
            "iss": key["client_email"],
            "scope": " ".join(self.scopes),
            "aud": key.get("token_uri") or GOOGLE,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        if self.config.subject:
            claims["sub"] = self.config.subject
        headers = {"kid": key["private_key_id"]} if key.get("private_key_id") else None
        try:
            return jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise SetupError(
                "Google: the private_key in service_account is not a readable RSA key", fix=_FIX_KEY
            ) from None

    def _refused(self, body: JsonObject) -> CredentialsError:
        """Name the fault by its code; the description may quote what was sent, so it is left out."""
        code = body.get("error")
        said = code if isinstance(code, str) and len(code) < 60 else "no reason given"
        fix = _FIX_KEY if self.config.service_account else "sign the user in again and store the new refresh_token"
        return CredentialsError(f"Google: no token for these credentials ({said})", fix=fix)


_FIX_KEY = "make a new JSON key under IAM > Service accounts > Keys, and point service_account to it: file:key.json"


def _key_file(text: str) -> JsonObject:
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    needed = ("client_email", "private_key")
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in needed):
        raise SetupError("Google: service_account is not a service account's key file", fix=_FIX_KEY)
    return key
