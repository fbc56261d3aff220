"""Telling users of the records that they got: by the web, by mail, by chat, as they chose, once each.

What is to be told is made in one transaction with the mark that its run has been told. Each sending is
noted before it is begun: whoever dies over it leaves it unsure, and it is not sent again. One process
sends at a time; what another one makes meanwhile is sent by the first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from urllib.parse import quote

from hub.apprising import send
from hub.opening import Hub
from hub.secret_refs import resolved
from hub.settings import HAND
from sell_model.errors import HubError, SetupError
from sell_model.types import utc_text
from storage import leases, notifications, roster
from storage.hot import Writer
from storage.leases import BusyError, Lease
from storage.notifications import Choice, Delivery, Notification, Untold
from storage.roster import UserRow

LEASE = "notifications"
PATIENCE = 3
"""Mails in a row that the server does not take; the others wait for the next occasion."""
REST = timedelta(minutes=5)
"""How long a delivery that failed rests; four times as long after each further failure."""
_LOG = logging.getLogger(__name__)
_LATER: ContextVar[bool] = ContextVar("later", default=False)


@dataclass(slots=True)
class Flushed:
    """What one telling came to."""

    made: int = 0
    """Notifications."""
    sent: int = 0
    """Mails and chat messages."""
    failed: int = 0
    busy: bool = False
    """Whether another process is sending just now; it sends what was made here, too."""


def tell_new_owners(hub: Hub) -> None:
    """Tell users of what they got by runs that have ended; what goes wrong is logged, and fails nothing.

    Within a rehearsal, and within `gathered`, nobody is told.
    """
    if hub.store.is_rehearsing or _LATER.get():
        return
    try:
        flushed = flush(hub, asked=False)
    except HubError as error:
        _LOG.warning("new owners were not told: %s; it is tried again: sellhub notification flush", error)
        return
    if flushed.failed:
        _LOG.warning("%d notifications were not delivered: sellhub notification list --failed", flushed.failed)


@contextmanager
def gathered(hub: Hub) -> Iterator[None]:
    """Do several things by hand and tell of them together at the end, whatever of them was done."""
    token = _LATER.set(True)
    try:
        yield
    finally:
        _LATER.reset(token)
        tell_new_owners(hub)


def flush(hub: Hub, *, asked: bool = True) -> Flushed:
    """Make what is to be told, and send what waits or failed before.

    Args:
        asked: somebody wants it now: what failed is tried again at once. Else it rests for 5, 20, 80 and
            320 minutes between the attempts, so that a busy hub does not use them up in a short outage.

    Raises:
        SetupError, TransientError: the database says no.
    """
    flushed = Flushed()
    with hub.store.read() as db:
        runs, waiting = notifications.untold_runs(db), notifications.anything_to_send(db, _rested(hub, asked))
    if runs:
        with hub.store.write() as db:
            flushed.made = _make(hub, db)
            waiting = notifications.anything_to_send(db, _rested(hub, asked))
    if waiting:
        _send_all(hub, flushed, _rested(hub, asked))
    return flushed


def _rested(hub: Hub, asked: bool) -> list[str] | None:
    """Give the times before which a delivery must have failed, once, twice, …, to be tried again."""
    if asked:
        return None
    now = hub.clock()
    return [utc_text(now - REST * 4**number) for number in range(notifications.MOST_ATTEMPTS - 1)]


def _make(hub: Hub, db: Writer) -> int:
    """Make the notifications of all runs that have ended, and mark these; gives how many it made."""
    roster.hold(db, "notifications")
    notifications.pass_over_silent_runs(db, hub.now())
    made = 0
    users = {user.id: user for user in roster.users(db)}
    while untold := notifications.untold_runs(db):
        made += sum(_make_of(hub, db, users, runs) for runs in _by_doing(untold))
    return made


def _make_of(hub: Hub, db: Writer, users: dict[int, UserRow], runs: list[int]) -> int:
    """Make the notifications of the runs that one doing took."""
    news = notifications.news_of(db, runs)
    chosen = notifications.choices(db, {each.user_id for each in news})
    for each in news:
        channels = _channels(hub, users[each.user_id], chosen.get(each.user_id, Choice()))
        notifications.add(db, runs[-1], each, headline(each.count, each.record_type), channels, hub.now())
    notifications.mark_told(db, runs, hub.now())
    return len(news)


def _by_doing(runs: list[Untold]) -> list[list[int]]:
    """Put together what one doing by hand took several runs for: a list that was given away in portions."""
    doings = groupby(runs, lambda run: (run.kind, run.options if run.kind == HAND else run.id))
    return [[run.id for run in those] for _, those in doings]


def _channels(hub: Hub, user: UserRow, choice: Choice) -> list[str]:
    """By what a user is told; who is active no more is told nothing outside."""
    inside = ["web"] if choice.web else []
    if user.status == "inactive":
        return inside
    has_mail = choice.email and hub.settings.notifications.email is not None and user.email is not None
    return [*inside, *["email"] * has_mail, *["chat"] * (choice.chat is not None)]


def headline(count: int, record_type: str) -> str:
    """Say in one line what somebody got.

    >>> headline(3, "lead")
    '3 leads were assigned to you'
    """
    return f"{count:,} {record_type}s were assigned to you" if count != 1 else f"1 {record_type} was assigned to you"


def text_of(db: Writer, notification: Notification) -> str:
    """Write out a notification: the records by id and by the name that they have now, nothing else of them."""
    kind, ids = notification.record_type, notification.ids
    names = notifications.names(db, kind, ids)
    told = [f"{kind[0].upper()}-{id_} {names.get(id_, '')}".rstrip() for id_ in ids]
    more = f", and {notification.count - len(ids):,} more" if notification.count > len(ids) else ""
    return f"{notification.text}: {'; '.join(told)}{more}" if told else notification.text


@dataclass(slots=True)
class _Round:
    """One going over what is to be sent: each is tried once, and a server that is down is not asked for long."""

    hub: Hub
    flushed: Flushed
    rested: list[str] | None
    tried: set[tuple[int, str]] = field(default_factory=set)
    mails_failed: int = 0
    """In a row."""

    def due(self) -> list[Delivery]:
        """List what is still to be tried: what was never tried before what failed before."""
        mail_is_down = self.mails_failed >= PATIENCE
        with self.hub.store.read() as db:
            due = notifications.due(db, without="email" if mail_is_down else "", rested=self.rested)
        return [d for d in due if (d.notification_id, d.channel) not in self.tried]

    def take(self, lease: Lease, delivery: Delivery) -> None:
        """Try one."""
        self.tried.add((delivery.notification_id, delivery.channel))
        error = _deliver(self.hub, lease, delivery)
        if error:
            self.flushed.failed += 1
        else:
            self.flushed.sent += 1
        if delivery.channel == "email":
            self.mails_failed = self.mails_failed + 1 if error else 0


def _send_all(hub: Hub, flushed: Flushed, rested: list[str] | None) -> None:
    """Send under the lease of whoever sends; look again when it is given back, for what came meanwhile."""
    going = _Round(hub, flushed, rested)
    while True:
        try:
            lease = leases.acquire(hub.store, LEASE)
        except BusyError:
            flushed.busy = True
            return
        try:
            with hub.store.write(lease) as db:
                notifications.doubt_what_was_under_way(db, hub.now())
            while due := going.due():
                going.take(lease, due[0])
        finally:
            leases.release(hub.store, lease)
        if not any(delivery.state == "pending" for delivery in going.due()):
            return


def _deliver(hub: Hub, lease: Lease, delivery: Delivery) -> str | None:
    """Send one, noted before it is begun and when it has ended; gives what went wrong."""
    with hub.store.write(lease) as db:
        notifications.begin(db, delivery, hub.now())
        notification = notifications.find(db, [delivery.notification_id])[0]
        choice = notifications.choices(db, [notification.user_id]).get(notification.user_id, Choice())
        body = text_of(db, notification)
    error = _sent(hub, notification, delivery.channel, choice, body)
    with hub.store.write(lease) as db:
        notifications.end(db, delivery, error, hub.now())
    return error


def _sent(hub: Hub, notification: Notification, channel: str, choice: Choice, body: str) -> str | None:
    """Send one message; gives what went wrong, in words without secrets."""
    setting = "[notifications] email" if channel == "email" else f"the chat of {notification.email}"
    try:
        url = mail_url(hub, notification.email) if channel == "email" else chat_url(hub, choice.chat, setting)
        if url is None:
            return f"{setting} is not set any more"
        taken = send(url, notification.text, body, setting=setting)
    except SetupError as error:
        return str(error)
    return None if taken else f"{setting}: the server did not take it, or cannot be reached"


def mail_url(hub: Hub, recipient: str | None) -> str | None:
    """Give the Apprise URL of a mail to somebody; None: no mail server is set, or they have no address.

    Raises:
        SetupError: the reference cannot be resolved.
    """
    part = hub.settings.notifications
    server = resolved(part.email, "[notifications] email", hub.home)
    if server is None or recipient is None:
        return None
    more = {"to": recipient, "format": "text", **({"from": part.sender} if part.sender else {})}
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in more.items())
    return f"{server}{'&' if '?' in server else '?'}{words}"


def chat_url(hub: Hub, reference: str | None, setting: str) -> str | None:
    """Give the Apprise URL that a user's choice refers to.

    Raises:
        SetupError: the reference cannot be resolved.
    """
    url: str | None = resolved(reference, setting, hub.home)
    return url
