"""The whole store gone through: who may be one and was never asked about, whatever the order they came in.

A sync compares what comes with what is there. What two batches brought at once, what was there before a
model was changed, and what became alike by an edit is found here, by the same comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.acquaintance import Acquaintance
from hub.batch import Batch, Question
from hub.by_hand import by_hand
from hub.dup_desk import answer_merge
from hub.keep import keep_questions
from hub.matching_model import model_of
from hub.opening import Hub
from sell_model.errors import SetupError
from sell_model.matching.keys import Face, face_of_profile
from sell_model.matching.profile import Profile
from sell_model.types import JsonObject
from storage import duplicates, identity

PORTION = 1_000


@dataclass(slots=True)
class Swept:
    """What a sweep came to."""

    records: int = 0
    """How many source records were looked at."""
    asked: int = 0
    """Pairs that wait for a person now and did not before."""
    merged: int = 0
    """Pairs that nothing speaks against, made one because somebody asked for that."""
    refused: int = 0
    """Of those, how many could not be made one: they stay questions."""

    def to_json(self) -> JsonObject:
        """Give the object that `dup sweep --json` prints."""
        return {"records": self.records, "asked": self.asked, "merged": self.merged, "refused": self.refused}


def sweep(
    hub: Hub,
    *,
    merging: bool = False,
    by: str | None = None,
    dry_run: bool = False,
) -> Swept:
    """Look at all people and companies, portion by portion; killed, it is begun again and asks nothing twice.

    Args:
        merging: pairs that a sync would have made one are made one.
    """
    if dry_run:
        with hub.store.rehearsal():
            return sweep(hub, merging=merging, by=by)
    swept, sure = Swept(), []
    for sort in ("company", "person"):
        last = 0
        while True:
            with by_hand(hub, "dup sweep", by=by, moves_links=True) as hand:
                rows = _whole(identity.profiles_after(hand.db, sort, last, PORTION))
                if not rows:
                    break
                last_asked = duplicates.last_id(hand.db)
                batch = Batch(hand.now, hand.run_id, [], by=hand.by)
                known = Acquaintance(hand.db, batch, model_of(hub.home), {})
                faces = [(row.identity_id, _face(sort, row.data)) for row in rows]
                known.look_up([face for _, face in faces])
                for identity_id, face in faces:
                    decision = known.decide(face, but=identity_id)
                    others = [*([decision.by] if decision.by else ()), *decision.review]
                    batch.questions += [Question(sort, identity_id, each) for each in others]
                    sure += [(sort, identity_id, decision.identity_id)] if decision.identity_id is not None else []
                keep_questions(hand.db, batch)
                swept.asked += duplicates.count_after(hand.db, last_asked)
            swept.records += len(rows)
            last = rows[-1].source_record_id
    if merging:
        _merge(hub, sure, swept, by)
    return swept


def _whole(rows: list[identity.ProfileRow]) -> list[identity.ProfileRow]:
    """Leave a source record of which the portion may not hold all to the next one."""
    if len(rows) < PORTION:
        return rows
    return [row for row in rows if row.source_record_id != rows[-1].source_record_id] or rows


def _face(sort: str, data: str) -> Face:
    return face_of_profile(Profile.from_text(data), is_company=sort == "company")


def _merge(hub: Hub, sure: list[tuple[str, int, int]], swept: Swept, by: str | None) -> None:
    for id_ in _open_questions(hub, sure):
        try:
            answer_merge(hub, id_, by=by)
        except SetupError:  # it stays a question, with what stands in the way told by `dup show`
            swept.refused += 1
        else:
            swept.merged += 1


def _open_questions(hub: Hub, sure: list[tuple[str, int, int]]) -> Iterator[int]:
    """The questions about these pairs that wait still: one merge may have answered several."""
    for sort, one_id, other_id in dict.fromkeys(sure):
        with hub.store.read() as db:
            row = duplicates.between(db, sort, one_id, other_id)
        if row is not None and row.state == "open":
            yield row.id
