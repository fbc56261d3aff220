"""`sellhub init` and `sellhub doctor`: a hub.toml to start from, and whether everything is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from console.main import DONE, FAILED
from console.telling import progress, tell, tell_json, tell_next

if TYPE_CHECKING:
    from hub.findings import Finding

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]


def init(*, force: Flag = False) -> int:
    """Write a hub.toml to start from: two sample users in a pool, and every kind of source, commented out.

    Args:
        force: Replace the one that is there.
    """
    from hub.settings import home_folder
    from hub.starting import write_settings

    path = write_settings(home_folder(), force=force)
    tell(f"wrote {path}: two sample users, the pool Inbound, and a section for each kind of source")
    tell("put your own people in, and take the # off the sources that you have")
    tell_next("sellhub doctor", "sellhub import leads.csv --pool Inbound --dry-run")
    return DONE


def doctor(*, offline: Flag = False, json: Flag = False) -> int:
    """Check settings, secrets, database, disk, pools, sources (live), mappings and the Prefect server.

    Args:
        offline: Leave out what calls vendors and servers.
        json: Print one array with an object per finding.
    """
    from hub.doctor import examine

    with progress("looking at everything"):
        findings = examine(offline=offline)
    return tell_findings(findings, json=json)


def tell_findings(findings: Sequence[Finding], *, json: bool) -> int:
    """Tell findings line by line, and their sum; gives the exit code."""
    failed = sum(finding.level == "FAIL" for finding in findings)
    if json:
        tell_json([finding.to_json() for finding in findings])
    else:
        for finding in findings:
            tell(f"{finding.level:<5} {finding.text}" + (f"   fix: {finding.fix}" if finding.fix else ""))
        warned = sum(finding.level == "WARN" for finding in findings)
        tell(f"{failed} failed, {warned} warned, {len(findings) - failed - warned} ok")
    return FAILED if failed else DONE
