"""What the hub starts with: users, pools, pipelines of hub.toml, and usual reasons. Planted once; then the
database rules.
"""

from __future__ import annotations

from hub.opening import Hub
from hub.settings import FILE_NAME, PipelinePart, PoolPart, Settings, StagePart
from sell_model.errors import SetupError
from sell_model.pipelines import DEFAULT_PIPELINE, DEFAULT_STAGES, LOSS_REASONS, UNQUALIFIED_REASONS, is_open
from sell_model.plans import check
from storage import roster
from storage.hot import Writer


def plant(hub: Hub) -> None:
    """Add what is named in hub.toml and not there yet; what is there is left alone."""
    settings = hub.settings
    with hub.store.read() as db:
        known = roster.emails(db)
        missing = (
            not roster.has_pipelines(db)
            or not roster.has_reasons(db)
            or any(not roster.find_pool(db, p.of, p.name) for p in settings.pools)
            or any(user.email.lower() not in known for user in settings.users)
        )
    if missing:
        _expect_room(settings)
        with hub.store.write() as db:
            roster.hold(db)
            _plant(hub, db)


def _expect_room(settings: Settings) -> None:
    """Refuse what the plan that hub.toml names has no room for, before any of it is planted."""
    pipelines = settings.pipelines or (_default_pipeline(),)
    try:
        check(settings.hub.plan, "pipelines", len(pipelines))
        check(settings.hub.plan, "pools", len(settings.pools))
        check(settings.hub.plan, "stages", max(len(pipeline.stages) for pipeline in pipelines))
    except SetupError as error:
        raise SetupError(f"{FILE_NAME}: {error}", fix=f"take some out of {FILE_NAME}, or name a larger plan") from error


def _plant(hub: Hub, db: Writer) -> None:
    settings, now = hub.settings, hub.now()
    for user in settings.users:
        _user(db, user.email, user.name, now)
    if not roster.has_pipelines(db):
        for pipeline in settings.pipelines or (_default_pipeline(),):
            _pipeline(db, pipeline, now)
    if not roster.has_reasons(db):
        _reasons(db, now)
    for pool in settings.pools:
        if not roster.find_pool(db, pool.of, pool.name):
            _pool(db, pool, now)


def _default_pipeline() -> PipelinePart:
    stages = (StagePart(name=name, category=category, likelihood=likely) for name, category, likely in DEFAULT_STAGES)
    return PipelinePart(name=DEFAULT_PIPELINE, stages=tuple(stages))


def _reasons(db: Writer, now: str) -> None:
    for name in LOSS_REASONS:
        roster.add_named(db, "loss_reason", None, name, now)
    for name in UNQUALIFIED_REASONS:
        roster.add_named(db, "unqualified_reason", "lead", name, now)
        roster.add_named(db, "unqualified_reason", "deal", name, now)


def _user(db: Writer, email: str, name: str | None, now: str) -> int:
    found = roster.find_user(db, email)
    return found if found is not None else roster.add_user(db, {"email": email, "name": name or email}, now)


def _pipeline(db: Writer, part: PipelinePart, now: str) -> None:
    pipeline_id = roster.add_pipeline(db, {"name": part.name, "disabled": False}, now)
    for position, stage in enumerate(part.stages):
        fields = {
            "name": stage.name,
            "category": stage.category,
            "position": position,
            "likelihood": stage.likelihood,
            "active": is_open(stage.category),
        }
        roster.add_stage(db, pipeline_id, fields, now)


def _pool(db: Writer, part: PoolPart, now: str) -> None:
    pool_id = roster.add_pool(db, part.of, part.name, now)
    for email in part.members:
        roster.join_pool(db, pool_id, _user(db, email, None, now), now)
