"""What a check found: whether it holds, and the way out where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from connectors.errors import ConnectorError
from sell_model.errors import HubError
from sell_model.types import JsonObject

Level: TypeAlias = Literal["ok", "WARN", "FAIL"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor` or `db check`."""

    level: Level
    text: str
    fix: str = ""
    ids: tuple[str, ...] = ()
    """Of the rows concerned, as far as they are listed."""

    def to_json(self) -> JsonObject:
        """Give the object that `--json` prints."""
        data: JsonObject = {"level": self.level, "text": self.text, "fix": self.fix}
        return {**data, "ids": list(self.ids)} if self.ids else data


def failed(what: str, error: HubError | ConnectorError) -> Finding:
    """Make the finding of a check that ended in an error."""
    return Finding("FAIL", f"{what}: {error}" if what else str(error), error.fix)


def any_failed(findings: Iterable[Finding]) -> bool:
    """Whether anything must be put right."""
    return any(finding.level == "FAIL" for finding in findings)
