"""Mailchimp audiences. Source of facts: Marketing API 3.0, Lists and Members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from mailchimp_marketing.api.lists_api import ListsApi
from mailchimp_marketing.api.root_api import RootApi
from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import (
    Check,
    Connector,
    ConnectorConfig,
    Cursor,
    JsonObject,
    Page,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.mailchimp.client import SessionApiClient, api_root, judge
from connectors.mailchimp.fields import MEMBER_FIELDS, merge_fields
from connectors.mailchimp.walk import Members, Place, Progress, iso, time_of, walk
from connectors.transport import make_session

PAGE = 1_000  # members; the API's own limit
MEMBERS = Stream("members", "people")


class MailchimpConfig(ConnectorConfig):
    """Settings of a Mailchimp source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="API key with its data centre, such as …-us19")
    audience: str | None = Field(None, description="Audience id; left out: all that the key sees")
    overlap: float = Field(300, ge=0, description="Seconds that a read reaches back before the last one's end")
    until_lag: float = Field(60, ge=0, description="Seconds before now that a read takes for settled")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Members in one call")


class Mailchimp(Connector[MailchimpConfig]):
    """Members of one audience or all: a person in two audiences is two records.

    A record's id is `{audience}:{contact_id}` (older accounts: `unique_email_id`, else the address'
    hash), since the hash follows the address. Unsubscribed and cleaned members stay live: the mapping
    reads `status`. Archived ones come as event `archived`, until they come back. A permanent deletion
    is not told by this API other than by webhook.
    """

    name: ClassVar[str] = "mailchimp"
    title: ClassVar[str] = "Mailchimp"
    Config = MailchimpConfig

    def __init__(self, config: MailchimpConfig) -> None:
        super().__init__(config)
        token = config.token.get_secret_value()
        root = api_root(token, config.base_url)
        self._session = make_session(self.title, self._count, judge=judge, ca_bundle=config.ca_bundle)
        client = SessionApiClient(self._session, token, root)
        self._lists: Any = ListsApi(client)  # type: ignore[no-untyped-call]  # the SDK has no types
        self._root: Any = RootApi(client)  # type: ignore[no-untyped-call]
        self._lag, self._overlap = timedelta(seconds=config.until_lag), timedelta(seconds=config.overlap)

    def streams(self) -> Sequence[Stream]:
        return [MEMBERS]

    def check(self) -> list[Check]:
        account = self._root.get_root()
        checks = [Check("credentials", True, f"account {account.get('account_name', '')}".strip())]
        try:
            audiences = self._audiences()
            checks.append(Check("audiences", bool(audiences), _listed(audiences), _fix(audiences)))
            checks.extend(self._sample(audience) for audience in audiences)
        except CredentialsError:
            raise
        except SetupError as error:
            checks.append(Check("audiences", False, str(error), error.fix))
        return checks

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        return [*MEMBER_FIELDS, *merge_fields(self._merge_fields())]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield members changed since the cursor, audience by audience, archived ones after the others.

        Raises:
            TransientError: an audience was read short, also after reading it again.
            SetupError: an audience is not visible to the key.
        """
        self._known(stream)
        progress = Progress(cursor)
        for audience in self._audiences():
            yield from self._read(audience, progress)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        return {"since": iso(since), "audiences": {}}

    def close(self) -> None:
        self._session.close()

    def _read(self, audience: str, progress: Progress) -> Iterator[Page]:
        place = progress.place(audience, datetime.now(UTC), self._lag, self._overlap)
        if not place.archived:
            archived = progress.archived(audience, place, self._overlap)
            for rows, behind in self._walk(audience, place):
                yield Page(_records(audience, rows), progress.at(audience, behind or archived))
            place = archived
        for rows, behind in self._walk(audience, place):
            records = _records(audience, rows)
            yield Page(
                records,
                progress.at(audience, behind) if behind else progress.done(audience, place.until),
            )

    def _walk(self, audience: str, place: Place) -> Iterator[tuple[list[JsonObject], Place | None]]:
        return walk(partial(self._members, audience), partial(self._counted, audience), place)

    def _members(self, audience: str, place: Place) -> Members:
        answer = self._lists.get_list_members_info(
            audience,
            **_window(place.since, place.before, place.archived),
            sort_field="last_changed",
            sort_dir="ASC",
            count=self.config.page_size,
            offset=place.offset,
            exclude_fields=["members._links", "_links"],
        )
        return Members(_rows(answer, "members"), _total(answer))

    def _counted(self, audience: str, since: str | None, before: str, archived: bool) -> int:
        window = _window(since, before, archived)
        return _total(self._lists.get_list_members_info(audience, **window, count=1, fields=["total_items"]))

    def _audiences(self) -> list[str]:
        if self.config.audience:
            return [self.config.audience]
        return [str(audience["id"]) for audience in self._all_audiences()]

    def _all_audiences(self) -> Iterator[JsonObject]:
        offset = 0
        while True:
            answer = self._lists.get_all_lists(
                fields=["lists.id", "lists.name", "total_items"], count=PAGE, offset=offset
            )
            rows = _rows(answer, "lists")
            yield from rows
            offset += len(rows)
            if not rows or offset >= int(answer.get("total_items") or 0):
                return

    def _merge_fields(self) -> Iterator[JsonObject]:
        for audience in self._audiences():
            answer = self._lists.get_list_merge_fields(
                audience, count=PAGE, exclude_fields=["merge_fields._links", "_links"]
            )
            yield from _rows(answer, "merge_fields")

    def _sample(self, audience: str) -> Check:
        answer = self._lists.get_list_members_info(audience, count=1, fields=["total_items"])
        return Check(f"members of {audience}", True, f"{_total(answer)} members, archived ones not counted")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != MEMBERS.name:
            raise SetupError(f"Mailchimp has no stream {stream!r}", fix=f"streams: {MEMBERS.name}")


def _window(since: str | None, before: str | None, archived: bool) -> dict[str, str]:
    status = "archived" if archived else None
    window = {"status": status, "since_last_changed": since, "before_last_changed": before}
    return {name: value for name, value in window.items() if value}


def _rows(answer: JsonObject, key: str) -> list[JsonObject]:
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise TransientError(f"Mailchimp: an answer without `{key}`")
    return rows


def _total(answer: JsonObject) -> int:
    total = answer.get("total_items")
    if not isinstance(total, int):
        raise TransientError("Mailchimp: an answer without `total_items`: cannot prove a read complete")
    return total


def _records(audience: str, rows: list[JsonObject]) -> list[SourceRecord]:
    return [_record(audience, row) for row in rows]


def _record(audience: str, row: JsonObject) -> SourceRecord:
    data = {key: value for key, value in row.items() if key != "_links"}
    changed = time_of(row)
    return SourceRecord(
        id=f"{audience}:{row.get('contact_id') or row.get('unique_email_id') or row['id']}",
        data=data,
        changed_at=iso(changed) if changed else None,
        event="archived" if row.get("status") == "archived" else "live",
    )


def _listed(audiences: list[str]) -> str:
    return f"{len(audiences)} to read: {', '.join(audiences[:10])}" if audiences else "the key sees none"


def _fix(audiences: list[str]) -> str:
    return "" if audiences else "make an audience, or give the key's user access to one"
