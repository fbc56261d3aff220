"""The calls that are made of Mailchimp's API, through the SDK's endpoint classes; whole answers or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import requests
from mailchimp_marketing.api.lists_api import ListsApi
from mailchimp_marketing.api.root_api import RootApi

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.mailchimp.client import MissingError, SessionApiClient
from connectors.mailchimp.walk import Members, Place

PAGE = 1_000  # rows; the API's own limit
IDS = ("contact_id", "unique_email_id", "id")
"""What names a member, best first: the hash follows the address, accounts before contact ids have the second."""


class MailchimpApi:
    """One account.

    Args:
        session: from `connectors.transport.make_session`, with `client.judge`.
        token: API key or OAuth token.
        root: the API's address, its version included.
    """

    def __init__(self, session: requests.Session, token: str, root: str) -> None:
        client = SessionApiClient(session, token, root)
        self._lists: Any = ListsApi(client)  # type: ignore[no-untyped-call]  # the SDK has no types
        self._root: Any = RootApi(client)  # type: ignore[no-untyped-call]

    def account(self) -> JsonObject:
        """Ask who we are."""
        answer: JsonObject = self._root.get_root()
        return answer

    def audiences(self) -> Iterator[JsonObject]:
        """List the audiences that the key sees: `id`, `name`."""
        return self._all(self._lists.get_all_lists, "lists", fields=["lists.id", "lists.name", "total_items"])

    def members(self, audience: str, place: Place, count: int) -> Members:
        """Read one page of a walk."""
        answer = self._lists.get_list_members_info(
            audience,
            **_window(place.since, place.before, place.archived),
            sort_field="last_changed",
            sort_dir="ASC",
            count=count,
            offset=place.offset,
            exclude_fields=["members._links", "_links"],
        )
        return Members(rows_of(answer, "members"), total_of(answer))

    def counted(self, audience: str, since: str | None, before: str | None, archived: bool) -> int:
        """Count members, archived or not, changed in a window."""
        window = _window(since, before, archived)
        return total_of(self._lists.get_list_members_info(audience, **window, count=1, fields=["total_items"]))

    def ids(self, audience: str, *, archived: bool) -> Iterator[list[JsonObject]]:
        """List what names each member, page by page, by the time of signing up, which no edit moves."""
        fields = [*(f"members.{name}" for name in IDS), "total_items"]
        offset = 0
        while True:
            answer = self._lists.get_list_members_info(
                audience,
                **_window(None, None, archived),
                sort_field="timestamp_signup",
                sort_dir="ASC",
                count=PAGE,
                offset=offset,
                fields=fields,
            )
            rows = rows_of(answer, "members")
            yield rows
            offset += len(rows)
            if not rows or offset >= total_of(answer):
                return

    def member(self, audience: str, name: str) -> JsonObject | None:
        """Read one member by its hash or contact id, archived ones too; None: there is none."""
        try:
            answer: JsonObject = self._lists.get_list_member(audience, quote(name, safe=""), exclude_fields=["_links"])
        except MissingError:
            return None
        return answer

    def member_by_email_id(self, audience: str, unique_email_id: str) -> JsonObject | None:
        """Read one member by the id of its address in all audiences."""
        for status in (None, "archived"):
            asked = {"unique_email_id": unique_email_id, **({"status": status} if status else {})}
            answer = self._lists.get_list_members_info(
                audience, **asked, count=1, exclude_fields=["members._links", "_links"]
            )
            for row in rows_of(answer, "members"):
                return row
        return None

    def merge_fields(self, audience: str) -> Iterator[JsonObject]:
        """List an audience's merge fields."""
        return self._all(self._lists.get_list_merge_fields, "merge_fields", audience, exclude_fields=["_links"])

    def interests(self, audience: str) -> Iterator[tuple[JsonObject, JsonObject]]:
        """List an audience's groups, each with the category that it belongs to: category, interest."""
        for category in self._all(self._lists.get_list_interest_categories, "categories", audience):
            for interest in self._all(
                self._lists.list_interest_category_interests, "interests", audience, str(category["id"])
            ):
                yield category, interest

    def segments(self, audience: str) -> Iterator[JsonObject]:
        """List an audience's saved segments; its static ones are its tags, which members bear."""
        return self._all(self._lists.list_segments, "segments", audience, type="saved", exclude_fields=["_links"])

    def segment_page(self, audience: str, segment: str, offset: int, fields: Sequence[str]) -> Members:
        """Read one page of who is in a segment."""
        answer = self._lists.get_segment_members_list(
            audience,
            segment,
            count=PAGE,
            offset=offset,
            include_cleaned=True,
            include_transactional=True,
            include_unsubscribed=True,
            fields=[*(f"members.{name}" for name in fields), "total_items"],
        )
        return Members(rows_of(answer, "members"), total_of(answer))

    def _all(self, call: Callable[..., JsonObject], key: str, *args: str, **query: Any) -> Iterator[JsonObject]:
        offset = 0
        while True:
            answer = call(*args, **query, count=PAGE, offset=offset)
            rows = rows_of(answer, key)
            yield from rows
            offset += len(rows)
            if not rows or offset >= int(answer.get("total_items") or 0):
                return


def rows_of(answer: JsonObject, key: str) -> list[JsonObject]:
    """Give the rows of an answer.

    Raises:
        TransientError: it has none of that name.
    """
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise TransientError(f"Mailchimp: an answer without `{key}`")
    return rows


def total_of(answer: JsonObject) -> int:
    """Give how many rows there are in all.

    Raises:
        TransientError: it does not say.
    """
    total = answer.get("total_items")
    if not isinstance(total, int):
        raise TransientError("Mailchimp: an answer without `total_items`: cannot prove a read complete")
    return total


def _window(since: str | None, before: str | None, archived: bool) -> dict[str, str]:
    status = "archived" if archived else None
    window = {"status": status, "since_last_changed": since, "before_last_changed": before}
    return {name: value for name, value in window.items() if value}
