"""What forgetting somebody leaves to be done behind its transaction: the inbox, and the free pages of the files.

It is noted within that transaction, so that a process that is killed there, or finds a file in use, leaves it to the
next `forget`, or to whoever opens the hub next. For a moment the note bears what names the person: it is emptied before
the files are written anew, and with that gone from them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from hub.intake import inbox_path
from hub.opening import Hub
from sell_model.errors import HubError
from sell_model.forgetting import Identifiers
from storage import states
from storage.hot import Writer
from storage.inbox import Inbox

NOTE = "clearing:"
"""Begins the name of a note in the table `state`; behind it stands the run that forgot."""
_FREE_PAGES = "free pages"
"""A note that bears nobody's name any more."""
_LOG = "log"
"""What it says once the database was written anew, and its log alone is to be emptied: that is cheap to try again."""


def note(db: Writer, run_id: int, identifiers: Identifiers) -> None:
    """Note within the transaction that forgets somebody what is to be done behind it."""
    states.set_state(db, f"{NOTE}{run_id}", _written(identifiers))


def clear(hub: Hub, *, waits: bool = True) -> tuple[int, bool]:
    """Do what is noted; killed anywhere, it is begun anew.

    Args:
        waits: wait for whoever uses the files; else leave it to the next one.

    Returns:
        How many deliveries of the inbox were emptied, and whether nothing is left to be done.

    Raises:
        SetupError, TransientError: the disk is full, the inbox cannot be read; the database stayed locked.
    """
    with hub.store.read() as db:
        notes = states.named(db, NOTE)
    if not notes:
        return 0, True
    people = [_read(value) for value in notes.values() if value and value not in {_FREE_PAGES, _LOG}]
    whole, emptied = _clear_inbox(hub, people)
    if set(notes.values()) != {_LOG}:
        _say(hub, notes, _FREE_PAGES)
        if not hub.store.rewrite(waits=waits):
            return emptied, False
        _say(hub, notes, _LOG)
    whole = hub.store.empty_log(waits=waits) and whole
    if whole:
        with hub.store.write() as db:
            states.drop(db, notes)
    return emptied, whole


def _say(hub: Hub, notes: Iterable[str], what: str) -> None:
    with hub.store.write() as db:
        for name in notes:
            states.set_state(db, name, what)


def clear_at_once(hub: Hub) -> tuple[int, str]:
    """Do what forgetting somebody just noted, whose transaction is stored whatever comes of this.

    Returns:
        How many deliveries of the inbox were emptied, and what stood in the way; empty: nothing is left to be done.
    """
    try:
        emptied, is_whole = clear(hub)
    except HubError as error:  # the note of what is left stands
        return 0, str(error)
    return emptied, "" if is_whole else "somebody reads what was there before"


def clear_where_left(hub: Hub) -> None:
    """Go on with what was left undone, unless that cannot be just now, with files in use or a full disk.

    Whoever opens the hub wants something else, which a broken inbox must not keep them from.
    """
    try:
        clear(hub, waits=False)
    except HubError:
        return  # its note stands for the next one, and `sellhub db check` tells of it


def _clear_inbox(hub: Hub, people: Iterable[Identifiers]) -> tuple[bool, int]:
    path = inbox_path(hub)
    if not path.exists():
        return True, 0
    with Inbox(path) as inbox:
        emptied = sum(inbox.forget_naming(each.probes, each.found_in) for each in people)
        return inbox.compact(), emptied


def _written(found: Identifiers) -> str:
    parts = [sorted(found.emails), sorted(found.phones), sorted(found.names), sorted(found.others)]
    return json.dumps(parts)


def _read(text: str) -> Identifiers:
    emails, phones, names, others = json.loads(text)
    pairs = frozenset((first, last) for first, last in names)
    return Identifiers(frozenset(emails), frozenset(phones), pairs, frozenset(others))
