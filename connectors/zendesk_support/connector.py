"""Zendesk Support: tickets with their requesters, and users; pulled and told by webhook. Source: Support API v2."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import requests
from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, RefusedRequest, SetupError
from connectors.pace import Pace
from connectors.zendesk_support.api import (
    FIX_CREDENTIALS,
    FIX_RIGHTS,
    BearerAuth,
    RefusedCallError,
    ZendeskApi,
    api_root,
)
from connectors.zendesk_support.comments import with_last_comments, with_times
from connectors.zendesk_support.export import Mark, export, start_at
from connectors.zendesk_support.fields import TICKET_FIELDS, USER_FIELDS, custom_ticket_fields, custom_user_fields
from connectors.zendesk_support.hook import METHOD_NOT_ALLOWED, noticed, verified
from connectors.zendesk_support.names import Names
from connectors.zendesk_support.organizations import Organizations
from connectors.zendesk_support.requesters import MANY, side_loaded, with_organizations, with_requesters

TICKETS = Stream("tickets", "people")
USERS = Stream("users", "people", default=False)
PAGE = 1_000  # rows; the API's own limit
ROLE = "admin"
ON_BOARD = {"tickets": "users,organizations,groups,ticket_forms,metric_sets", "users": "organizations"}
"""Stream → what comes along with its rows in the same call."""


class ZendeskSupportConfig(ConnectorConfig):
    """Settings of a Zendesk Support source: `email` with `token`, or `oauth_token`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    subdomain: str | None = Field(None, description="The name before .zendesk.com; or set base_url")
    email: str | None = Field(None, description="Address of the admin whom the API token acts for")
    token: SecretStr | None = Field(None, description="API token")
    oauth_token: SecretStr | None = Field(None, description="OAuth access token, in place of email and token")
    exports_per_minute: float = Field(
        10, gt=0, description="Calls a minute to the exports; 30 with the High Volume add-on"
    )
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Rows in one page of an export")
    last_comments: bool = Field(
        False, description="Read what was last said in open tickets: one call for each that changed"
    )
    signing_secret: SecretStr | None = Field(None, description="The webhook's signing secret, to receive notices")


class ZendeskSupport(Connector[ZendeskSupportConfig]):
    """Tickets, each with its requester, organization, group, brand and form inside; and users, when asked for.

    A deleted ticket comes as event `deleted`. A merged one stays live, closed, with the tag
    `closed_by_merge`: the vendor does not name the winner. A user who is no longer active (deleted, or
    merged into another) comes as `deleted`. Of comments the time of the last one is read, its words by setting.
    """

    name: ClassVar[str] = "zendesk_support"
    title: ClassVar[str] = "Zendesk Support"
    Config = ZendeskSupportConfig

    def __init__(self, config: ZendeskSupportConfig) -> None:
        super().__init__(config)
        root, auth = api_root(config.subdomain, config.base_url), _auth(config)
        per_minute = config.exports_per_minute * config.quota_share
        pace = Pace(per_minute / 60, burst=max(1, int(per_minute)))
        self._exports = ZendeskApi(root, auth, self._count, pace, config.ca_bundle)
        self._api = ZendeskApi(root, auth, self._count, Pace(None), config.ca_bundle)
        self._names = Names(self._api.every)
        self._organizations = Organizations(self._api.get)
        self._bare: set[str] = set()
        """Streams whose export takes neither `include` nor `per_page`."""

    def streams(self) -> Sequence[Stream]:
        return [TICKETS, USERS]

    def check(self) -> list[Check]:
        user = self._me()
        is_admin = user.get("role") == ROLE
        role = Check("role", is_admin, f"role {user.get('role')}", "" if is_admin else FIX_RIGHTS)
        checks = [Check("credentials", True, f"user {user['id']}"), role]
        checks += [self._sample(stream.name) for stream in self.streams()]
        received = "are verified" if self.config.signing_secret else "are not received: no `signing_secret` is set"
        checks.append(Check("webhooks", True, f"notices {received}"))
        left = self._api.remaining
        return checks if left is None else [*checks, Check("rate", left > 0, f"{left} calls left this minute")]

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        if stream == USERS.name:
            return [*USER_FIELDS, *custom_user_fields(self._api.every("/user_fields", "user_fields"))]
        return [*TICKET_FIELDS, *custom_ticket_fields(self._api.every("/ticket_fields", "ticket_fields"))]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything, or what changed since the cursor, up to a minute before now.

        A cursor that the vendor no longer takes is replaced by the time of the last row read, with a
        notice.

        Raises:
            TransientError: the export stalls before its end.
            SetupError: the user is not an admin.
        """
        self._known(stream)
        self._names.recall((cursor or {}).get("names") or {})
        for page in export(self._getter(stream), stream, Mark.of(cursor), time.time()):
            records = self._records(stream, page.rows, page.answer)
            names = {"names": listed} if (listed := self._names.listed()) else {}
            yield Page(
                records,
                page.behind.stored() | names,
                (*page.notices, *self._names.notices(), *self._organizations.notices()),
            )

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        return start_at(since).stored()

    def fetch(self, stream: str, ids: Sequence[str]) -> list[SourceRecord]:
        self._known(stream)
        found: list[SourceRecord] = []
        for at in range(0, len(ids), MANY):
            asked = {"ids": ",".join(ids[at : at + MANY]), "include": ON_BOARD[stream]}
            answer = self._api.get(f"/{stream}/show_many", asked)
            found += self._records(stream, list(answer.get(stream) or ()), answer)
        return found

    def receive(self, request: Request) -> Delivery:
        """Verify a notice and fetch the ticket or user that it names, as an export would give it.

        What is gone since, or not for us to see, is left to the export.

        Raises:
            RefusedRequest: 401 forged or old; 400 names nothing; 405 not a POST.
            SetupError: no signing secret is set to verify it with.
            TransientError: it cannot be fetched now; the vendor sends its notice again.
        """
        if request.method != "POST":
            raise RefusedRequest("a notice comes by POST", status=METHOD_NOT_ALLOWED)
        if self.config.signing_secret is None:
            raise SetupError(
                "Zendesk Support: no `signing_secret` is set, so nothing can be verified",
                fix="set it to what Admin Center > Webhooks shows under Reveal secret",
            )
        verified(request, self.config.signing_secret.get_secret_value())
        named = noticed(request)
        if named.is_gone and named.id:
            return Delivery(named.key, named.stream, [SourceRecord(named.id, {"id": int(named.id)}, event="deleted")])
        return Delivery(named.key, named.stream, self.fetch(named.stream, [named.id]) if named.id else [])

    def close(self) -> None:
        self._exports.close()
        self._api.close()

    def _getter(self, stream: str) -> Callable[[Mapping[str, Any]], JsonObject]:
        path = f"/incremental/{stream}/cursor"

        def get(params: Mapping[str, Any]) -> JsonObject:
            """Ask with what may come along; a host that refuses that is asked for the rows alone."""
            if stream in self._bare:
                return self._exports.get(path, params)
            try:
                more = {"per_page": self.config.page_size, "include": ON_BOARD[stream]}
                answer = self._exports.get(path, {**params, **more})
            except RefusedCallError:
                answer = self._exports.get(path, params)
                self._bare.add(stream)
            return answer

        return get

    def _records(self, stream: str, rows: list[JsonObject], answer: JsonObject) -> list[SourceRecord]:
        if stream == USERS.name:
            known = self._organizations.beside(answer, rows)
            return [_user_record(row) for row in with_organizations(rows, known)]
        users = side_loaded(rows, answer, self._users)
        known = self._organizations.beside(answer, [*rows, *users.values()])
        tickets = self._names.beside(with_times(with_requesters(rows, users, known), answer), answer)
        if self.config.last_comments:
            tickets = with_last_comments(tickets, self._api.get)
        return [_ticket_record(ticket) for ticket in tickets]

    def _users(self, ids: Sequence[int]) -> list[JsonObject]:
        answer = self._api.get("/users/show_many", {"ids": ",".join(map(str, ids))})
        return list(answer.get("users") or ())

    def _me(self) -> JsonObject:
        """The user that we are.

        Raises:
            CredentialsError: also where the vendor answers 200: it takes us for an anonymous user.
        """
        user: JsonObject = self._api.get("/users/me").get("user") or {}
        if not user.get("id"):
            raise CredentialsError(
                "Zendesk Support: the credentials are not accepted (an anonymous user at /users/me)",
                fix=FIX_CREDENTIALS,
            )
        return user

    def _sample(self, stream: str) -> Check:
        try:
            answer = self._getter(stream)({"start_time": int(time.time()) - 300})
        except CredentialsError:
            raise
        except SetupError as error:
            return Check(stream, False, str(error), error.fix)
        return Check(stream, True, f"readable; {len(answer.get(stream) or ())} changed of late")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        names = [known.name for known in self.streams()]
        if stream not in names:
            raise SetupError(f"Zendesk Support has no stream {stream!r}", fix=f"streams: {', '.join(names)}")


def _auth(config: ZendeskSupportConfig) -> requests.auth.AuthBase:
    if config.oauth_token:
        return BearerAuth(config.oauth_token.get_secret_value())
    if config.email and config.token:
        user = f"{config.email.removesuffix('/token')}/token"
        return requests.auth.HTTPBasicAuth(user.encode(), config.token.get_secret_value().encode())
    raise SetupError(
        "Zendesk Support: no credentials are set",
        fix='set `email` and `token = "env:ZENDESK_TOKEN"`, or `oauth_token`',
    )


def _ticket_record(data: JsonObject) -> SourceRecord:
    is_deleted = data.get("status") == "deleted"
    return SourceRecord(str(data["id"]), data, data.get("updated_at"), event="deleted" if is_deleted else "live")


def _user_record(data: JsonObject) -> SourceRecord:
    is_gone = data.get("active") is False
    return SourceRecord(str(data["id"]), data, data.get("updated_at"), event="deleted" if is_gone else "live")
