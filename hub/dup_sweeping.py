"""The whole store gone through: who may be one and was never asked about, whatever the order they came in.

A sync compares what comes with what is there. What two batches brought at once, what was there before a
model was changed, and what became alike by an edit is found here, by the same comparisons. A sweep is one
run. What it has come to is kept with the run, in the transaction that came there, so that one that was
killed goes on where it was and ends as one that was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from hub.acquaintance import Acquaintance
from hub.batch import Batch, Question
from hub.batching import LINKS
from hub.by_hand import Hand, acting
from hub.crowds import Crowd, add_crowds, told
from hub.dup_desk import merge_question
from hub.keep import keep_questions
from hub.matching_model import model_of
from hub.notifying import tell_new_owners
from hub.opening import Hub
from hub.pair_weighing import keep_in_step, weigh_pair
from hub.settings import HAND
from sell_model.errors import HubError, SetupError
from sell_model.matching.keys import Face, face_of_profile
from sell_model.matching.profile import Profile
from sell_model.types import JsonObject
from storage import duplicates, identity, journal, leases, questions, roster, streams, sweeps
from storage.leases import Lease

PORTION = 1_000
LEASE = "dup sweep"
_WHAT = "dup sweep"
_SORTS = ("company", "person")


@dataclass(slots=True)
class Swept:
    """What a sweep came to."""

    run_id: int = 0
    """Its run; taken back by `run undo`."""
    records: int = 0
    """How many source records were looked at."""
    asked: int = 0
    """Pairs that wait for a person now and did not before."""
    merged: int = 0
    """Pairs that nothing speaks against, made one because somebody asked for that."""
    refused: int = 0
    """Of those, how many could not be made one: they stay questions."""
    crowds: list[JsonObject] = field(default_factory=list)
    """Values that so many bear that they bring nobody together: kind, value, how many, a source record."""

    def to_json(self) -> JsonObject:
        """Give the object that `dup sweep --json` prints."""
        return {"run": self.run_id, **{name: value for name, value in asdict(self).items() if name != "run_id"}}


def sweep(hub: Hub, *, merging: bool = False, by: str | None = None, dry_run: bool = False) -> Swept:
    """Look at all people and companies, portion by portion, as one run; one that was killed is gone on with.

    Args:
        merging: pairs that a sync would have made one are made one.

    Raises:
        SetupError: the matching model is not right.
        BusyError: another process is at it.
    """
    model_of(hub.home)
    if dry_run:
        with hub.store.rehearsal():
            return _sweep(hub, acting(by), merging=merging)
    swept = _sweep(hub, acting(by), merging=merging)
    tell_new_owners(hub)
    return swept


def _sweep(hub: Hub, by: str, *, merging: bool) -> Swept:
    lease = leases.acquire(hub.store, LEASE)
    try:
        sweeping = _begun(hub, lease, by, merging=merging)
        try:
            return sweeping.go_through()
        except BaseException as error:
            sweeping.stop(str(error) if isinstance(error, HubError) else type(error).__name__)
            raise
    finally:
        leases.release(hub.store, lease)


def _begun(hub: Hub, lease: Lease, by: str, *, merging: bool) -> _Sweeping:
    """Go on with a sweep of this kind that was not done, unless this is a rehearsal; else begin one."""
    with hub.store.write(lease) as db:
        found = sweeps.unfinished(db)
        if found is not None and not hub.store.is_rehearsing:
            run_id, noted = found
            way = _Way(**noted["way"])
            if way.merging == merging:
                sweeps.go_on(db, run_id)
                return _Sweeping(hub, lease, run_id, by, noted["by"], way)
            streams.finish_run(db, run_id, "interrupted", hub.now(), "another sweep was begun before it was done")
        way = _Way(merging)
        run_id = sweeps.start(db, HAND, {"what": _WHAT, "by": by, "way": asdict(way)}, hub.now())
        return _Sweeping(hub, lease, run_id, by, by, way)


@dataclass(slots=True)
class _Way:
    """How far a sweep has come."""

    merging: bool
    sort: str | None = _SORTS[0]
    """What is being gone through; None: all was."""
    last: int = 0
    """The last source record that was looked at."""
    sure: list[tuple[str, int, int]] = field(default_factory=list)
    """Pairs of the last portion that are still to be made one."""
    question: int = 0
    """The last question that was brought in step."""
    records: int = 0
    merged: int = 0
    refused: int = 0
    crowds: dict[str, Crowd] = field(default_factory=dict)
    """Key → who bears it; no value is kept here."""


@dataclass(slots=True)
class _Sweeping:
    """A sweep under way; `go_through` reads downwards."""

    hub: Hub
    lease: Lease
    run_id: int
    by: str
    begun_by: str
    way: _Way

    def go_through(self) -> Swept:
        """Do what is left of it."""
        way = self.way
        while way.sort is not None:
            while way.sure:
                self._merge_first()
            self._look_at_portion(way.sort)
        while self._bring_in_step():
            pass
        return self._finish()

    def stop(self, why: str) -> None:
        """Note that it ended before its time."""
        with self.hub.store.write() as db:
            fix = "go on with it: sellhub dup sweep" + " --merge" * self.way.merging
            streams.finish_run(db, self.run_id, "interrupted", self.hub.now(), why, fix)

    @contextmanager
    def _hand(self) -> Iterator[Hand]:
        """Open one transaction of the run: what it did, and how far the sweep has come."""
        with self.hub.store.write(self.lease) as db:
            roster.hold(db, LINKS)
            hand = Hand(self.hub, db, self.run_id, self.hub.now(), self.by, roster.find_user(db, self.by))
            yield hand
            journal.write(db, self.run_id, hand.journal)
            sweeps.note(db, self.run_id, {"what": _WHAT, "by": self.begun_by, "way": asdict(self.way)})

    def _look_at_portion(self, sort: str) -> None:
        """Ask about those whom the next source records may be one with."""
        way = self.way
        with self._hand() as hand:
            rows = _whole(identity.profiles_after(hand.db, sort, way.last, PORTION))
            if not rows:
                way.sort, way.last = (_SORTS[1], 0) if sort == _SORTS[0] else (None, 0)
                return
            batch = Batch(hand.now, hand.run_id, [], by=hand.by)
            faces = [(row.identity_id, _face(sort, row.data)) for row in rows]
            known = self._known(hand, batch, faces)
            sure: dict[tuple[str, int, int], None] = {}
            for identity_id, face in faces:
                decision = known.decide(face, but=identity_id)
                others = [*([decision.by] if decision.by else ()), *decision.review]
                batch.questions += [Question(sort, identity_id, each) for each in others]
                if (other := decision.identity_id) is not None:
                    sure[sort, min(identity_id, other), max(identity_id, other)] = None
            keep_questions(hand.db, batch)
            add_crowds(hand.db, way.crowds, faces)
            way.records += len(rows)
            way.last = rows[-1].source_record_id
            way.sure = list(sure) if way.merging else []

    def _known(self, hand: Hand, batch: Batch, faces: Iterable[tuple[int, Face]]) -> Acquaintance:
        known = Acquaintance(hand.db, batch, model_of(self.hub.home), {})
        known.look_up([face for _, face in faces])
        return known

    def _merge_first(self) -> None:
        """Make the first of the sure pairs one, if it waits for an answer still: a merge may have answered several."""
        pair, before = self.way.sure.pop(0), self.way.merged
        try:
            with self._hand() as hand:
                row = duplicates.between(hand.db, *pair)
                if row is not None and row.state == "open" and self._is_sure_still(hand, *pair):
                    merge_question(hand, row)
                    self.way.merged += 1
        except SetupError:  # it stays a question, with what stands in the way told by `dup show`
            self.way.merged = before
            self.way.refused += 1
            with self._hand():
                pass

    def _is_sure_still(self, hand: Hand, sort: str, one_id: int, other_id: int) -> bool:
        """Whether they are to be made one as they stand, for a sync may have changed them since they were looked at.

        One's record must be taken for the other, and no guard stand between any two of their records.
        """
        other_of = {one_id: other_id, other_id: one_id}
        rows = identity.profiles(hand.db, sort, other_of, ())
        faces = [(row.identity_id, _face(sort, row.data)) for row in rows]
        known = self._known(hand, Batch(hand.now, hand.run_id, [], by=hand.by), faces)
        taken = [(id_, face) for id_, face in faces if known.decide(face, but=id_).identity_id == other_of[id_]]
        if any(known.vouched_for(face, but=id_) for id_, face in taken):
            return True
        weighed = weigh_pair(hand.db, model_of(self.hub.home), sort, one_id, other_id)
        return bool(taken) and weighed is not None and weighed.would == "merge"

    def _bring_in_step(self) -> bool:
        """Weigh the next open questions as they stand now; whether there were any."""
        with self._hand() as hand:
            rows = duplicates.open_after(hand.db, self.way.question, PORTION)
            if rows:
                keep_in_step(hand.db, model_of(self.hub.home), rows)
                self.way.question = rows[-1].id
        return bool(rows)

    def _finish(self) -> Swept:
        way = self.way
        with self.hub.store.write(self.lease) as db:
            asked = questions.count_asked_by(db, self.run_id)
            counts = {"records": way.records, "asked": asked, "merged": way.merged, "refused": way.refused}
            sweeps.note(db, self.run_id, {"what": _WHAT, "by": self.begun_by, "merging": way.merging, **counts})
            sweeps.leave(db, self.run_id)
            streams.finish_run(db, self.run_id, "done", self.hub.now())
            return Swept(self.run_id, **counts, crowds=told(db, way.crowds))


def _face(sort: str, data: str) -> Face:
    return face_of_profile(Profile.from_text(data), is_company=sort == "company")


def _whole(rows: list[identity.ProfileRow]) -> list[identity.ProfileRow]:
    """Leave a source record of which the portion may not hold all to the next one."""
    if len(rows) < PORTION:
        return rows
    return [row for row in rows if row.source_record_id != rows[-1].source_record_id] or rows
