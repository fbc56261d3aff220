"""Getting a session: the OAuth flows of Salesforce, `POST /services/oauth2/token`; without an app, SOAP's login."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.salesforce.config import LOGIN_HOST, SalesforceConfig
from connectors.salesforce.errors import Refused, refusal
from connectors.salesforce.soap import NOT_OFFERED, soap_login
from connectors.transport import checked_base_url

TEST_HOST = "https://test.salesforce.com"
_LATER = frozenset({"SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "API_DISABLED_FOR_ORG"})
"""Refusals of a login that say nothing of the credentials."""
_FIXES = {
    "hasn't approved this consumer": "the admin must pre-authorize the app for this user (Permitted Users, and a "
    "permission set)",
    "not admin approved": "the admin must pre-authorize the app for this user (Permitted Users, and a permission set)",
    "no client credentials user": "set a run-as user in the connected app's Client Credentials Flow",
    "invalid_client_id": "check client_id: it is the Consumer Key of the connected app",
    "invalid_client": "check client_id and client_secret, and that the app allows this flow",
    "inactive_user": "the integration user is switched off: ask the Salesforce admin",
    "unsupported_grant_type": "the org or the app does not allow this flow: use another way in, or ask the admin",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "check username and password; give security_token (Reset My Security Token sends "
    "it), or let the admin trust the hub's address",
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": "set a new password, and give it with its new security_token",
    "INVALID_SSO_GATEWAY_URL": "this user signs in elsewhere (single sign-on): use a connected app",
    "INVALID_LOGIN": "check username, password and security_token, and whether the user is locked",
}
"""Part of a refusal's code or text → the way out."""
_FIX = "check the credentials; the password flow may also need client_id and client_secret"
ASSERTION_SECONDS = 170
"""Salesforce refuses an assertion that lives longer than three minutes."""


@dataclass(frozen=True, slots=True)
class Session:
    """A token, and the host that it is for."""

    token: str = field(repr=False)
    host: str


def sign_in(http: requests.Session, config: SalesforceConfig) -> Session:
    """Get a session in the way that the settings allow.

    Raises:
        CredentialsError: refused.
        TransientError: the answer cannot be read.
    """
    host = checked_base_url(config.base_url or LOGIN_HOST)
    if config.access_token:
        return Session(config.access_token.get_secret_value(), host)
    if config.password and not config.client_id and (session := _by_soap(http, config, host)):
        return session
    answer = http.post(f"{host}/services/oauth2/token", data=_form(config))
    try:
        body = answer.json()
    except requests.exceptions.JSONDecodeError:
        body = None
    if not answer.ok or not isinstance(body, dict) or "access_token" not in body:
        raise _refused(answer, body, config)
    return Session(
        body["access_token"], host if config.base_url else checked_base_url(body.get("instance_url") or host)
    )


def _by_soap(http: requests.Session, config: SalesforceConfig, host: str) -> Session | None:
    """Sign in by SOAP; None: the host does not offer that."""
    try:
        token, instance = soap_login(http, config, host)
    except Refused as refused:
        if refused.status in NOT_OFFERED:
            return None
        if refused.code in _LATER:
            raise refused.as_connector_error() from None
        raise _told(refused) from None
    return Session(token, checked_base_url(instance))


def renewable(config: SalesforceConfig) -> bool:
    """Whether a session that is over can be had anew."""
    return config.access_token is None


def _refused(answer: requests.Response, body: object, config: SalesforceConfig) -> Exception:
    if answer.ok or answer.status_code >= 500 or body is None:
        return TransientError(
            f"Salesforce: the login answered HTTP {answer.status_code} without a token",
            fix="check base_url; if it is right, it is tried again at the next run",
        )
    refused = refusal(answer.status_code, body, "POST oauth2/token", config.secrets())
    return _told(refused)


def _told(refused: Refused) -> CredentialsError:
    said = f"{refused.code} {refused.text}"
    return CredentialsError(str(refused), fix=next((fix for part, fix in _FIXES.items() if part in said), _FIX))


def _form(config: SalesforceConfig) -> dict[str, str]:
    if config.private_key:
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return {"grant_type": grant, "assertion": _assertion(config)}
    app = {"client_id": config.client_id or ""}
    if config.client_secret:
        app["client_secret"] = config.client_secret.get_secret_value()
    if not config.password:
        return {"grant_type": "client_credentials"} | app
    token = config.security_token.get_secret_value() if config.security_token else ""
    person = {"username": config.username or "", "password": config.password.get_secret_value() + token}
    return {"grant_type": "password"} | person | (app if config.client_id else {})


def _assertion(config: SalesforceConfig) -> str:
    import jwt

    claims = {
        "iss": config.client_id,
        "sub": config.username,
        "aud": config.audience or _audience(config.base_url or LOGIN_HOST),
        "exp": int(time.time()) + ASSERTION_SECONDS,
    }
    key = config.private_key.get_secret_value() if config.private_key else ""
    try:
        return jwt.encode(claims, key, algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        raise SetupError(
            "Salesforce: private_key is not a readable RSA key", fix="give the PEM text, as openssl writes it"
        ) from None


def _audience(host: str) -> str:
    name = urlsplit(host).hostname or ""
    return TEST_HOST if name == "test.salesforce.com" or ".sandbox." in name else LOGIN_HOST
