"""Taking a stage out of its pipeline, its deals moved to another one; or merging it into another one.

The stage's row stays for the deals' histories, under another name. Three steps, each whole in itself:
sources that know the stage lead to the other one from now on; deals are moved in portions; when none
is left the stage is removed. Whoever is interrupted runs the same command again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from hub.pipeline_desk import PipelineChange, change
from hub.stage_desk import Desk, at_desk
from sell_model.errors import SetupError
from sell_model.stages import REASON_OF, outcome_of
from storage import hand_edits, journal, pipelines
from storage.pipelines import StageRow

PORTION = 500
"""Deals that are moved in one transaction."""


def merge(
    hub: Hub, pipeline: str, stage: str, into: str, *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Make one stage of two: deals, sources and histories of the first count for the second from now on.

    Raises:
        SetupError: there is no such stage, one is a closed one, or both are the same.
    """
    with _rehearsed(hub, dry_run=dry_run):
        return _Removing(hub, pipeline, stage, into, by, is_merge=True).run()


def remove(
    hub: Hub, pipeline: str, stage: str, move_to: str | None = None, *, by: str | None = None, dry_run: bool = False
) -> PipelineChange:
    """Remove an active stage.

    Args:
        move_to: where its deals go, and what its sources lead to; needed when there are any.

    Raises:
        SetupError: there is no such stage, it is a closed one or the last active one, or it is in use.
    """
    with _rehearsed(hub, dry_run=dry_run):
        return _Removing(hub, pipeline, stage, move_to, by, is_merge=False).run()


@contextmanager
def _rehearsed(hub: Hub, *, dry_run: bool) -> Iterator[None]:
    with hub.store.rehearsal() if dry_run else nullcontext():
        yield


class _Removing:
    """One stage on its way out."""

    def __init__(self, hub: Hub, pipeline: str, stage: str, to: str | None, by: str | None, *, is_merge: bool) -> None:
        self.hub, self.pipeline, self.stage, self.to, self.by = hub, pipeline, stage, to, by
        self.is_merge = is_merge
        self.what = f"pipeline stage {'merge' if is_merge else 'remove'}"

    def run(self) -> PipelineChange:
        """Do all three steps."""
        with at_desk(self.hub, self.what, self.pipeline, by=self.by) as desk:
            stage, target = self._found(desk)
            if target is not None:
                self._lead_sources(desk, stage, target)
        moved = 0
        while target is not None and (count := self._move_some(stage, target)):
            moved += count
        return self._close(stage, target, moved)

    def _found(self, desk: Desk) -> tuple[StageRow, StageRow | None]:
        """Find the stage and where its deals go.

        Raises:
            SetupError: as `merge` and `remove` say.
        """
        stage = desk.active(self.stage, "removed")
        if len(desk.open) == 1:
            raise SetupError(
                f"{stage.name!r} is the last active stage of {desk.pipeline.name!r}: deals must start somewhere",
                fix=f"add another one first: sellhub pipeline stage add {desk.pipeline.name!r} NAME --likelihood N",
            )
        target = None
        if self.to is not None:
            target = desk.active(self.to, "merged with others") if self.is_merge else desk.find(self.to)
            self._check_target(stage, target)
        self._refuse_in_use(desk, stage, target)
        return stage, target

    def _check_target(self, stage: StageRow, target: StageRow) -> None:
        if target.id == stage.id:
            raise SetupError(f"{stage.name!r} cannot take its own deals", fix="name another stage")
        outcome = outcome_of(target.category)
        if outcome in REASON_OF and self.hub.settings.hub.require_reasons:
            raise SetupError(
                f"deals cannot be moved to {target.name!r} without reasons: [hub] require_reasons = true",
                fix="move them to an active stage, and lose them one by one: sellhub deal lose ID --reason R",
            )

    def _refuse_in_use(self, desk: Desk, stage: StageRow, target: StageRow | None) -> None:
        if target is not None:
            return
        others = ", ".join(each.name for each in desk.stages if each.id != stage.id)
        fix = f"say where they go: --move-deals-to STAGE; stages: {others}"
        if deals := pipelines.count_deals(desk.hand.db, stage.id):
            count = f"{deals:,} deals stand" if deals > 1 else "1 deal stands"
            raise SetupError(f"{count} in {stage.name!r}", fix=fix)
        if known := pipelines.known_outside(desk.hand.db, "stage", [stage.id]):
            names = ", ".join(f"{each.source} ({each.value})" for each in known)
            raise SetupError(f"{names} has deals that stand in {stage.name!r}", fix=fix)

    def _lead_sources(self, desk: Desk, stage: StageRow, target: StageRow) -> None:
        """Let sources that know the stage lead to the other one; what that is, they cannot change any more."""
        db = desk.hand.db
        if not pipelines.known_outside(db, "stage", [stage.id]):
            return
        pipelines.lead_outside_ids(db, stage.id, target.id)
        held = {
            "name": target.name,
            "category": target.category,
            "position": target.position,
            "likelihood": target.likelihood,
            "active": outcome_of(target.category) is None,
        }
        change(desk.hand, "stage", target.id, held)

    def _move_some(self, stage: StageRow, target: StageRow) -> int:
        """Move a portion of the deals; gives how many."""
        with by_hand(self.hub, self.what, by=self.by) as hand:
            if not pipelines.share(hand.db, target.id):
                raise _gone(target)
            ids = pipelines.deals_in(hand.db, stage.id, PORTION)
            if ids:
                _move(hand, ids, stage, target)
            return len(ids)

    def _close(self, stage: StageRow, target: StageRow | None, moved: int) -> PipelineChange:
        """Remove the stage: no batch is under way meanwhile that could put a deal into it."""
        with at_desk(self.hub, self.what, self.pipeline, by=self.by, moves_links=True) as desk:
            standing = {each.id for each in desk.stages}
            for needed in (stage, target):
                if needed is not None and needed.id not in standing:
                    raise _gone(needed)
            self._refuse_in_use(desk, stage, target)
            while target is not None and (late := pipelines.deals_in(desk.hand.db, stage.id, PORTION)):
                _move(desk.hand, late, stage, target)
                moved += len(late)
            taken = {each.name for each in pipelines.stages(desk.hand.db, desk.pipeline.id)}
            gone: dict[str, Any] = {
                "name": _freed(stage.name, taken),
                "removed_at": desk.hand.now,
                "merged_into": target.id if target is not None and self.is_merge else None,
            }
            if (told := pipelines.put(desk.hand.db, "stage", stage.id, gone, desk.hand.now)) is not None:
                desk.hand.journal.append(journal.changed("stage", stage.id, *told))
            done = desk.told(
                f"stage {stage.name!r} merged into {target.name!r}"
                if target is not None and self.is_merge
                else f"stage {stage.name!r} removed"
            )
            done.deals_moved = moved
            return done


def _gone(stage: StageRow) -> SetupError:
    """Somebody else was quicker; the deals that were moved by then stay where they are."""
    return SetupError(f"stage {stage.name!r} was removed just now", fix="look what there is: sellhub pipeline list")


def _move(hand: Hand, ids: list[int], stage: StageRow, target: StageRow) -> None:
    """Move deals: where a source leads them to the other stage by itself, they go on following it.

    The others, and those that people put here, are put there by hand.
    """
    hand.recompute([("deal", id_) for id_ in ids])
    still = pipelines.still_in(hand.db, stage.id, ids)
    for id_ in still:
        _put(hand, id_, target)
    hand.recompute([("deal", id_) for id_ in still])


def _put(hand: Hand, id_: int, target: StageRow) -> None:
    fields: dict[str, Any] = {"stage_id": target.id, "last_stage_change_at": hand.now}
    if outcome_of(target.category) is not None:
        fields |= dict.fromkeys(REASON_OF.values())
    hand_edits.keep_hand_edits(hand.db, "deal", id_, fields, hand.by, hand.now)


def _freed(name: str, taken: set[str]) -> str:
    """Give a removed stage another name, so that its own is free: the history shows it."""
    number = 1
    while (free := f"{name[:200]} (removed{f' {number}' if number > 1 else ''})") in taken:
        number += 1
    return free
