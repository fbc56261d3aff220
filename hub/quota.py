"""What a vendor lets an account call is a budget: its workers share it, and a run that cannot fit is not begun.

Sources that sign in alike are one account. A worker takes calls in portions out of the `quota` table, so that two
of them, on two machines too, together stay within our share (`quota_share`) of what the vendor's answers offer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from math import ceil, inf
from typing import Any
from uuid import uuid4

from connectors import clock
from connectors.errors import QuotaError
from connectors.pace import CALLS, LONGEST_WAIT, Limit
from hub.opening import Hub
from hub.settings import Settings
from sell_model.errors import TransientError
from sell_model.types import utc_text
from storage import quota
from storage.allotting import HOLDS, LOOKS_AGAIN, Line, Told
from storage.hot import Writer
from storage.quota import Portion
from storage.store import Store

ACCOUNT = "sellhub-account-"
_LOOKS_FOR_CONNECTION = 1.0
"""Seconds between two looks whether one is free."""
_NOT_THE_ACCOUNT = {"quota_share", "ca_bundle", "path", "stream", "id_field", "tolerance"}


def accounts(settings: Settings) -> dict[str, str]:
    """Map each source to the name of its account: that of the first source that signs in alike.

    What they sign in with is compared here and told nobody.
    """
    named: dict[tuple[object, ...], str] = {}
    found: dict[str, str] = {}
    for source, part in settings.sources.items():
        key = _signs_in(part.connector, part.connector_settings) or (source,)
        found[source] = named.setdefault(key, f"{ACCOUNT}{source}")
    return found


def account_of(settings: Settings, connector: str, given: Mapping[str, Any], otherwise: str) -> str:
    """Name the account that a source or destination signs in to: that of the first source that signs in alike."""
    key = _signs_in(connector, given)
    named = accounts(settings)
    for source, part in settings.sources.items():
        if key and _signs_in(part.connector, part.connector_settings) == key:
            return named[source]
    return f"{ACCOUNT}{otherwise}"


def _signs_in(connector: str, given: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells accounts apart; empty without anything to sign in with, such as of a spreadsheet's file."""
    parts = sorted(str(item) for item in given.items() if item[0] not in _NOT_THE_ACCOUNT)
    return (connector, *parts) if parts else ()


class SharedBudget:
    """One worker's part in an account's budget (see `connectors.pace.Budget`).

    Args:
        share: what of the vendor's limits is ours, above 0, up to 1.
    """

    def __init__(self, store: Store, account: str, share: float) -> None:
        self._store, self._account, self._share = store, account, share
        self._lock = threading.RLock()
        self._portions: dict[str, tuple[Portion, float]] = {}
        """By the name of the pace that takes from it: a portion, and until when (`clock.monotonic`) it holds."""
        self._left: dict[str, float] = {}
        self._told: dict[str, tuple[Limit, float]] = {}
        """By name: what the vendor said last, and when (`clock.monotonic`)."""
        self._heard = False
        self._worker = f"connection {uuid4().hex}"
        self._connected_until = 0.0
        """Until when (`clock.monotonic`) we need not renew our connection; 0: we have none."""
        self._refused_since: float | None = None

    def take(self, own: Limit | None) -> float:
        """Take a call; see `Budget.take`."""
        if self._store.is_rehearsing:
            return 0.0  # all of it is one transaction that is taken back: nobody else may wait for it
        name = own.name if own else ""
        with self._lock:
            _portion, holds = self._portions.get(name, (None, 0.0))
            if self._left.get(name, 0) < 1 or clock.monotonic() >= holds:
                reserved = self._reserved(name, own)
                if not reserved.calls:
                    return self._bearable(reserved)
            self._left[name] -= 1
            return 0.0

    def connect(self, most: int) -> float:
        """Take a connection, and renew it in time; see `Budget.connect`."""
        if self._store.is_rehearsing:
            return 0.0
        with self._lock:
            asked_at = clock.monotonic()
            if asked_at < self._connected_until:
                return 0.0
            with self._store.write() as db:
                is_ours = quota.connect(db, self._account, self._worker, most, self._now(db))
            if is_ours:
                self._connected_until, self._refused_since = asked_at + quota.HOLDS_CONNECTION / 4, None
                return 0.0
            self._refused_since = self._refused_since or asked_at
            if asked_at - self._refused_since < LONGEST_WAIT:
                return _LOOKS_FOR_CONNECTION
        raise QuotaError(
            f"{self._account.removeprefix(ACCOUNT)}: all {most} connections of the account that are ours are in use",
            fix="let fewer syncs of this account run at once, or raise quota_share",
            retry_after=LONGEST_WAIT,
        )

    def told(self, limits: Sequence[Limit]) -> None:
        """Learn of limits; what is new or near its end is brought to the others at once."""
        with self._lock:
            self._heard = True
            for limit in limits:
                ours = limit.left - limit.most * (1 - self._share)
                is_news = limit.name not in self._told or ours <= max(self._left.values(), default=0)
                self._told[limit.name] = (limit, clock.monotonic())
                if is_news:
                    self._portions = {name: (portion, 0.0) for name, (portion, _) in self._portions.items()}

    def rest(self, seconds: float) -> None:
        """Let no worker of the account call for so long."""
        if seconds <= 0 or self._store.is_rehearsing:
            return
        with self._lock, self._store.write() as db:
            quota.rest(db, self._account, seconds, self._now(db))
        self._portions = {name: (portion, 0.0) for name, (portion, _) in self._portions.items()}

    def close(self) -> None:
        """Give back what was not used."""
        with self._lock:
            if self._connected_until:
                with self._store.write() as db:
                    quota.disconnect(db, self._account, self._worker)
                self._connected_until = 0.0
            held = [name for name, (portion, _) in self._portions.items() if portion.limits]
            if held and not self._store.is_rehearsing:
                with self._store.write() as db:
                    self._settle(db, held)
            self._portions.clear()
            self._left.clear()

    def _reserved(self, name: str, own: Limit | None) -> Portion:
        asked_at = clock.monotonic()
        with self._store.write() as db:
            now = self._now(db)
            self._settle(db, [name])
            line = Line(own.name, "pace", own.most, own.seconds) if own else None
            told = self._in_shares(now)
            beside = own is not None and own.name != CALLS
            portion = quota.reserve(db, self._account, line, told, heard=self._heard, beside=beside, now=now)
        self._portions[name] = (portion, asked_at + HOLDS)
        self._left[name] = portion.calls
        return portion

    def _settle(self, db: Writer, names: Iterable[str]) -> None:
        now = self._now(db)
        for name in names:
            portion, _ = self._portions.pop(name, (None, 0.0))
            unused = self._left.pop(name, 0)
            if portion is not None and portion.limits:
                quota.settle(db, self._account, portion, int(unused), self._in_shares(now), now)

    def _in_shares(self, now: float) -> list[Told]:
        """Give what the vendor said as what it means for us, by the database's clock."""
        since = clock.monotonic()
        return [_in_share(limit, now - (since - heard), self._share) for limit, heard in self._told.values()]

    def _now(self, db: Writer) -> float:
        return quota.clock(db, ahead=clock.passed_over())

    def _bearable(self, portion: Portion) -> float:
        if portion.wait <= LONGEST_WAIT:
            return portion.wait
        limit = self._told.get(portion.scarce)
        name, many = self._account.removeprefix(ACCOUNT), _many(limit[0] if limit else None)
        raise QuotaError(
            f"{name}: our share of the account's calls is used up: {self._share:g} of {many}",
            fix="wait, or raise quota_share",
            retry_after=portion.wait,
        )


def _many(limit: Limit | None) -> str:
    if limit is None:
        return "what the vendor allows"
    window = "a day" if limit.seconds >= 86_400 else f"in {limit.seconds:g} seconds"
    return f"{limit.most:g} calls {window}, of which {limit.left:g} are left to everybody"


def _in_share(limit: Limit, heard: float, share: float) -> Told:
    """Where a part of a limit is ours, a little of that is kept back: for calls that we hear of late."""
    most = limit.most * share
    if share < 1:
        most -= max(1.0, most / 20 if limit.seconds <= LONGEST_WAIT else 0.0)
    most = max(1.0, most)
    # A reset is told in whole seconds, so that it may come one later.
    lasts = min(limit.seconds, LOOKS_AGAIN) if limit.resets_in is None else limit.resets_in + 1
    return Told(limit.name, most, limit.seconds, limit.most - limit.left, heard + lasts)


def estimated(hub: Hub, source: str, streams: Iterable[str], *, full: bool) -> tuple[int, list[str]]:
    """Estimate how many calls a run will take, by the last three good ones of each stream.

    Returns:
        The calls of the streams that were read so before, and the names of those that never were.
    """
    calls, unknown = 0.0, []
    with hub.store.read() as db:
        for stream in streams:
            row = quota.stream_cursor(db, source, stream)
            usual = quota.usual_calls(db, source, stream, first=full or row is None)
            if usual is None:
                unknown.append(stream)
            calls += usual or 0.0
    return ceil(calls), unknown


def expect_fit(hub: Hub, source: str, streams: Iterable[str], *, full: bool) -> None:
    """Refuse a run beforehand whose calls do not fit into what is left of a limit that no run can wait for.

    Raises:
        TransientError: with when it can go on.
    """
    calls, _ = estimated(hub, source, streams, full=full)
    with hub.store.read() as db:
        now = quota.clock(db, ahead=clock.passed_over())
        lines = quota.read(db, accounts(hub.settings)[source])
    for line in lines.values():
        left = line.at(now).free(now) if line.kind == "window" and line.seconds > LONGEST_WAIT else inf
        if calls > left and line.until > now:
            raise TransientError(
                f"{source}: about {calls} calls are needed (as the last runs took), {left:g} of our share are left",
                fix=f"{going_on(hub, line.until - now)}; or raise quota_share, or read fewer `streams`",
            )


def going_on(hub: Hub, seconds: float) -> str:
    """Say when a run that stopped for quota can go on."""
    return f"it can go on at {utc_text(hub.clock() + timedelta(seconds=seconds))[:19]}Z"
