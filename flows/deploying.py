"""From hub.toml to Prefect: a deployment for every source, a work pool, a limit for every account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, PrefectHTTPStatusError

from flows.serving import connected, known_server
from flows.wanted import Wanted, wanted_deployments
from hub.quota import accounts
from hub.settings import Settings, read_settings
from sell_model.errors import SetupError

POOL = "sell-hub"
TAG = "sell-hub"
_AT_MOST = 200
"""Deployments that Prefect lists at a time."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What became, or would become, of one deployment."""

    name: str
    schedule: str | None
    action: Literal["create", "update", "remove"]

    def to_json(self) -> dict[str, str | None]:
        """Give the object that `sellhub deploy --json` prints."""
        return {"deployment": self.name, "schedule": self.schedule, "action": self.action}


def deploy(home: Path, *, dry_run: bool = False) -> list[Deployed]:
    """Make Prefect's deployments what hub.toml says; those of sources that are gone are removed.

    Raises:
        SetupError: no server, no sources, or a schedule that is none; what was there stays.
    """
    settings = read_settings(home)
    wanted = wanted_deployments(home, settings)
    with _client(home) as client:
        there, others = _ours_and_others(client, home)
        _refuse_taken(wanted, others)
        plan = planned(wanted, list(there))
        if not dry_run:
            _prepare(client, settings)
            for one in wanted:
                _put(client, one)
            for gone in plan:
                if gone.action == "remove":
                    client.delete_deployment(there[gone.name].id)
        return plan


def planned(wanted: list[Wanted], there: list[str]) -> list[Deployed]:
    """Compare what is wanted with what is there."""
    kept = [Deployed(w.full_name, w.schedule, "update" if w.full_name in there else "create") for w in wanted]
    names = {one.name for one in kept}
    return kept + [Deployed(name, None, "remove") for name in there if name not in names]


@contextmanager
def _client(home: Path) -> Iterator[SyncPrefectClient]:
    url = known_server(home)
    if url is None:
        raise SetupError(
            "no Prefect server is known to this hub",
            fix="sellhub up starts one and deploys; or point to yours: export PREFECT_API_URL=http://HOST:4200/api",
        )
    try:
        with connected(url), get_client(sync_client=True) as client:
            yield client
    except httpx.TransportError as error:
        raise SetupError(f"the Prefect server at {url} cannot be reached", fix="check PREFECT_API_URL") from error
    except PrefectHTTPStatusError as error:
        raise SetupError(
            f"the Prefect server at {url} refused: HTTP {error.response.status_code}",
            fix="check PREFECT_API_KEY and that the server is of Prefect 3",
        ) from error


def _prepare(client: SyncPrefectClient, settings: Settings) -> None:
    with suppress(ObjectAlreadyExists):  # whoever changed it meant it
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", description="Syncs of the Sell Hub"))
    for name in sorted(set(accounts(settings).values())):
        client.upsert_global_concurrency_limit_by_name(name, 1)


def _put(client: SyncPrefectClient, wanted: Wanted) -> None:
    client.create_deployment(
        flow_id=client.create_flow_from_name(wanted.flow.name),
        name=wanted.name,
        entrypoint=wanted.entrypoint,
        parameters=wanted.parameters,
        schedules=wanted.schedules(),
        description=wanted.description,
        tags=[TAG],
        work_pool_name=POOL,
        # A run that is due while the last one still goes on has nothing to add: that one reads it all.
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        parameter_openapi_schema=wanted.flow.parameters.model_dump(exclude_unset=True),
        enforce_parameter_schema=True,
        pull_steps=[],
    )


def _ours_and_others(
    client: SyncPrefectClient, home: Path
) -> tuple[dict[str, DeploymentResponse], dict[str, DeploymentResponse]]:
    """List this hub's deployments by name, and those of other hubs on the same server."""
    found: list[DeploymentResponse] = []
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    while page := client.read_deployments(deployment_filter=tagged, limit=_AT_MOST, offset=len(found)):
        found += page
    named = {f"{client.read_flow(one.flow_id).name}/{one.name}": one for one in found}
    ours = {name: one for name, one in named.items() if (one.parameters or {}).get("home") == str(home)}
    return ours, {name: one for name, one in named.items() if name not in ours}


def _refuse_taken(wanted: list[Wanted], others: dict[str, DeploymentResponse]) -> None:
    for one in wanted:
        if other := others.get(one.full_name):
            raise SetupError(
                f"{one.full_name} is the deployment of the hub in {(other.parameters or {}).get('home')}",
                fix="name the source otherwise, or give this hub a Prefect server of its own",
            )
