"""The YAML language of mappings, as models: every key that a file may hold. See docs/mapping-language.md.

A plain path is short for `{from: path}`; the models here hold the long form only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mappings.steps import all_steps
from sell_model.custom_fields import CustomType as CustomType
from sell_model.draft import JsonObject, LookupKind, RecordType

ADDRESS_PARTS = ("line1", "city", "postal_code", "state", "country")


class Language(BaseModel):
    """What all parts of a mapping file share: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class _Short(Language):
    """A part that may be written short; its JSON Schema says so."""

    @classmethod
    def _short_forms(cls) -> list[JsonSchemaValue]:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core_schema))
        long = dict(whole)
        whole.clear()
        whole["anyOf"] = [*cls._short_forms(), long]
        return whole


class StepUse(Language):
    """A step in a field's `steps`: its name, or its name with options."""

    name: str
    options: Any = None
    """An object of options by name, or the value of the step's main option; None: none stated."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        if isinstance(data, dict) and len(data) == 1:
            ((name, options),) = data.items()
            return {"name": name, "options": options}
        raise ValueError("a step is a name, or one name with its options: {phone: {region: US}}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        steps = all_steps()
        with_options = {
            name: {"description": step.summary} for name, step in steps.items() if step.options.model_fields
        }
        return {
            "anyOf": [
                {"enum": list(steps)},
                {
                    "type": "object",
                    "properties": with_options,
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ]
        }


class SourceSpec(Language):
    """One of several sources, with steps of its own."""

    from_: str = Field(alias="from", description="Path of the value")
    steps: list[StepUse] = Field([], description="Steps that only this source's value passes through")
    stream: str | None = Field(None, description="Of a reference: the stream whose id this source's value is")


Sources: TypeAlias = Annotated[
    list[str | SourceSpec],
    BeforeValidator(lambda data: data if isinstance(data, list) else [data]),
    WithJsonSchema({"type": ["string", "array", "object"]}),
]
"""One path, one source with steps, or several of either."""


class LookupSpec(_Short):
    """What kind of thing a value refers to, and of which of the source's streams."""

    kind: LookupKind = Field(description="What the value refers to")
    stream: str | None = Field(None, description="The source's stream whose id the value is")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"kind": data} if isinstance(data, str) else data

    @classmethod
    def _short_forms(cls) -> list[JsonSchemaValue]:
        return [{"enum": list(get_args(LookupKind))}]


class FieldSpec(_Short):
    """Where one field's value comes from, and what happens to it on the way, in the order of the keys."""

    from_: Sources = Field([], alias="from", description="Path of the value, or several: the first that is there")
    const: Any = Field(None, description="Always this value, whatever the record holds")
    steps: list[StepUse] = Field([], description="Steps that the value passes through, in order")
    values: dict[str, str | int | float | bool | None] = Field(
        {}, description="Table from source value, as text, to value; null leaves the field empty"
    )
    values_any_case: bool = Field(False, description="Compare with the table without regard to capitals")
    otherwise: str | dict[str, Any] | None = Field(
        None,
        description="For a value that is there but not listed or not found: hold, keep, leave, create, wait, "
        "{value: X}, {pool: NAME}, {user: EMAIL}, {stage: NAME}",
    )
    default: Any = Field(None, description="The value where the source has none")
    lookup: LookupSpec | None = Field(None, description="What the value refers to")
    type: CustomType | None = Field(None, description="Type of a custom field; string when not said")
    choices: list[str] = Field([], description="What a custom field of type list or multi_select_list holds")
    only_with: list[str] = Field([], description="Feed this field only where one of these was fed")
    only_without: list[str] = Field([], description="Feed this field only where none of these was fed")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"from": data} if isinstance(data, str | list) else data

    @classmethod
    def _short_forms(cls) -> list[JsonSchemaValue]:
        return [{"type": "string"}, {"type": "array", "items": {"type": ["string", "object"]}}]


class AddressSpec(Language):
    """An address, part by part."""

    line1: FieldSpec | None = Field(None, description="Street and number")
    city: FieldSpec | None = None
    postal_code: FieldSpec | None = None
    state: FieldSpec | None = Field(None, description="State or region")
    country: FieldSpec | None = None
    type: Literal["address"] | None = Field(None, description="Said where a custom field is an address")

    def parts(self) -> dict[str, FieldSpec]:
        """Give the parts that are fed."""
        found = {name: getattr(self, name) for name in ADDRESS_PARTS}
        return {name: spec for name, spec in found.items() if spec is not None}


class ChildrenSpec(Language):
    """A list of things inside the record, each of which becomes a child: a pipeline's stages."""

    each: str = Field(description="Path of the list; @ takes the record itself as its one element")
    id: FieldSpec | None = Field(None, description="The child's own id at the source")
    only_if: str | None = Field(None, description="Which elements become children")
    fields: dict[str, FieldEntry] = Field(description="The child's fields; paths begin at the element")


def _form(data: Any) -> str:
    if isinstance(data, ChildrenSpec | AddressSpec | FieldSpec):
        return {ChildrenSpec: "each", AddressSpec: "address"}.get(type(data), "field")
    if isinstance(data, dict):
        if "each" in data:
            return "each"
        if not data.keys().isdisjoint(ADDRESS_PARTS):
            return "address"
    return "field"


FieldEntry: TypeAlias = Annotated[
    Annotated[FieldSpec, Tag("field")] | Annotated[AddressSpec, Tag("address")] | Annotated[ChildrenSpec, Tag("each")],
    Discriminator(_form),
]
"""What may stand for one name under `fields`."""

CustomEntry: TypeAlias = Annotated[
    Annotated[FieldSpec, Tag("field")] | Annotated[AddressSpec, Tag("address")], Discriminator(_form)
]
"""What may stand for one name under `custom_fields`."""


class Example(Language):
    """A source record and what must become of it; `map check` runs it."""

    given: JsonObject = Field(description="A source record, or the part of it that matters")
    expect: JsonObject | None = Field(None, description="Fields and references that the draft must hold")
    expect_held: list[str] | None = Field(None, description="The record is held for exactly these fields")
    expect_skipped: bool = Field(False, description="only_if leaves the record out")


class MappingSpec(Language):
    """A whole mapping file: from one stream of a source to one record type."""

    from_: str = Field(
        alias="from", pattern=r"^[^.\s]+\.[^.\s]+$", description="Connector and stream: hubspot.contacts"
    )
    to: RecordType = Field(description="The record type that is fed")
    id: FieldSpec | None = Field(None, description="Path of the record's id; the connector knows it by itself")
    updated_at: FieldSpec | None = Field(None, description="The source's own time of change")
    only_if: str | None = Field(None, description="JMESPath: which records this mapping takes")
    columns: Literal["exact", "any_case"] = Field(
        "exact", description="any_case: top-level keys match without regard to capitals and blanks"
    )
    fields: dict[str, FieldEntry] = Field(description="The record type's fields and references")
    custom_fields: dict[str, CustomEntry] = Field({}, description="Custom fields by name")
    outside_ids: dict[str, FieldSpec] = Field(
        {}, description="Ids that the record bears in other systems, by system.stream"
    )
    examples: list[Example] = Field([], description="Records and what must become of them")
    notes: list[str] = Field([], description="What this mapping does not keep, said by map check")


ChildrenSpec.model_rebuild()
MappingSpec.model_rebuild()

KEYS: frozenset[str] = frozenset(
    info.alias or name
    for model in (MappingSpec, FieldSpec, SourceSpec, AddressSpec, ChildrenSpec, LookupSpec, Example)
    for name, info in model.model_fields.items()
)
"""Every key of the language."""
