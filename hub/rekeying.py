"""Keys of what older hubs stored, computed anew when the way they are made has changed."""

from __future__ import annotations

from hub.key_keeping import renew_keys
from hub.opening import Hub
from storage import landing, states

KEYS = "2026-11-25"
"""Changes whenever the keys or the profiles of the same record come out otherwise than before."""
_PORTION = 1_000


def rekey(hub: Hub) -> None:
    """Bring the keys of all that is landed to the way they are made now; killed, it goes on where it was.

    While another process is at it, this one waits for it, portion by portion.
    """
    with hub.store.read() as db:
        if states.state(db, "keys") == KEYS:
            return
    while True:
        with hub.store.write() as db:
            states.hold(db)
            if states.state(db, "keys") == KEYS:
                return
            last = states.state(db, "rekeyed") or "0"
            ids = landing.ids_after(db, int(last), _PORTION)
            renew_keys(db, ids)
            states.set_state(db, "rekeyed", str(ids[-1]) if ids else None)
            if not ids:
                states.set_state(db, "keys", KEYS)
