"""What people do to records by hand: each doing is one transaction, one run, one story in the journal.

What somebody adds is a source record of the source `hand`, so that it is matched, merged and traced as
any other. What somebody changes is a hand edit: it holds against every source until it is released.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from connectors.connector import SourceRecord
from hub.batch import Batch, Item, Kind
from hub.batching import LINKS
from hub.intent import Intent
from hub.matching_model import model_of
from hub.notifying import tell_new_owners
from hub.opening import Hub
from hub.plan_room import room_of
from hub.records import shown_id
from hub.settings import HAND
from hub.survival import survival_of
from hub.taking import Taking
from sell_model.draft import Draft, Reason
from sell_model.errors import SetupError
from storage import canonical, hand_edits, journal, pipelines, roster, streams
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.journal import Entry

_STREAMS = {"lead": ("leads", "people"), "contact": ("contacts", "people"), "deal": ("deals", "deals")}
"""Record type → the stream of `hand` that keeps it, and its kind."""
VERSION = "by hand"


@dataclass(slots=True)
class Hand:
    """One doing by hand, within its transaction."""

    hub: Hub
    db: Writer
    run_id: int
    now: str
    by: str
    """Who: an address, or a login name."""
    user_id: int | None
    """Who, where they are a user of the hub."""
    journal: list[Entry] = field(default_factory=list)
    _added: int = 0

    def add(self, draft: Draft) -> int:
        """Make a new record of a draft, beside whatever is like it; gives its id.

        Its references name our own records by id (`Ref("contact", "5")`), owners by address or pool.

        Raises:
            SetupError: a reference leads nowhere, an amount is finer than its currency.
        """
        stream, kind = _STREAMS[draft.record_type]
        row = streams.ensure_stream(self.db, HAND, stream, HAND, kind)
        item = self._item(draft, f"{HAND}/{stream}.{draft.record_type}")
        batch = Batch(self.now, self.run_id, [item], by=self.by)
        Taking(self.db, self._intent(row.id, kind), batch).take()
        self.journal += batch.journal
        if item.held:
            raise refused(draft.record_type, [reason for reasons in item.held.values() for reason in reasons])
        id_ = next(iter(item.targets.values())).id
        if draft.record_type == "deal":
            self._expect_stage(id_)
        return id_

    def _expect_stage(self, id_: int) -> None:
        """See that the stage of a new deal is not removed meanwhile: whoever removes it waits, and finds the deal.

        Raises:
            SetupError: it was, while the deal was being made.
        """
        stage_id = canonical.load(self.db, "deal", [id_])[id_]["stage_id"]
        if stage_id is not None and not pipelines.share(self.db, stage_id):
            raise SetupError("the stage of this deal was removed just now", fix="add it again: sellhub pipeline list")

    def _item(self, draft: Draft, mapping: str) -> Item:
        self._added += 1
        raw = orjson.dumps(draft.to_json())
        record = SourceRecord(f"{self.run_id}.{self._added}", draft.to_json(), self.now)
        return Item(record, raw, blake2b(raw, digest_size=16).digest(), None, drafts={mapping: draft})

    def edit(self, kind: Kind, id_: int, edits: Mapping[str, Any]) -> CanonicalRow:
        """Set columns of a record, to hold against all sources; gives the record as it is then.

        Args:
            edits: by column of the canonical table, `custom_fields.NAME`, or `tags` as
                `{"add": […], "remove": […]}`; None blanks.

        Raises:
            SetupError: there is no such record, or it is one no more.
        """
        self.standing(kind, id_)
        hand_edits.keep_hand_edits(self.db, kind, id_, edits, self.by, self.now)
        self.recompute([(kind, id_)])
        return canonical.load(self.db, kind, [id_])[id_]

    def release(self, kind: Kind, id_: int, fields: Iterable[str]) -> CanonicalRow:
        """Let sources speak again for these fields; gives the record as it is then.

        Raises:
            SetupError: there is no such record, or it is one no more.
        """
        self.standing(kind, id_)
        hand_edits.release(self.db, kind, id_, fields)
        self.recompute([(kind, id_)])
        return canonical.load(self.db, kind, [id_])[id_]

    def standing(self, kind: Kind, id_: int) -> CanonicalRow:
        """Fetch a record, locked, that people may still change.

        Raises:
            SetupError: there is none, or it was merged, converted or deleted; the text says what to do instead.
        """
        row = canonical.load(self.db, kind, [id_], lock=True).get(id_)
        if row is None:
            raise SetupError(f"there is no {kind} {shown_id(kind, id_)}", fix=f"sellhub {kind} list")
        if row.get("merged_into") is not None:
            into = shown_id(kind, canonical.survivor(self.db, kind, id_))
            raise SetupError(f"{shown_id(kind, id_)} was merged into {into}", fix=f"sellhub {kind} show {into}")
        if row["deleted_at"] is not None:
            its = shown_id(kind, id_)
            raise SetupError(f"{its} was deleted", fix=f"bring it back: sellhub {kind} restore {its}")
        if row["gone_at_source"] == "converted":
            its = shown_id(kind, id_)
            raise SetupError(
                f"{its} was converted; its person is a contact now",
                fix=f"see which: sellhub lead show {its}; or take it back: sellhub lead unconvert {its}",
            )
        return row

    def recompute(self, records: Iterable[tuple[Kind, int]]) -> None:
        """Compute records anew from all that speaks for them, and keep what changed."""
        batch = Batch(self.now, self.run_id, [], by=self.by)
        for kind, id_ in records:
            batch.entity(kind, id_)
        Taking(self.db, self._intent(0, "people"), batch).settle()
        self.journal += batch.journal

    def _intent(self, stream_id: int, kind: str) -> Intent:
        return intent_by_hand(self.hub, self.db, stream_id, kind)


def intent_by_hand(hub: Hub, db: Writer, stream_id: int = 0, kind: str = "people") -> Intent:
    """Give what holds for records that people change: every source speaks as in its own sync, no pool deals out."""
    sources = hub.settings.sources
    return Intent(
        HAND,
        stream_id,
        kind,
        VERSION,
        priority_of=lambda name: sources[name].priority if name in sources else 0,
        users_awaited=streams.awaiting_users(db).__contains__,
        default_pool=lambda _record_type: None,
        currency=hub.settings.hub.currency,
        value_basis=hub.settings.hub.value_basis,
        existing="add",
        destinations=tuple(hub.settings.destinations),
        room=room_of(hub),
        model=model_of(hub.home),
        survival=survival_of(hub, db),
    )


def refused(record_type: str, reasons: Iterable[Reason]) -> SetupError:
    """Say every reason why a record cannot be as somebody wants it."""
    told = list(reasons)
    text = "; ".join(f"{r.field}: {r.value!r}: {r.reason}" if r.value else f"{r.field}: {r.reason}" for r in told)
    return SetupError(f"this {record_type} cannot be stored: {text}", fix="; ".join(dict.fromkeys(r.fix for r in told)))


def acting(by: str | None) -> str:
    """Tell who acts: as said, else by SELLHUB_USER, else the login name."""
    if who := by or os.environ.get("SELLHUB_USER"):
        return who
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


@contextmanager
def by_hand(
    hub: Hub, what: str, *, by: str | None = None, dry_run: bool = False, moves_links: bool = False
) -> Iterator[Hand]:
    """Open one doing by hand: all of it is stored, or none.

    Args:
        what: the command, such as `deal move`; the run remembers it.
        by: who does it; see `acting`.
        dry_run: do it all, then take it back; nobody is told of what they would get.
        moves_links: what source records feed changes; no sync takes a batch meanwhile.
    """
    who = acting(by)
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        if moves_links:
            roster.hold(db, LINKS)
        now = hub.now()
        run_id = streams.start_run(db, HAND, HAND, {"what": what, "by": who}, now)
        hand = Hand(hub, db, run_id, now, who, roster.find_user(db, who))
        yield hand
        journal.write(db, run_id, hand.journal)
        streams.finish_run(db, run_id, "done", hub.now())
    if not dry_run:
        tell_new_owners(hub)
