"""Deals through their stages, by hand: forward, skipping, back, closed and open again. Sell enforces no order.

A move is a hand edit: it holds against the deal's sources until it is released, so that the next sync
does not put the deal back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub import finding_stages
from hub.by_hand import Hand, by_hand
from hub.deal_places import active_stage, closing_stage, first_stage, pipeline_for, stage_before, stage_of
from hub.exit_criteria import unmet
from hub.opening import Hub
from hub.records import shown_id
from hub.settings import HAND
from sell_model.errors import SetupError
from sell_model.stages import REASON_OF, Outcome, is_forward, outcome_of
from sell_model.types import JsonObject
from storage import hand_edits, pipelines, stories
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.pipelines import PipelineRow, StageRow

HELD = ("stage_id", "last_stage_change_at", "loss_reason_id", "unqualified_reason_id")
"""What a move sets: these columns hold together."""


@dataclass(frozen=True, slots=True)
class To:
    """Where a deal is to go: to a stage by name, to an outcome, or back to work (`reopen`)."""

    stage: str | None = None
    outcome: Outcome | None = None
    pipeline: str | None = None
    """None: the deal's own."""
    reason: str | None = None
    new_reason: bool = False
    """Make the reason one where it is not known yet."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move came to."""

    id: int
    name: str
    pipeline: str
    from_stage: str | None
    stage: str
    outcome: Outcome | None
    reason: str | None
    at: str | None
    """When it came to stand there."""
    changed: bool
    """False: it stood there already, for that reason."""
    held: bool
    """Whether the move holds against sources that feed the deal."""
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `deal move --json` prints."""
        return {
            "id": self.id,
            "name": self.name,
            "pipeline": self.pipeline,
            "from_stage": self.from_stage,
            "stage": self.stage,
            "outcome": self.outcome,
            "reason": self.reason,
            "last_stage_change_at": self.at,
            "changed": self.changed,
            "held": self.held,
            "warnings": self.warnings,
        }


def move(hub: Hub, id_: int, to: To, *, by: str | None = None, dry_run: bool = False) -> Moved:
    """Move a deal.

    Raises:
        SetupError: there is no such deal, stage, pipeline or reason; a reason is required; its pipeline takes no
            deals; criteria of the stage that it leaves do not hold and `[hub] criteria` says `refuse`.
    """
    with by_hand(hub, _called(to), by=by, dry_run=dry_run) as hand:
        return moved_within(hand, id_, to)


def _called(to: To) -> str:
    verbs = {"won": "win", "lost": "lose", "unqualified": "unqualify"}
    return f"deal {verbs[to.outcome] if to.outcome else 'move'}"


def moved_within(hand: Hand, id_: int, to: To) -> Moved:
    """Move a deal within something done by hand; raises what `move` does."""
    row = hand.standing("deal", id_)
    pipeline = pipeline_for(hand.db, row, to.pipeline)
    if to.outcome:
        stage = _closing(hand, row, pipeline, to.outcome)
    elif to.stage is not None:
        stage = finding_stages.stage_named(hand.db, to.stage, pipeline)
    else:
        stage = first_stage(hand.db, pipeline)
    return _put(hand, row, pipeline, stage, to)


def _closing(hand: Hand, row: CanonicalRow, pipeline: PipelineRow, outcome: Outcome) -> StageRow:
    """Give the stage of an outcome; a deal that ended so already stays in its own: a source may have several."""
    present = stage_of(hand.db, row)
    if present is not None and present.pipeline_id == pipeline.id and present.category == outcome:
        return present
    return closing_stage(hand, pipeline, outcome)


def reopen(hub: Hub, id_: int, stage: str | None = None, *, by: str | None = None, dry_run: bool = False) -> Moved:
    """Take up a deal again that was won, lost or unqualified: the reason goes, the history stays.

    Args:
        stage: where it goes on; None: in the open stage where it stood last, else in the first.

    Raises:
        SetupError: it is open, or there is no such deal or open stage.
    """
    with by_hand(hub, "deal reopen", by=by, dry_run=dry_run) as hand:
        row = hand.standing("deal", id_)
        before = stage_of(hand.db, row)
        if before is None or outcome_of(before.category) is None:
            its = shown_id("deal", id_)
            raise SetupError(
                f"{its} is open: it stands in {before.name if before else 'no stage'!r}",
                fix=f"move it: sellhub deal move {its} STAGE",
            )
        pipeline = pipeline_for(hand.db, row)
        found = active_stage(hand.db, pipeline, stage) if stage else stage_before(hand.db, id_, pipeline)
        return _put(hand, row, pipeline, found, To())


def release(hub: Hub, id_: int, *, by: str | None = None, dry_run: bool = False) -> Moved:
    """Let the deal's sources say again where it stands.

    Raises:
        SetupError: there is no such deal.
    """
    with by_hand(hub, "deal move --release", by=by, dry_run=dry_run) as hand:
        before = hand.standing("deal", id_)
        row = hand.release("deal", id_, HELD)
        stage = stage_of(hand.db, row)
        if stage is None:
            raise SetupError(f"{shown_id('deal', id_)} stands in no stage", fix="sellhub pipeline list")
        return _told(hand, row, before, stage)


def _put(hand: Hand, row: CanonicalRow, pipeline: PipelineRow, stage: StageRow, to: To) -> Moved:
    """Put a deal into a stage, with the reason that the stage asks for and without the others."""
    before = stage_of(hand.db, row)
    stands = before is not None and before.id == stage.id
    edits: dict[str, Any] = {"stage_id": stage.id, **_reasons(hand, row, stage, to, stands=stands)}
    if all(row[name] == value for name, value in edits.items()):
        return _told(hand, row, row, stage)
    warnings = [] if stands or before is None else _exit(hand, row, before, stage)
    edits["last_stage_change_at"] = row["last_stage_change_at"] if stands else hand.now
    if not pipelines.share(hand.db, stage.id):
        raise SetupError(f"stage {stage.name!r} was removed just now", fix=f"sellhub pipeline show {pipeline.name!r}")
    after = hand.edit("deal", row["id"], edits)
    return _told(hand, after, row, stage, warnings)


def _reasons(hand: Hand, row: CanonicalRow, stage: StageRow, to: To, *, stands: bool) -> Mapping[str, int | None]:
    """Give both reasons as they are to be: the outcome's, if it has one, and none of another outcome.

    Raises:
        SetupError: the reason is not known, fits no outcome, or is required and was not given.
    """
    outcome = outcome_of(stage.category)
    found: dict[str, int | None] = dict.fromkeys(REASON_OF.values())
    column = REASON_OF.get(outcome) if outcome else None
    if outcome is None or column is None:
        if to.reason is not None:
            raise SetupError(
                f"a reason goes with a lost or an unqualified deal, not with {stage.name!r}", fix="leave out --reason"
            )
        return found
    if to.reason is not None:
        found[column] = finding_stages.reason_named(hand.db, outcome, to.reason, hand.now, new=to.new_reason)
    elif stands:
        found[column] = row[column]
    if found[column] is None and hand.hub.settings.hub.require_reasons:
        known = ", ".join(sorted(finding_stages.reasons(hand.db, outcome)))
        raise SetupError(
            f"{shown_id('deal', row['id'])} cannot be {outcome} without a reason: [hub] require_reasons = true",
            fix=f"say why: --reason REASON; reasons: {known or 'none yet, make one with --new-reason'}",
        )
    return found


def _exit(hand: Hand, row: CanonicalRow, before: StageRow, stage: StageRow) -> list[str]:
    """Check what must hold of a deal to leave its stage forward; gives what does not, as warnings.

    Raises:
        SetupError: something does not, and `[hub] criteria` says `refuse`.
    """
    if before.exit_criteria is None or not is_forward(before.place, stage.place):
        return []
    missing = unmet(hand, row["id"], before.exit_criteria)
    if missing and hand.hub.settings.hub.criteria == "refuse":
        raise SetupError(
            f"{shown_id('deal', row['id'])} may not leave {before.name!r} yet; these do not hold: {'; '.join(missing)}",
            fix='see to them first; or let moves pass with a warning: [hub] criteria = "warn"',
        )
    return [f"to leave {before.name} this should hold: {part}" for part in missing]


def _told(hand: Hand, row: CanonicalRow, before: CanonicalRow, stage: StageRow, warnings: Sequence[str] = ()) -> Moved:
    left = stage_of(hand.db, before)
    outcome = outcome_of(stage.category)
    column = REASON_OF.get(outcome) if outcome else None
    return Moved(
        id=row["id"],
        name=row["name"],
        pipeline=next(p.name for p in pipelines.pipelines(hand.db) if p.id == stage.pipeline_id),
        from_stage=left.name if left else None,
        stage=stage.name,
        outcome=outcome,
        reason=_reason(hand.db, outcome, row[column]) if outcome and column else None,
        at=row["last_stage_change_at"],
        changed=any(row[name] != before[name] for name in HELD),
        held=_is_held(hand.db, row["id"]),
        warnings=list(warnings),
    )


def _is_held(db: Writer, id_: int) -> bool:
    """Whether sources feed the deal and cannot move it."""
    by_hand = "stage_id" in hand_edits.hand_edits(db, "deal", [id_]).get(id_, {})
    return by_hand and any(feed.source != HAND for feed in stories.feeds(db, "deal", id_))


def _reason(db: Writer, outcome: Outcome, id_: int | None) -> str | None:
    return next((name for name, known in finding_stages.reasons(db, outcome).items() if known == id_), None)
