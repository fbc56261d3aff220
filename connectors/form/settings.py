"""Settings of a capture form."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.connector import ConnectorConfig
from connectors.form.wording import KNOWN, LINE, PARAGRAPH, SAID, Kind, Language, said

Text: TypeAlias = str | dict[Language, str]
"""One text for all, or one for each language."""

_OWN_NAMES = frozenset({"consent", "consent_text", "language", "submitted_at", "stamp", "lang"})
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def in_language(text: Text, language: Language) -> str:
    """Give a text in a language, or else in the other one."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "https" and parts.hostname:
        return text
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return text
    raise ValueError("an address that starts with https:// is expected")


def _origin(text: str) -> str:
    parts = urlsplit(_web_address(text))
    if parts.path not in {"", "/"} or parts.query or parts.fragment or any(sign in text for sign in " ;,*'\""):
        raise ValueError("an origin is expected, such as https://www.example.com")
    return f"{parts.scheme}://{parts.netloc}"


WebAddress: TypeAlias = Annotated[str, AfterValidator(_web_address)]
Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]


class Question(BaseModel):
    """One question of a form: `{name, label, type, choices}`, or just the name of one that forms know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    label: Text | None = None
    type: Kind | None = None
    choices: tuple[str, ...] = ()
    required: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Question:
        if self.name in _OWN_NAMES or self.name.startswith("utm_"):
            raise ValueError(f"{self.name} is a name that the form needs for itself; take another")
        if self.label is None and self.name not in KNOWN:
            raise ValueError(f"{self.name} needs a label; without one a form knows {', '.join(KNOWN)}")
        if (self.kind == "choice") is not bool(self.choices):
            raise ValueError(f'{self.name}: choices belong to type = "choice", and that to choices')
        return self

    @property
    def kind(self) -> Kind:
        """What kind of answer is asked for."""
        known = KNOWN[self.name].kind if self.name in KNOWN else "text"
        return self.type or ("choice" if self.choices else known)

    @property
    def longest(self) -> int:
        """How many characters an answer may have."""
        return PARAGRAPH if self.kind == "long" else LINE

    def asked(self, language: Language) -> str:
        """Give its label."""
        if self.label is not None:
            return in_language(self.label, language)
        known = KNOWN[self.name]
        return known.zh if language == "zh" else known.en

    @property
    def autocomplete(self) -> str:
        """By which browsers fill it in."""
        return KNOWN[self.name].autocomplete if self.name in KNOWN else "off"


class FormConfig(ConnectorConfig):
    """Settings of a form source."""

    fields: tuple[Question, ...] = Field(
        tuple(Question(name=name) for name in ("first_name", "last_name", "email", "company", "phone", "message")),
        min_length=1,
        max_length=40,
        description="Questions in their order: names, or {name, label, type, choices, required}",
    )
    required: tuple[str, ...] = Field(("last_name", "email"), description="Names of the fields that must be filled in")
    title: Text = Field(dict(SAID["title"]), description="Heading of the form: a text, or {en, zh}")
    intro: Text | None = Field(None, description="What stands above the questions")
    button: Text = Field(dict(SAID["button"]), description="What stands on the button")
    thanks: Text = Field(dict(SAID["thanks"]), description="What is said once it is sent")
    thanks_url: WebAddress | None = Field(None, description="Page of yours to go to once it is sent")
    consent: Text | None = Field(None, description="Label of a box to tick for e-mail; left out: there is no box")
    consent_required: bool = Field(False, description="Whether the box must be ticked")
    privacy_url: WebAddress | None = Field(None, description="Your privacy notice, linked above the button")
    language: Language = Field("en", description="Language where the visitor's browser asks for neither: en or zh")
    min_seconds: float = Field(2, ge=0, le=60, description="Seconds that a person needs at least to fill it in")
    max_hours: float = Field(24, gt=0, le=720, description="Hours after which the page is too old to be sent")
    per_hour: int = Field(60, gt=0, description="How often an hour one address may send it")
    allowed_origins: tuple[Origin, ...] = Field((), description="Sites that may embed it in a frame, as https://…")
    secret: SecretStr | None = Field(None, description="Signs the pages; left out: form.key in the hub's home")

    @field_validator("fields", mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        return (
            [{"name": each} if isinstance(each, str) else each for each in given] if isinstance(given, list) else given
        )

    @model_validator(mode="after")
    def _fits(self) -> FormConfig:
        names = [question.name for question in self.fields]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"fields: {twice} is asked twice")
        usual = "required" not in self.model_fields_set
        if not usual and (odd := next((name for name in self.required if name not in names), None)):
            raise ValueError(f"required: {odd} is none of the fields {', '.join(names)}")
        return self

    def needs(self, question: Question) -> bool:
        """Whether a question must be answered."""
        return question.required or question.name in self.required

    def says(self, key: Literal["title", "button", "thanks"], language: Language) -> str:
        """Give a text of the form in a language."""
        text: Text = getattr(self, key)
        return in_language(text, language) or said(key, language)
