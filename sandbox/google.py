"""What stand-ins of Google's APIs share: tokens for a service account or a user, Google's way of refusing, Drive."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]
Handler = Callable[[Request], Response]

ACCOUNT = "sell-hub@example-project.iam.gserviceaccount.com"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def refused(code: int, status: str, message: str, *, reason: str = "") -> JSONResponse:
    """An error as Google's APIs answer it."""
    error: Json = {"code": code, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return JSONResponse({"error": error}, code)


def quota_used_up(_: Request) -> Response:
    """The fault of a quota that is used up: 429 without Retry-After."""
    return refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Read requests' and limit 'per minute'")


class GoogleSandbox(Vendor):
    """Tokens and Drive. A token is good for `expires_in` seconds and for the scopes that it was asked with.

    Attributes:
        expires_in: seconds that a new token says it is good for.
        refresh_token: what a user's token is had for, with `client` as id and secret.
        rotating: each refresh token is good once, and the answer brings the next.
        key_revoked: whether the service account's key is refused.
        drive_enabled: whether the project has the Drive API.
        has_version: whether Drive tells a file's version beside its time of change.
        token_path: where tokens are had.
    """

    token_path = "/token"

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded account again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self.expires_in = 3599
            self.refresh_token, self.client = "1//refresh", ("client-id", "client-secret")
            self.key_revoked = self.rotating = False
            self.drive_enabled = self.has_version = True
            self.file_id = "1HVDGFSRVMTRJbo2n8Vh7TZt7EGFBLOdyNGk1Zb8H_SY"
            self.modified, self.version = datetime(2026, 8, 3, 9, 0, tzinfo=UTC), 7
            self.tokens: dict[str, set[str]] = {}
            self._made = 0
            self.begin()

    def begin(self) -> None:
        """Seed the account."""
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "service_account": self.key_file()}

    def key_file(self) -> str:
        """The service account's key, as the console downloads it."""
        pem = _key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        key = {
            "type": "service_account",
            "project_id": "example-project",
            "private_key_id": "0a1b2c3d",
            "private_key": pem.decode(),
            "client_email": ACCOUNT,
            "token_uri": f"{self.base_url}{self.token_path}",
        }
        return json.dumps(key)

    def new_token(self, scopes: Sequence[str]) -> str:
        """Hand out a token."""
        with self.lock:
            self._made += 1
            token = f"ya29.token-{self._made}"
            self.tokens[token] = set(scopes)
            return token

    def revoke_tokens(self) -> None:
        """Take all tokens that are out for invalid."""
        with self.lock:
            self.tokens.clear()

    def touch(self) -> None:
        """Move the file's time of change."""
        with self.lock:
            self.version += 1
            self.modified += timedelta(minutes=1)

    def routes(self) -> Sequence[Route]:
        return [
            Route(self.token_path, self._token, methods=["POST"]),
            Route("/drive/v3/files/{file_id}", self.guarded(self._file, "drive.metadata.readonly")),
        ]

    def guarded(self, handler: Handler, scope: str) -> Handler:
        """Answer only who brings a token with the scope."""

        def answer(request: Request) -> Response:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            with self.lock:
                if scheme != "Bearer" or token not in self.tokens:
                    text = "Request had invalid authentication credentials. Expected OAuth 2 access token."
                    return refused(401, "UNAUTHENTICATED", text, reason="ACCESS_TOKEN_EXPIRED")
                if not {SCOPE + scope, SCOPE + "drive"} & self.tokens[token]:
                    text = "Request had insufficient authentication scopes."
                    return refused(403, "PERMISSION_DENIED", text, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT")
                return handler(request)

        return answer

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        return await run_in_threadpool(self._granted, form)

    def _granted(self, form: dict[str, str]) -> Response:
        if form.get("grant_type") == JWT_GRANT:
            scopes = self._signed_scopes(form.get("assertion", ""))
        else:
            client = (form.get("client_id"), form.get("client_secret"))
            known = form.get("refresh_token") == self.refresh_token and client == self.client
            scopes = [SCOPE + "drive"] if known else None
        if scopes is None:
            return JSONResponse(
                {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}, 400
            )
        token = self.new_token(scopes)
        answer = {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
        if self.rotating and form.get("grant_type") != JWT_GRANT:
            self.refresh_token = f"1//refresh-{self._made}"
            answer["refresh_token"] = self.refresh_token
        return JSONResponse(answer)

    def _signed_scopes(self, assertion: str) -> list[str] | None:
        """Give the scopes of a good assertion; None for any other."""
        audience = f"{self.base_url}{self.token_path}"
        try:
            claims = jwt.decode(assertion, _key().public_key(), algorithms=["RS256"], audience=audience)
        except jwt.PyJWTError:
            return None
        lives = claims.get("exp", 0) - claims.get("iat", 0)
        good = claims.get("iss") == ACCOUNT and 0 < lives <= 3600 and not self.key_revoked
        return str(claims.get("scope", "")).split() if good else None

    def _file(self, request: Request) -> Response:
        if not self.drive_enabled:
            text = "Google Drive API has not been used in project 42 before or it is disabled."
            return refused(403, "PERMISSION_DENIED", text, reason="SERVICE_DISABLED")
        if request.path_params["file_id"] != self.file_id:
            return refused(404, "NOT_FOUND", "File not found: .")
        told = self.modified.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        file = {"kind": "drive#file", "id": self.file_id, "name": "Leads", "modifiedTime": told}
        if self.has_version:
            file["version"] = str(self.version)
        fields = request.query_params.get("fields", "kind,id,name,mimeType").split(",")
        return JSONResponse({key: value for key, value in file.items() if key in fields})
