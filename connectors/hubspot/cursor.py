"""The cursor of an object type: `{"mark", "bin", "step", "swept"}`.

`mark` says where changes are read from, `bin` what is known of archived records, `swept` when all was last
read whole, and `step` is the walk under way: None between reads. A reader may be killed after any page and
goes on from its cursor.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

from connectors.connector import Cursor
from connectors.errors import SetupError
from connectors.hubspot.mark import Mark

StepName = Literal["list", "search", "sweep", "relations"]


@dataclass(slots=True)
class Step:
    """One walk over many pages.

    Attributes:
        began: epoch milliseconds, fixed before the walk's first call.
        place: HubSpot's `after`, or for a search the last id read; None: not begun.
        read: records counted for the proof.
        left: how many the last page said were still to come; None: it did not say.
        doubt: fewer were left than there should have been.
    """

    name: StepName
    began: int
    place: str | None = None
    read: int = 0
    left: int | None = None
    doubt: bool = False


@dataclass(slots=True)
class Bin:
    """What is known of archived records: when they were last swept, how many there were.

    Attributes:
        swept: epoch milliseconds; None: never.
    """

    mark: Mark = field(default_factory=Mark)
    swept: int | None = None
    count: int = 0


@dataclass(slots=True)
class Progress:
    """How far a type has been read.

    Attributes:
        swept: when the last walk over all records began, which sees what touches no time of change; epoch
            milliseconds. None: a cursor of a release that did not sweep.
    """

    mark: Mark = field(default_factory=Mark)
    bin: Bin = field(default_factory=Bin)
    step: Step | None = None
    swept: int | None = None

    @classmethod
    def of(cls, cursor: Cursor) -> Progress:
        """Read a cursor that `written` made.

        Raises:
            SetupError: it is none of ours.
        """
        try:
            kept = dict(cursor["bin"])
            step = Step(**cursor["step"]) if cursor["step"] else None
            bin_ = Bin(**kept | {"mark": Mark.of(kept["mark"])})
            return cls(Mark.of(cursor["mark"]), bin_, step, cursor.get("swept"))
        except (KeyError, TypeError, ValueError) as error:
            raise SetupError("HubSpot: the stored cursor cannot be read", fix="sync with --full") from error

    def written(self) -> Cursor:
        """Write the cursor: JSON, a copy."""
        return asdict(self)
