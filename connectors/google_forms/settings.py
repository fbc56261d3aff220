"""The settings of a Google Forms source."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from connectors.google.settings import GoogleConfig

PAGE = 5_000


class GoogleFormsConfig(GoogleConfig):
    """Which form to read, and how far back."""

    form: str = Field(min_length=1, description="The form's id, or the address under which it is edited")
    overlap: float = Field(300, ge=0, description="Seconds that a read reaches back before the last one's beginning")
    filtered: bool = Field(True, description="Ask for what was sent since the last read; false reads all each time")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Responses in one call")
    reads_per_minute: float = Field(180, gt=0, description="Calls a minute that the vendor allows a user")

    @field_validator("form")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        if "/forms/d/e/" in value or "forms.gle" in value:
            raise ValueError("is the address under which the form is filled in; give that of editing it: …/d/ID/edit")
        found = re.search(r"/forms/d/([\w-]+)", value)
        form = found[1] if found else value
        if not re.fullmatch(r"[\w-]+", form):
            raise ValueError("is no form's id; it stands in the address of editing it between /d/ and /edit")
        return form
