"""The JSON Schema of mapping files, for editors: made from the models, so that it cannot lag behind."""

from __future__ import annotations

from mappings.language import MappingSpec
from sell_model.draft import JsonObject


def json_schema() -> JsonObject:
    """Give the schema (draft 2020-12) of a mapping file, installed steps included."""
    schema = MappingSpec.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Sell Hub mapping",
    }
