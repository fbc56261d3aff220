"""What the vendor sends us: a question whether the address is ours, and notices that name leads by id.

Source of facts: Graph API, Webhooks. A notice is signed over its raw body, `X-Hub-Signature-256: sha256=HEX`,
HMAC-SHA256 by the app's secret; it bears no time. One app serves many pages, so not every notice is for us.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.connector import Request
from connectors.errors import RefusedRequest

SIGNATURE = "x-hub-signature-256"
SCHEME = "sha256="
BAD_REQUEST, FORBIDDEN = 400, 403


@dataclass(frozen=True, slots=True)
class Noticed:
    """A lead that a notice names; the ids are text, empty where the notice does not say."""

    lead: str
    form: str
    page: str


def challenge(request: Request, verify_token: str) -> str:
    """Give back what the vendor's question wants to hear.

    Raises:
        RefusedRequest: 403, it does not know our word.
    """
    query = parse_qs(urlsplit(request.url).query)
    mode, said, asked = (query.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge"))
    if mode != "subscribe" or not hmac.compare_digest(said.encode(), verify_token.encode()):
        raise RefusedRequest("hub.verify_token is not ours", status=FORBIDDEN)
    return asked


def verified(request: Request, app_secret: str) -> None:
    """Check the signature over the raw body, in constant time.

    Raises:
        RefusedRequest: 401.
    """
    given = request.headers.get(SIGNATURE, "")
    expected = SCHEME + hmac.new(app_secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedRequest(f"{SIGNATURE} is missing, or does not fit the body and the app's secret")


def noticed(body: bytes) -> list[Noticed]:
    """Read which leads a notice names, each once; other events are passed over.

    Raises:
        RefusedRequest: 400, not a notice.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedRequest("the body is no JSON", status=BAD_REQUEST) from None
    if not isinstance(content, dict) or not isinstance(content.get("entry"), list):
        raise RefusedRequest("the body is no notice: it has no `entry`", status=BAD_REQUEST)
    return list(dict.fromkeys(_of_entries(content["entry"])))


def key_of(found: Iterable[Noticed], body: bytes) -> str:
    """Name a delivery by the leads that it names, whatever else differs when it is sent again."""
    leads = sorted(each.lead for each in found)
    if len(leads) == 1 and len(leads[0]) <= 64:
        return f"leadgen:{leads[0]}"
    return f"sha256:{hashlib.sha256(' '.join(leads).encode() if leads else body).hexdigest()}"


def _of_entries(entries: list[Any]) -> Iterator[Noticed]:
    for entry in _objects(entries):
        for change in _objects(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "leadgen" and isinstance(value, dict) and value.get("leadgen_id"):
                page = value.get("page_id") or entry.get("id") or ""
                yield Noticed(str(value["leadgen_id"]), str(value.get("form_id") or ""), str(page))


def _objects(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
