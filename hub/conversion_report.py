"""What a conversion came to, in words and in the JSON that others script against."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sell_model.conversion import Left
from sell_model.types import JsonObject
from storage.conversions import ConversionRow


@dataclass(slots=True)
class Converted:
    """What a conversion came to."""

    lead: int
    person: int | None = None
    company: int | None = None
    deal: int | None = None
    carried: list[str] = field(default_factory=list)
    """Fields and things of the lead that stand in what it became."""
    left: list[Left] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    """Which of `person`, `company`, `deal` were made; the others were there."""
    already: bool = False
    """It was converted before: nothing was done now."""

    def to_json(self) -> JsonObject:
        """Give the object that `lead convert --json` prints."""
        return {**asdict(self), "left": [{"field": each.field, "why": each.why} for each in self.left]}


@dataclass(frozen=True, slots=True)
class Refused:
    """A lead of several that was not converted, and why."""

    lead: int
    text: str
    fix: str

    def to_json(self) -> JsonObject:
        """Give the object that stands in its place in a list of conversions."""
        return {"lead": self.lead, "error": self.text, "fix": self.fix}


def as_before(known: ConversionRow) -> Converted:
    """Give the answer of a conversion that was done before, again."""
    said = known.details
    return Converted(
        known.lead_id,
        known.individual_id,
        known.organization_id,
        known.deal_id,
        list(said.get("carried", ())),
        [Left(*each) for each in said.get("left", ())],
        list(said.get("warnings", ())),
        list(said.get("new", ())),
        already=True,
    )
