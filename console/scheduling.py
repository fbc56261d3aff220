"""`sellhub deploy` and `sellhub up`: syncs on their schedules, by Prefect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.telling import note, tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from flows.deploying import Deployed

PREFECT_PORT = 4200


def deploy(*, dry_run: bool = False, json: bool = False) -> None:
    """Schedule every sync of hub.toml with Prefect.

    Makes a deployment for each source with its `schedule` (cron, UTC), one that watches for late
    runs, the work pool `sell-hub`, and a limit of one run at a time for each vendor account. Run it
    again after a change of hub.toml.

    Parameters
    ----------
    dry_run
        Say what would be made, changed, removed; change nothing.
    json
        Print a JSON array.
    """
    from flows import environment
    from hub.settings import home_folder

    home = home_folder()
    environment.settle(home)
    from flows import deploying

    done = deploying.deploy(home, dry_run=dry_run)
    if json:
        tell_json([one.to_json() for one in done])
        return
    _tell_deployed(done)
    tell("nothing was changed" if dry_run else f"{len(done)} deployments stand in the work pool {deploying.POOL}")
    tell_next("sellhub deploy" if dry_run else f"prefect worker start --pool {deploying.POOL}")


def up(*, port: int = PREFECT_PORT) -> None:
    """Run a Prefect server and a worker together, with every sync of hub.toml deployed; Ctrl-C ends both.

    Parameters
    ----------
    port
        Where the server listens, on this machine alone.
    """
    from flows import environment
    from hub.settings import home_folder

    home = home_folder()
    environment.settle(home)
    from flows import up as running

    note(f"starting a Prefect server and a worker; their logs: {environment.prefect_folder(home)}")
    try:
        running.up(home, port, _ready)
    except KeyboardInterrupt:
        note("server and worker stopped")


def _ready(url: str, deployed: list[Deployed]) -> None:
    _tell_deployed(deployed)
    tell(f"Prefect is at {url}; a worker takes what is due. Ctrl-C ends both.")
    tell_next("sellhub run list")


def _tell_deployed(deployed: list[Deployed]) -> None:
    tell_table(
        ("deployment", "schedule (UTC)", "action"),
        [(one.name, one.schedule or "none: by hand", one.action) for one in deployed],
    )
