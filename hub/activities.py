"""What people note, plan and do around a record: added, done, listed, removed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.activity_ids import activity_id
from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from hub.outcomes import outcome_named
from hub.records import existing
from hub.story import Story, story_of, zone_of
from sell_model.activities import ACTIVITIES, ActivityKind, read_activity
from sell_model.errors import SetupError
from sell_model.moments import DayAlone, read_moment
from sell_model.types import JsonObject
from storage import activities, activity_figures, activity_rows, canonical, journal, roster
from storage.activities import Narrowed
from storage.hot import Writer
from storage.looking_through import Place


def add(
    hub: Hub,
    kind: ActivityKind,
    said: Mapping[str, Any],
    at: Place | None,
    *,
    by: str | None = None,
    dry_run: bool = False,
) -> JsonObject:
    """Add an activity to a record; gives it as it stands.

    Args:
        said: by Sell's field names, None where nothing was said; times as people write them, in the hub's zone,
            an outcome by name, a task's `owner` by address.
        at: the lead, contact or deal; None: nowhere.

    Raises:
        SetupError: a field is wrong, the record is not there, an outcome or owner is not known.
    """
    with by_hand(hub, f"{kind} add", by=by, dry_run=dry_run) as hand:
        return added_within(hand, kind, said, at)


def added_within(hand: Hand, kind: ActivityKind, said: Mapping[str, Any], at: Place | None) -> JsonObject:
    """Add an activity within something done by hand; raises what `add` does."""
    given = {name: _moment(hand.hub, name, value) for name, value in said.items()}
    owner = given.pop("owner", None)
    place = {"resource_type": at[0], "resource_id": at[1]} if at else {}
    row = read_activity(kind, {**given, **place}, hand.now)
    concerned = [at] if at else []
    if at:
        hand.standing(*at)  # type: ignore[arg-type]
    if kind == "task":
        row |= {"owner_id": _owner(hand, owner, at)}
    if kind in activities.OUTCOMES:
        row["outcome_id"] = _outcome_id(hand.db, kind, row.pop("outcome"))
    if kind == "call":
        row["associated_deal_ids"] = list(dict.fromkeys(row["associated_deal_ids"]))
        concerned += _beside_deals(hand, row["associated_deal_ids"])
    return _kept(hand, kind, row, concerned)


_DAY_ALONE: dict[str, DayAlone] = {
    "noted_at": "begins", "made_at": "begins", "visited_at": "begins", "sent_at": "begins", "completed_at": "begins",
    "remind_at": "begins", "due_date": "ends",
}  # fmt: skip
"""Which moment of a day is meant where no time of day is said: what is due on a day is due by its end."""


def _moment(hub: Hub, name: str, value: Any) -> Any:
    """Read a time as people write it; what is none is left for the fields' own check to say."""
    if name not in _DAY_ALONE or not isinstance(value, str):
        return value
    try:
        return read_moment(value, name, hub.clock(), zone_of(hub), _DAY_ALONE[name])
    except SetupError as error:
        if isinstance(error.__cause__, OverflowError):
            raise
        return value


def _kept(hand: Hand, kind: ActivityKind, row: JsonObject, concerned: list[Place]) -> JsonObject:
    done_at = ACTIVITIES[kind].done_at
    if done_at is not None:
        row[done_at] = row[done_at] or hand.now
    row |= {"user_id": hand.user_id, "added_by": hand.by}
    id_ = activities.add(hand.db, kind, row, hand.now)
    hand.journal.append(journal.created(kind, [id_]))
    activity_figures.refresh(hand.db, concerned)
    return activities.find(hand.db, kind, [id_])[id_]


def _owner(hand: Hand, address: str | None, at: Place | None) -> int | None:
    """Whose task it is: as said, else of who adds it, else of who owns the record."""
    if address is not None:
        return user_named(hand.db, address)
    if hand.user_id is not None or at is None:
        return hand.user_id
    owner: int | None = canonical.load(hand.db, at[0], [at[1]])[at[1]]["owner_id"]
    return owner


def user_named(db: Writer, address: str) -> int:
    """Find a user by address.

    Raises:
        SetupError: there is none.
    """
    found = roster.find_user(db, address)
    if found is None:
        known = [user.email for user in roster.users(db) if user.email]
        near = difflib.get_close_matches(address, known, 1)
        raise SetupError(
            f"no user has the address {address!r}" + (f"; was {near[0]} meant?" if near else ""),
            fix=f"users: {', '.join(known[:20]) or 'none yet'}",
        )
    return found


def _outcome_id(db: Writer, kind: ActivityKind, name: str | None) -> int | None:
    return None if name is None else outcome_named(db, kind, name).id


def _beside_deals(hand: Hand, ids: list[int]) -> list[Place]:
    """Check the deals that a call stands beside."""
    for id_ in sorted(ids):  # each is locked: everybody in one order
        hand.standing("deal", id_)
    return [("deal", id_) for id_ in ids]


def remove(hub: Hub, kind: ActivityKind, id_: int, *, by: str | None = None, dry_run: bool = False) -> JsonObject:
    """Remove an activity; gives it as it was. The run's journal keeps it. Its source does not bring it back.

    Raises:
        SetupError: there is none of that id.
    """
    with by_hand(hub, f"{kind} remove", by=by, dry_run=dry_run) as hand:
        row = found(hand.db, kind, id_)
        before = canonical.load(hand.db, kind, [id_], lock=True)[id_]
        activities.remove(hand.db, kind, id_)
        activity_rows.keep_removed(hand.db, kind, id_)
        hand.journal.append(journal.Entry("removed", kind, id_, before["version"], before))
        activity_figures.refresh(hand.db, _places(row))
        return row


def complete(hub: Hub, id_: int, *, done: bool = True, by: str | None = None, dry_run: bool = False) -> JsonObject:
    """Note that a task was done, or is to be done again; gives it as it stands. What is so already stays as it is.

    Raises:
        SetupError: there is none of that id.
    """
    with by_hand(hub, f"task {'done' if done else 'reopen'}", by=by, dry_run=dry_run) as hand:
        found(hand.db, "task", id_)
        before = canonical.load(hand.db, "task", [id_], lock=True)[id_]
        if before["completed"] != done:
            after = {**before, "completed": done, "completed_at": hand.now if done else None}
            change(hand, "task", before, after)
            activity_figures.refresh(hand.db, _places(before))
        return found(hand.db, "task", id_)


def change(hand: Hand, kind: str, before: JsonObject, after: JsonObject) -> None:
    """Write a changed activity, and what stood in its changed columns into the journal."""
    version = before["version"] + 1
    canonical.update(hand.db, kind, [{**after, "version": version}], hand.now)
    was = {name: before[name] for name in after if after[name] != before[name]}
    hand.journal.append(journal.changed(kind, before["id"], version, was))


def found(db: Writer, kind: ActivityKind, id_: int) -> JsonObject:
    """Fetch an activity, who did it and its outcome by name too.

    Raises:
        SetupError: there is none of that id.
    """
    row = activities.find(db, kind, [id_]).get(id_)
    if row is None:
        raise SetupError(f"there is no {kind} {activity_id(kind, id_)}", fix=f"sellhub {kind} list")
    return row


def _places(row: JsonObject) -> list[Place]:
    """The records that an activity concerns."""
    at = [(row["resource_type"], row["resource_id"])] if row["resource_id"] is not None else []
    return [*at, *(("deal", id_) for id_ in row.get("associated_deal_ids") or ())]


def show(hub: Hub, kind: ActivityKind, id_: int) -> JsonObject:
    """Give one activity.

    Raises:
        SetupError: there is none of that id.
    """
    with hub.store.read() as db:
        return found(db, kind, id_)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and the id after which the next one begins; None: there is no more."""

    rows: list[JsonObject]
    following: str | None


def list_activities(hub: Hub, kind: ActivityKind, narrowed: Narrowed, limit: int, *, owner: str | None = None) -> Page:
    """List activities of one kind, newest first.

    Args:
        owner: the address of whose tasks these are.

    Raises:
        SetupError: the record or the owner is not there.
    """
    with hub.store.read() as db:
        if narrowed.record is not None:
            existing(db, *narrowed.record)  # type: ignore[arg-type]
        if owner is not None:
            narrowed = replace(narrowed, owner_id=user_named(db, owner))
        rows = activities.page(db, kind, narrowed, limit + 1)
    more = activity_id(kind, rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(rows[:limit], more)


def story(hub: Hub, record: Place, limit: int, after: str | None = None) -> Story:
    """Tell what happened around a record, looking through to those that became part of it.

    Raises:
        SetupError: there is no such record, or nothing of the id to go on after.
    """
    with hub.store.read() as db:
        existing(db, *record)  # type: ignore[arg-type]
        return story_of(hub, db, record, limit, after)
