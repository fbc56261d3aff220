"""How the stand-in's org lets clients in: a ready token, the OAuth flows and SOAP's login, which give another."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

READY_TOKEN = "00D5f000000SANDBOX!ready-made-token"
USERNAME = "api@example.com.sandbox"
PASSWORD = "sandbox-password"
SECURITY_TOKEN = "SandboxSecurityToken"
CLIENT_ID = "3MVG9.sandbox.consumer.key"
CLIENT_SECRET = "sandbox-consumer-secret"
AUDIENCES = ["https://login.salesforce.com", "https://test.salesforce.com"]

_ELEMENT = re.compile(r"<\w+:(username|password)>([^<]*)</")
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv='
    '"http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)

Answer = tuple[int, dict[str, str]]


@cache
def private_key() -> str:
    """Make the key whose certificate the org's connected app holds, once a process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Logins:
    """The sessions of the org."""

    def __init__(self) -> None:
        self.tokens = {READY_TOKEN}
        self._numbers = itertools.count(1)

    def expire(self) -> None:
        """End all sessions, the ready token's too."""
        self.tokens.clear()

    def token(self, form: Mapping[str, str], base_url: str) -> Answer:
        """Answer `POST /services/oauth2/token`."""
        grants = {
            "password": self._password,
            "client_credentials": self._client,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._assertion,
        }
        check = grants.get(form.get("grant_type", ""))
        if check is None:
            return 400, _refusal("unsupported_grant_type", "grant type not supported")
        return check(form) or (200, self._grant(base_url))

    def soap(self, body: str, base_url: str) -> tuple[int, str]:
        """Answer SOAP's `login()`, `POST /services/Soap/u/{version}`."""
        named = {name: unescape(value) for name, value in _ELEMENT.findall(body)}
        if named.get("username") != USERNAME or not named.get("password", "").startswith(PASSWORD):
            return 500, _fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
        if named["password"] != PASSWORD + SECURITY_TOKEN:
            said = "Invalid username, password, security token; or user locked out."
            return 500, _fault("LOGIN_MUST_USE_SECURITY_TOKEN", f"{said} Are you at a new location?")
        token = self._grant(base_url)["access_token"]
        return 200, _ENVELOPE.format(
            "<loginResponse><result>"
            f"<serverUrl>{base_url}/services/Soap/u/62.0/00D5f000000SANDBOX</serverUrl><sessionId>{token}</sessionId>"
            "</result></loginResponse>"
        )

    def _grant(self, base_url: str) -> dict[str, str]:
        token = f"00D5f000000SANDBOX!session-{next(self._numbers)}"
        self.tokens.add(token)
        return {
            "access_token": token,
            "instance_url": base_url,
            "id": f"{base_url}/id/00D5f000000SANDBOXEA0/0055f0000000001AAA",
            "token_type": "Bearer",
            "issued_at": "1790000000000",
            "signature": "made-up-signature",
        }

    def _password(self, form: Mapping[str, str]) -> Answer | None:
        if form.get("client_id") != CLIENT_ID:
            return 400, _refusal("invalid_client_id", "client identifier invalid")
        good = form.get("username") == USERNAME and form.get("password") == PASSWORD + SECURITY_TOKEN
        return None if good else (400, _refusal("invalid_grant", "authentication failure"))

    def _client(self, form: Mapping[str, str]) -> Answer | None:
        good = form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET
        return None if good else (400, _refusal("invalid_client", "invalid client credentials"))

    def _assertion(self, form: Mapping[str, str]) -> Answer | None:
        public = serialization.load_pem_private_key(private_key().encode(), None).public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise TypeError(type(public).__name__)
        try:
            claims = jwt.decode(form.get("assertion", ""), public, ["RS256"], audience=AUDIENCES, issuer=CLIENT_ID)
        except jwt.InvalidTokenError as error:
            return 400, _refusal("invalid_grant", f"invalid assertion: {type(error).__name__}")
        good = claims.get("sub") == USERNAME
        return None if good else (400, _refusal("invalid_grant", "user hasn't approved this consumer"))


def _refusal(error: str, text: str) -> dict[str, str]:
    return {"error": error, "error_description": text}


def _fault(code: str, text: str) -> str:
    return _ENVELOPE.format(
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(text)}</faultstring><detail>"
        f"<sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(text)}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
