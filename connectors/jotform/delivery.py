"""A webhook of Jotform's: unsigned, in multipart form; of it only the submission's id is used."""

from __future__ import annotations

import hmac
import re
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs, urlsplit

from connectors.connector import Request
from connectors.errors import RefusedRequest

SECRET = "secret"  # noqa: S105  -- the parameter's name
BAD_REQUEST = 400
MULTIPART, FORM = "multipart/form-data", "application/x-www-form-urlencoded"
_ID = re.compile(r"\d{1,30}")


def is_ours(request: Request, secret: str) -> bool:
    """Tell whether the address that was called holds the secret; compares in constant time."""
    given = parse_qs(urlsplit(request.url).query).get(SECRET, [""])[0]
    return hmac.compare_digest(given.encode(), secret.encode())


def submission_id(request: Request) -> str:
    """Give the id of the submission that a delivery tells of.

    Raises:
        RefusedRequest: 400, there is none.
    """
    given = _fields(request.headers.get("content-type", ""), request.body).get("submissionID", "").strip()
    if not _ID.fullmatch(given):
        raise RefusedRequest("Jotform: the body holds no submissionID", status=BAD_REQUEST)
    return given


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if kind != MULTIPART or not content_type.isprintable():
        raise RefusedRequest("Jotform: the body is no form", status=BAD_REQUEST)
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode(errors="replace")
    return fields
