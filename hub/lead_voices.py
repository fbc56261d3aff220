"""What lead mappings say of contacts: the records of people who were leads go on speaking in a lead's terms."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.batch import Entity, Resolved
from hub.custom_values import draft_today
from sell_model.conversion import Customs, as_contact
from sell_model.survivorship import Contribution
from storage.custom_fields import changed_fields, custom_fields
from storage.hot import Writer


def customs_between(db: Writer, record_type: str) -> Customs:
    """Read which custom fields of leads go on to those of contacts or deals."""
    return Customs.between(custom_fields(db, "lead"), record_type, custom_fields(db, record_type))


@dataclass(slots=True)
class LeadVoices:
    """Turns lead drafts that feed contacts into what they say of these, within one transaction."""

    db: Writer
    _customs: list[Customs] = field(default_factory=list)

    def hear(self, entity: Entity, voices: list[tuple[Contribution, Resolved]]) -> None:
        """Let each lead's draft speak as a contact's; a pool of leads that it names deals out no contact."""
        for contribution, resolved in voices:
            if contribution.draft.record_type == "lead":
                resolved.pool_id = None
                draft = contribution.draft
                if "custom_fields" in draft.fields and (changes := changed_fields(self.db, "lead")):
                    draft = draft_today(draft, changes)
                contribution.draft = as_contact(draft, self._contacts(), is_organization=entity.is_company)

    def _contacts(self) -> Customs:
        if not self._customs:
            self._customs.append(customs_between(self.db, "contact"))
        return self._customs[0]
