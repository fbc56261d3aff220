"""Submissions that somebody's website or tool sends to the hub. Facts: Standard Webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qs

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    RecordEvent,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import RefusedRequest, SetupError
from connectors.signatures import is_signed, is_timely, keys_of

ID, TIMESTAMP, SIGNATURE, TOKEN = "webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-token"
KEY = "idempotency-key"
FORM = "application/x-www-form-urlencoded"
TEXT = frozenset({"", "text/plain", "application/octet-stream"})
"""What senders say who do not know better: it is read as JSON."""
BAD_REQUEST, WRONG_TYPE = 400, 415


class WebhookConfig(ConnectorConfig):
    """Settings of a webhook source: `secret`, or `token`, or neither where only the hub's own tokens are to count."""

    model_config = ConfigDict(hide_input_in_errors=True)

    secret: SecretStr | None = Field(
        None, description="Signing secret: whsec_… (several, separated by spaces, while rotating) or any text"
    )
    token: SecretStr | None = Field(
        None, description="What a sender that cannot sign puts into X-Webhook-Token or Authorization: Bearer"
    )
    tolerance: float = Field(300, gt=0, description="Seconds that a signature may be old, or ahead")
    id_field: str = Field("id", description="Dotted path of the field that names a record")
    stream: str = Field("submissions", description="What the stream is called in mappings and reports")


class Webhook(Connector[WebhookConfig]):
    """Takes deliveries that are signed, or that bear a token.

    A signed delivery is named by its `webhook-id`, the same on retries; one with a token by that header too, or by
    `Idempotency-Key`, else by the hash of its body. A record is named by `id_field`; where that is missing, by its
    delivery, so that a retry is the same record and another submission of the same person is another.
    """

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook"
    Config = WebhookConfig

    def streams(self) -> Sequence[Stream]:
        return [Stream(self.config.stream, "people")]

    def check(self) -> list[Check]:
        """Tell whether deliveries can be verified; there is nobody to call."""
        if self.config.secret is None and self.config.token is None:
            return [Check("secret", True, "no secret is set: deliveries need a token of the hub (sellhub token add)")]
        try:
            self._keys()
        except SetupError as error:
            return [Check("secret", False, str(error), error.fix)]
        return [Check("secret", True, "deliveries are verified by " + self._means())]

    def discover(self, stream: str) -> list[SourceField]:
        """Give nothing: the sender decides what its records hold."""
        return []

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield nothing: records come by the hub's inbox, which its sync drains."""
        return iter(())

    def receive(self, request: Request) -> Delivery:
        """Verify a delivery and read its records.

        Raises:
            RefusedRequest: 401 forged, too old, too far ahead; 400 not readable; 415 neither JSON nor a form.
        """
        key = self._verified(request)
        sent = read_body(request.headers.get("content-type", ""), request.body)
        return Delivery(key, self.config.stream, self._records(key, sent))

    def _verified(self, request: Request) -> str:
        """Name a delivery that is what it claims to be."""
        headers, secret, token = request.headers, self.config.secret, self.config.token
        if request.token is not None:
            return _key_of(request)
        if secret and (SIGNATURE in headers or not token):
            return self._signed(request)
        if token:
            return _with_token(token.get_secret_value(), request)
        raise RefusedRequest("webhook: neither a signature nor a token of this hub")

    def _signed(self, request: Request) -> str:
        headers = request.headers
        missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
        if missing:
            raise RefusedRequest(f"webhook: header {', '.join(missing)} is missing")
        delivery_id, timestamp = headers[ID], headers[TIMESTAMP]
        if not is_signed(self._keys(), delivery_id, timestamp, request.body, headers[SIGNATURE]):
            raise RefusedRequest("webhook: no signature in webhook-signature fits the body and the secret")
        if not is_timely(timestamp, request.received_at.timestamp(), self.config.tolerance):
            raise RefusedRequest(f"webhook: webhook-timestamp is more than {self.config.tolerance:g} s away from now")
        return delivery_id

    def _keys(self) -> tuple[bytes, ...]:
        try:
            return keys_of(self.config.secret.get_secret_value()) if self.config.secret else ()
        except ValueError as error:
            raise SetupError(f"webhook: {error}", fix="copy the whole secret from the sender") from None

    def _means(self) -> str:
        means = [("signature", self.config.secret), ("token", self.config.token)]
        return " or ".join(name for name, secret in means if secret)

    def _records(self, key: str, sent: Sent) -> list[SourceRecord]:
        return [
            SourceRecord(self._id_of(data, key, place), data, sent.changed_at, sent.event)
            for place, data in enumerate(sent.records)
        ]

    def _id_of(self, data: JsonObject, key: str, place: int) -> str:
        value = _at(data, self.config.id_field)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
        return key if place == 0 else f"{key}:{place}"


@dataclass(frozen=True, slots=True)
class Sent:
    """Records of one delivery, and what its envelope says of them."""

    records: list[JsonObject]
    event: RecordEvent = "live"
    changed_at: str | None = None


def read_body(content_type: str, body: bytes) -> Sent:
    """Read one object, an array of objects, `{"type", "data"}`, or a form's fields.

    A form's field that comes several times is an array. A `type` that ends with `.deleted` makes its
    records deletions; the envelope's `timestamp` is their time of change.

    Raises:
        RefusedRequest: 400, not readable as any of these; 415, of another type. No part of the body is quoted.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return Sent([_form(body)])
    if kind not in TEXT and kind.rpartition("/")[2].rpartition("+")[2] != "json":
        raise RefusedRequest("webhook: the content type is neither JSON nor a form", status=WRONG_TYPE)
    content = _json(body)
    if _is_envelope(content):
        event: RecordEvent = "deleted" if content["type"].endswith(".deleted") else "live"
        return Sent(_objects(content["data"]), event, _text(content.get("timestamp")))
    return Sent(_objects(content))


def _form(body: bytes) -> JsonObject:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise RefusedRequest("webhook: the form's fields cannot be read", status=BAD_REQUEST) from None
    if not fields:
        raise RefusedRequest("webhook: a form without fields", status=BAD_REQUEST)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusedRequest("webhook: the body is neither JSON nor a form", status=BAD_REQUEST) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_envelope(content: Any) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        return False
    return isinstance(content.get("data"), dict | list)


def _objects(content: Any) -> list[JsonObject]:
    items: Sequence[Any] = content if isinstance(content, list) else [content]
    if not all(isinstance(item, dict) for item in items):
        raise RefusedRequest("webhook: the body holds something that is no object", status=BAD_REQUEST)
    return list(items)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _at(data: object, path: str) -> object:
    for step in path.split("."):
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _with_token(token: str, request: Request) -> str:
    """Name a delivery that bears the token; compared in constant time."""
    given = request.headers.get(TOKEN) or request.headers.get("authorization", "")
    scheme, _, value = given.partition(" ")
    given = value.strip() if scheme.lower() == "bearer" else given
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise RefusedRequest("webhook: the token is missing or wrong")
    return _key_of(request)


def _key_of(request: Request) -> str:
    """Name a delivery that is not signed: as its sender does, else by what it holds."""
    given = request.headers.get(ID) or request.headers.get(KEY)
    return given or f"sha256:{hashlib.sha256(request.body).hexdigest()}"
