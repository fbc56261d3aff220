"""Notifications as users see them: the list, what was read, how each wants to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

from hub.activities import user_named
from hub.apprising import is_known
from hub.findings import Finding, failed
from hub.notifying import chat_url, mail_url, text_of
from hub.opening import Hub
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import notifications
from storage.notifications import Choice, Notification, Wanted

MOST = 10_000
NO_CHAT = "none"


@dataclass(frozen=True, slots=True)
class Line:
    """A notification, written out."""

    notification: Notification
    text: str

    def to_json(self) -> JsonObject:
        """Give the object that `notification list --json` prints."""
        told = self.notification
        deliveries = [asdict(delivery) for delivery in told.deliveries]
        return {
            "id": told.id,
            "user": told.user,
            "user_email": told.email,
            "run": told.run_id,
            "record_type": told.record_type,
            "count": told.count,
            "records": [shown_id(told.record_type, id_) for id_ in told.ids],
            "text": self.text,
            "created_at": told.created_at,
            "read_at": told.read_at,
            "deliveries": [{k: v for k, v in d.items() if k != "notification_id"} for d in deliveries],
        }


def listed(hub: Hub, *, user: str | None, unread: bool, failed: bool, after: int | None, limit: int) -> list[Line]:
    """List what users are told, newest first.

    Raises:
        SetupError: no such user, or a page of no size.
    """
    if not 1 <= limit <= MOST:
        raise SetupError(f"--limit {limit}: a page holds from 1 to {MOST:,}", fix="go on with --after ID")
    with hub.store.read() as db:
        wanted = Wanted(user_named(db, user) if user else None, unread, failed, after)
        return [Line(each, text_of(db, each)) for each in notifications.notifications(db, wanted, limit)]


def read(
    hub: Hub, ids: Sequence[int], *, everything: bool = False, user: str | None = None, dry_run: bool = False
) -> list[int]:
    """Note that notifications were read; gives the ids of those that were not read before.

    Args:
        everything: all that were not read, of `user` or of all.

    Raises:
        SetupError: it does not say which, or there is none of an id.
    """
    if bool(ids) is everything:
        raise SetupError("it is not clear what was read", fix="name notifications by number, or say --all")
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        if everything:
            done = notifications.unread(db, user_named(db, user) if user else None)
        else:
            there = {each.id: each.read_at for each in notifications.find(db, ids)}
            missing = sorted(set(ids) - there.keys())
            if missing:
                shown = ", ".join(map(str, missing))
                raise SetupError(f"there is no notification {shown}", fix="sellhub notification list")
            done = sorted(id_ for id_, read_at in there.items() if read_at is None)
        notifications.mark_read(db, done, hub.now())
    return done


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a user is told."""

    user: str
    """Their address."""
    choice: Choice
    remarks: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Say it."""
        ways = ["in the list"] * self.choice.web + ["by mail"] * self.choice.email
        ways += [f"by chat ({self.choice.chat})"] * (self.choice.chat is not None)
        return " and ".join(ways) if ways else "nothing"

    def to_json(self) -> JsonObject:
        """Give the object that `notification choose --json` prints."""
        return {"user": self.user, **asdict(self.choice), "remarks": self.remarks}


def choose(
    hub: Hub,
    user: str,
    *,
    web: bool | None = None,
    email: bool | None = None,
    chat: str | None = None,
    dry_run: bool = False,
) -> Chosen:
    """Choose how a user is told; what is not said stays as it is.

    Args:
        chat: a reference to an Apprise URL (a chat's address is a secret, and none is kept in the database);
            `none`: not by chat.

    Raises:
        SetupError: no such user, or a chat that is no reference.
    """
    if chat not in (None, NO_CHAT) and not str(chat).startswith(("env:", "file:")):
        raise SetupError(
            "--chat takes a reference, not the address itself: whoever knows a chat's address can write there",
            fix="export ANN_CHAT=slack://…, wherever the hub runs; then: --chat env:ANN_CHAT",
        )
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        user_id = user_named(db, user)
        before = notifications.choices(db, [user_id]).get(user_id, Choice())
        choice = Choice(
            before.web if web is None else web,
            before.email if email is None else email,
            before.chat if chat is None else None if chat == NO_CHAT else chat,
        )
        if choice != before:
            notifications.choose(db, user_id, choice)
    return Chosen(user.lower(), choice, _remarks(hub, choice))


def _remarks(hub: Hub, choice: Choice) -> list[str]:
    """What keeps a choice from taking effect here."""
    remarks = []
    if choice.email and hub.settings.notifications.email is None:
        remarks.append("no mail server is set: [notifications] email in hub.toml")
    if choice.chat is not None:
        try:
            url = chat_url(hub, choice.chat, "--chat")
            if url is not None and not is_known(url):
                remarks.append(f"{choice.chat} leads to nothing that Apprise knows")
        except SetupError as error:
            remarks.append(f"{error}; it must be wherever the hub runs")
    return remarks


def undelivered(hub: Hub) -> Iterator[Finding]:
    """Say whether mails can be sent, and what users should have been told and may not have been."""
    try:
        url = mail_url(hub, "somebody@example.com")
    except SetupError as error:
        yield failed("notifications", error)
        return
    if url is not None and not is_known(url):
        text = "notifications: [notifications] email is not a URL that Apprise knows"
        yield Finding("FAIL", text, "write it like mailtos://user:password@example.com; put it in env:MAIL_URL")
    with hub.store.read() as db:
        counts = notifications.not_arrived(db)
    told = [f"{words} {counts[state]:,}" for state, words in _NOT_ARRIVED.items() if counts.get(state)]
    if told:
        yield Finding("WARN", f"notifications: {', '.join(told)}", "sellhub notification list --failed")
    elif url is not None and is_known(url):
        yield Finding("ok", "notifications: all that were sent have arrived")


_NOT_ARRIVED = {
    "pending": "waiting",
    "failed": "not taken",
    "unsure": "perhaps not arrived",
    "sending": "under way",
}
