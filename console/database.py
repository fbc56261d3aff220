"""`sellhub db`: bring the database to the current schema, check that what is stored holds together."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import cyclopts
from cyclopts import Parameter

from console.setting_up import tell_findings
from console.telling import progress, tell, tell_json, tell_next

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]

app = cyclopts.App(
    name="db", help="The database: upgrade, check.", result_action="return_value", help_format="plaintext"
)


@app.command
def upgrade(*, json: Flag = False) -> None:
    """Bring the database to the schema of this version; every other command does it, too, at its first use.

    Args:
        json: Print one object.
    """
    from hub import database

    done = database.upgrade()
    if json:
        tell_json({"before": done.before, "after": done.after})
        return
    was = f"was at {done.before}" if done.before else "was empty"
    tell(f"schema {done.after}: current already" if done.before == done.after else f"schema {done.after}: it {was}")
    tell_next("sellhub db check")


@app.command
def check(*, json: Flag = False) -> int:
    """Check integrity: sums, links, people, pools, the file itself. Each finding names ids and a way out.

    Args:
        json: Print one array with an object per finding.
    """
    from hub.database import examine
    from hub.opening import open_hub

    with open_hub() as hub, progress("checking the database"):
        findings = examine(hub)
    return tell_findings(findings, json=json)
