"""Mailchimp audiences. Source of facts: Marketing API 3.0, Lists, Members and Segments; webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import ClassVar

from connectors.connector import (
    Check,
    Connector,
    Cursor,
    Delivery,
    JsonObject,
    Listed,
    Page,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import CredentialsError, RefusedRequest, SetupError
from connectors.mailchimp import hook
from connectors.mailchimp.api import MailchimpApi
from connectors.mailchimp.client import MissingError, api_root, judge
from connectors.mailchimp.fields import MEMBER_FIELDS, SEGMENT_FIELDS, interests, merge_fields
from connectors.mailchimp.members import fetched, hash_of, name_of, record_of
from connectors.mailchimp.progress import Progress
from connectors.mailchimp.segments import segments
from connectors.mailchimp.settings import MailchimpConfig
from connectors.mailchimp.walk import Place, iso, walk
from connectors.pace import Pace
from connectors.transport import make_session

MEMBERS = Stream("members", "people")
SEGMENTS = Stream("segments", "activities", default=False)


class Mailchimp(Connector[MailchimpConfig]):
    """Members of one audience or all: a person in two audiences is two records.

    A record's id is `{audience}:{contact_id}` (older accounts: `unique_email_id`, else the address'
    hash), since the hash follows the address. Unsubscribed and cleaned members stay live: the mapping
    reads `status`. Archived ones come as event `archived`, until they come back. A permanent deletion
    is not told by this API: a sweep of all ids finds it.
    """

    name: ClassVar[str] = "mailchimp"
    title: ClassVar[str] = "Mailchimp"
    Config = MailchimpConfig

    def __init__(self, config: MailchimpConfig) -> None:
        super().__init__(config)
        token = config.token.get_secret_value()
        root = api_root(token, config.base_url)
        pace = Pace(None, connections=max(1, int(config.connections * config.quota_share)))
        self._session = make_session(self.title, self._count, pace=pace, judge=judge, ca_bundle=config.ca_bundle)
        self._api = MailchimpApi(self._session, token, root)
        self._lag, self._overlap = timedelta(seconds=config.until_lag), timedelta(seconds=config.overlap)

    def streams(self) -> Sequence[Stream]:
        return [MEMBERS, SEGMENTS]

    def check(self) -> list[Check]:
        account = self._api.account()
        checks = [Check("credentials", True, f"account {account.get('account_name', '')}".strip())]
        try:
            audiences = self._audiences
            checks.append(Check("audiences", bool(audiences), _listed(audiences), _fix(audiences)))
            checks.extend(self._sample(audience) for audience in audiences)
        except CredentialsError:
            raise
        except SetupError as error:
            checks.append(Check("audiences", False, str(error), error.fix))
        if self.config.secret is not None:
            checks.append(Check("webhooks", True, "deliveries have `secret` in their address"))
        return checks

    def discover(self, stream: str) -> list[SourceField]:
        """List a stream's fields; those of an audience alone say which, where there are several."""
        if self._known(stream) == SEGMENTS:
            return list(SEGMENT_FIELDS)
        names = self._names
        return [
            *MEMBER_FIELDS,
            *merge_fields(
                (names[a] if len(names) > 1 else "", field) for a in names for field in self._api.merge_fields(a)
            ),
            *interests((names[a] if len(names) > 1 else "", *both) for a in names for both in self._api.interests(a)),
        ]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield members changed since the cursor, audience by audience, archived ones after the others.

        Raises:
            TransientError: an audience was read short, also after reading it again.
            SetupError: an audience is not visible to the key.
        """
        if self._known(stream) == SEGMENTS:
            yield from self._segments(cursor)
            return
        progress = Progress(cursor)
        for audience in self._audiences:
            yield from self._read(audience, progress)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        if self._known(stream) == SEGMENTS:
            raise SetupError("Mailchimp segments: cannot be read from a point in time", fix="leave out --since")
        return {"since": iso(since), "audiences": {}}

    def fetch(self, stream: str, ids: Sequence[str]) -> list[SourceRecord]:
        """Read single members, one call each."""
        if self._known(stream) == SEGMENTS:
            return super().fetch(stream, ids)
        return fetched(self._api, ids)

    def receive(self, request: Request) -> Delivery:
        """Get the member that a webhook tells of; what it says beside the address is not trusted.

        One who is not there any more gives no record: the next sweep finds out.

        Raises:
            RefusedRequest: 401 without our secret; 400 not readable.
            SetupError: no secret is set.
            TransientError: the vendor does not answer now.
        """
        self._expect_ours(request)
        if self.config.signing_secret is not None:
            hook.expect_signed(request, self.config.signing_secret.get_secret_value())
        told = hook.told(request)
        if not told.address or self.config.audience not in (None, told.audience):
            return Delivery(told.key, MEMBERS.name, [])
        row = self._api.member(told.audience, hash_of(told.address))
        return Delivery(told.key, MEMBERS.name, [record_of(told.audience, row)] if row else [])

    def handshake(self, request: Request) -> str:
        """Answer the GET that the vendor sends before it takes a webhook's address."""
        self._expect_ours(request)
        return "ok"

    def close(self) -> None:
        self._session.close()

    def _expect_ours(self, request: Request) -> None:
        if self.config.secret is None:
            raise SetupError("Mailchimp: no secret is set, so nothing is received", fix='set `secret = "env:…"`')
        if not hook.is_ours(request, self.config.secret.get_secret_value()):
            raise RefusedRequest("Mailchimp: the secret in the address is missing or wrong")

    def _read(self, audience: str, progress: Progress) -> Iterator[Page]:
        now, is_whole = datetime.now(UTC), progress.is_whole(audience)
        place = progress.place(audience, now, self._lag, self._overlap)
        if not place.archived:
            archived = progress.archived(audience, place, self._overlap)
            for rows, behind in self._walk(audience, place):
                progress.met(audience, rows)
                yield _page(audience, rows, progress.at(audience, behind or archived), is_whole=is_whole)
            place = archived
        for rows, behind in self._walk(audience, place):
            progress.met(audience, rows)
            if behind is not None:
                yield _page(audience, rows, progress.at(audience, behind), is_whole=is_whole)
                continue
            page = _page(audience, rows, progress.done(audience, place.until, is_whole=is_whole), is_whole=is_whole)
            if page.listed is not None:
                page.listed = Listed(page.listed.ids, f"{audience}:")
            yield page
        if not progress.is_swept(audience, now, timedelta(hours=self.config.sweep_every)):
            yield from self._sweep(audience, progress.swept(audience, now))

    def _sweep(self, audience: str, cursor: Cursor) -> Iterator[Page]:
        """List all ids, so that who was deleted for good is missed."""
        before, met = self.calls, 0
        for archived in (False, True):
            for rows in self._api.ids(audience, archived=archived):
                met += len(rows)
                yield Page([], None, listed=Listed([f"{audience}:{name_of(row)}" for row in rows]))
        text = f"sweep of audience {audience}: {met} members listed in {self.calls - before} calls"
        yield Page([], cursor, (text,), Listed((), f"{audience}:"))

    def _segments(self, cursor: Cursor | None) -> Iterator[Page]:
        now = datetime.now(UTC)
        read = dict((cursor or {}).get("read") or {})
        every = timedelta(hours=self.config.segments_every)
        for audience in self._audiences:
            if audience in read and now - datetime.fromisoformat(read[audience]) < every:
                continue
            read[audience] = iso(now)
            for page in _unless_missing(audience, segments(self._api, audience)):
                page.cursor = {"read": dict(read)} if page.listed and page.listed.every is not None else None
                yield page

    def _walk(self, audience: str, place: Place) -> Iterator[tuple[list[JsonObject], Place | None]]:
        ask = partial(self._api.members, audience, count=self.config.page_size)
        return walk(ask, partial(self._api.counted, audience), place)

    @cached_property
    def _names(self) -> dict[str, str]:
        """The audiences to read, by id; of one that is named by setting the name is not asked for."""
        if self.config.audience:
            return {self.config.audience: ""}
        return {str(row["id"]): str(row.get("name") or row["id"]) for row in self._api.audiences()}

    @property
    def _audiences(self) -> list[str]:
        return list(self._names)

    def _sample(self, audience: str) -> Check:
        total = self._api.counted(audience, None, None, archived=False)
        return Check(f"members of {audience}", True, f"{total} members, archived ones not counted")

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> Stream:
        for known in self.streams():
            if known.name == stream:
                return known
        names = ", ".join(known.name for known in self.streams())
        raise SetupError(f"Mailchimp has no stream {stream!r}", fix=f"streams: {names}")


def _page(audience: str, rows: list[JsonObject], cursor: Cursor, *, is_whole: bool) -> Page:
    records = [record_of(audience, row) for row in rows]
    return Page(records, cursor, listed=Listed([record.id for record in records]) if is_whole else None)


def _unless_missing(audience: str, pages: Iterator[Page]) -> Iterator[Page]:
    """Give the pages of an audience's segments; where it has none to be listed, a notice instead."""
    begun = False
    try:
        for page in pages:
            begun = True
            yield page
    except MissingError as error:
        if begun:
            raise
        yield Page([], None, (f"segments of {audience} are not read: {error}; or leave segments out of `streams`",))


def _listed(audiences: list[str]) -> str:
    return f"{len(audiences)} to read: {', '.join(audiences[:10])}" if audiences else "the key sees none"


def _fix(audiences: list[str]) -> str:
    return "" if audiences else "make an audience, or give the key's user access to one"
