"""Our requests and the stand-in's answers against Google's own discovery document."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from connectors.google_forms.connector import SCOPES, GoogleForms
from connectors.google_forms.settings import GoogleFormsConfig
from sandbox.google_forms import GoogleFormsSandbox
from tests.conftest import SHARED, needs_shared

pytestmark = needs_shared


def contract() -> dict[str, Any]:
    """The vendor's description of the API."""
    found: dict[str, Any] = json.loads((SHARED / "contracts" / "google" / "forms.v1.json").read_text())
    return found


def methods() -> dict[str, dict[str, Any]]:
    """The two methods that are called, by their ids."""
    forms = contract()["resources"]["forms"]
    return {each["id"]: each for each in (forms["methods"]["get"], forms["resources"]["responses"]["methods"]["list"])}


def test_every_request_is_one_that_google_describes() -> None:
    """Paths, query parameters, and the two filters that there are."""
    with GoogleFormsSandbox() as vendor:
        config = GoogleFormsConfig.model_validate({**vendor.settings(), "reads_per_minute": 1e6, "page_size": 5})
        with GoogleForms(config) as forms:
            forms.check()
            forms.discover("responses")
            cursor = list(forms.pull("responses", None))[-1].cursor
            list(forms.pull("responses", cursor))
        calls = [call for call in vendor.calls if call.path != "/token"]

    known = {re.sub(r"\{\w+\}", "[^/]+", "/" + each["flatPath"]): each["parameters"] for each in methods().values()}
    filters = set()
    for call in calls:
        parameters = next(found for pattern, found in known.items() if re.fullmatch(pattern, call.path))
        query = dict(parse_qsl(call.query))
        assert query.keys() <= parameters.keys()
        filters |= {query["filter"]} if "filter" in query else set()
    assert filters
    assert all(re.fullmatch(r"timestamp >= \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each) for each in filters)


def test_the_rights_asked_for_are_enough_for_every_call() -> None:
    """One of the scopes that Google lists for each."""
    ours = {f"https://www.googleapis.com/auth/{scope}" for scope in SCOPES}

    assert all(ours & set(each["scopes"]) for each in methods().values())


def unknown(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """List what an answer holds that its schema does not name, or names with another type."""
    schema = contract()["schemas"][schema["$ref"]] if "$ref" in schema else schema
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    if not isinstance(value, kinds[schema["type"]]):
        return [f"{at}: {value!r} is no {schema['type']}"]
    if isinstance(value, list):
        return [fault for each in value for fault in unknown(each, schema["items"], at)]
    if not isinstance(value, dict):
        return [] if value in schema.get("enum", [value]) else [f"{at}: {value!r}"]
    faults = []
    for key, each in value.items():
        part = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
        faults += unknown(each, part, f"{at}/{key}") if part else [f"{at}/{key} is not described"]
    return faults


def test_the_stand_ins_form_and_responses_are_as_google_describes_them() -> None:
    """A stand-in is only as good as its doubts."""
    vendor = GoogleFormsSandbox()
    form = {"info": {"title": vendor.title}, "items": vendor.items}

    assert unknown(form, {"$ref": "Form"}) == []
    assert unknown({"responses": vendor.responses, "nextPageToken": "a"}, {"$ref": "ListFormResponsesResponse"}) == []
