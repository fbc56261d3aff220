"""Smart links: a URL with places for a record's fields, such as `https://maps.example/?q={{ email }}`.

A template is Jinja2's, of which only `{{ field }}`, `{{ custom_fields["Name"] }}` and `{{ address["city"] }}`
are let in: no logic, no filters, no calls, no attributes. Whatever a record holds, it can only fill a place
behind the host: values are percent-encoded, and the host is literal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sell_model.types import Address

LONGEST = 2_000
"""Characters of a template, and of a link: what every browser and server still takes."""

CUSTOM, ADDRESS = "custom_fields", "address"
_GROUPS = {CUSTOM, ADDRESS, "billing_address", "shipping_address"}
"""Fields that hold several values: each is named in brackets."""
_ADDRESS_PARTS = tuple(Address.model_fields)
_HOST = re.compile(r"https://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?(?P<rest>[/?#]|\Z)")
_UNFIT = re.compile(r"[\s\\<>\"^`|\x00-\x1f\x7f]")
_HALF_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Getattr: 'an attribute: write custom_fields["Name"] for a field\'s part',
    nodes.Call: "a call",
    nodes.Filter: "a filter: values are encoded as they are",
    nodes.For: "a loop",
    nodes.If: "a condition",
    nodes.CondExpr: "a condition",
    nodes.Include: "an include",
    nodes.Import: "an import",
    nodes.FromImport: "an import",
    nodes.Extends: "an extends",
    nodes.Macro: "a macro",
    nodes.Assign: "an assignment",
    nodes.Const: "a constant: write it as text",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """What a template may name: fields of the record type, and the custom fields that are defined for it."""

    plain: frozenset[str]
    custom: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is for one record."""

    name: str
    url: str | None
    """None: it is disabled for this record."""
    why: str = ""
    """Why it is disabled."""


def faults(template: str, fields: Fields) -> list[str]:
    """Say all that is wrong with a template; an empty list: it can be kept."""
    if len(template) > LONGEST:
        return [f"it has {len(template):,} characters; at most {LONGEST:,} are taken"]
    try:
        tree = _environment().parse(template)
        found = [*_forbidden(tree), *_unknown(tree, fields), *_misplaced(tree)]
    except TemplateSyntaxError as error:
        return [f"not a template: {error.message}"]
    except RecursionError:
        return ["not a template: it is nested too deeply"]
    return list(dict.fromkeys(found))


def _forbidden(tree: nodes.Template) -> Iterator[str]:
    """Name what is more than fields in their places."""
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            yield f"it may hold fields only, not {_word(node)}"
            continue
        for part in node.nodes:
            if not (isinstance(part, (nodes.TemplateData, nodes.Name)) or _part_of(part)):
                yield f"it may hold fields only, not {_word(part)}"


def _word(node: nodes.Node) -> str:
    return _WORDS.get(type(node), f"{type(node).__name__.lower()!r}")


def _part_of(node: nodes.Node) -> tuple[str, str] | None:
    """Read `group["part"]`; None: it is something else."""
    if (
        isinstance(node, nodes.Getitem)
        and isinstance(node.node, nodes.Name)
        and node.node.name in _GROUPS
        and isinstance(node.arg, nodes.Const)
        and isinstance(node.arg.value, str)
    ):
        return node.node.name, node.arg.value
    return None


def _unknown(tree: nodes.Template, fields: Fields) -> Iterator[str]:
    """Name fields that the record type does not have, each with the nearest one."""
    groups = _GROUPS & fields.plain
    # Not by jinja2.meta: it compiles, and so computes, what a hostile template multiplies.
    for name in sorted({node.name for node in tree.find_all(nodes.Name)}):
        if name not in fields.plain:
            yield f"no field is called {name!r}{_near(name, fields.plain, fields.custom)}"
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            if isinstance(part, nodes.Name) and part.name in groups:
                example = "Name" if part.name == CUSTOM else "city"
                yield f'{part.name} holds several values: name one of them, as {part.name}["{example}"]'
            elif found := _part_of(part):
                yield from _unknown_part(*found, fields)


def _unknown_part(group: str, part: str, fields: Fields) -> Iterator[str]:
    known: Collection[str] = fields.custom if group == CUSTOM else _ADDRESS_PARTS
    if group in fields.plain and part not in known:
        what = "no custom field" if group == CUSTOM else f"no part of {group}"
        yield f"{what} is called {part!r}{_near(part, known)}"


def _near(name: str, known: Collection[str], custom: Collection[str] = ()) -> str:
    as_custom = {each.casefold().replace(" ", "_"): each for each in custom}
    if name.casefold() in as_custom:
        return f'; a custom field is written custom_fields["{as_custom[name.casefold()]}"]'
    near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
    return f"; nearest: {near[0]!r}" if near else f"; known: {', '.join(sorted(known)[:12]) or 'none'}"


def _misplaced(tree: nodes.Template) -> Iterator[str]:
    """Say where the URL is not one, or a field could reach the scheme or the host."""
    parts = [part for node in tree.find_all(nodes.Output) for part in node.nodes]
    text = "".join(part.data for part in parts if isinstance(part, nodes.TemplateData))
    if not text.isascii() or _UNFIT.search(text):
        yield "a URL has no blanks, quotes, backslashes or letters beyond ASCII: write them percent-encoded"
    if any(_HALF_CODE.search(part.data) for part in parts if isinstance(part, nodes.TemplateData)):
        yield "a % has two hexadecimal digits behind it: a field could complete it; write the sign itself as %25"
    first = parts[0].data if parts and isinstance(parts[0], nodes.TemplateData) else ""
    if not first.startswith("https://"):
        yield "it must begin with https://, written out"
        return
    host = _HOST.match(first)
    if host is None:
        yield "the host must be written out: letters, digits, dots and hyphens, no user name before it"
    elif not host["rest"] and len(parts) > 1:
        yield "a field may not be part of the host: put a / behind it"


def fill(name: str, template: str, values: Mapping[str, Any]) -> Link:
    """Make a record's link of a template that `faults` found nothing wrong with.

    Args:
        values: by field; a list becomes words with commas between.
    """
    tree = _environment().parse(template)
    if any(_forbidden(tree)):
        return Link(name, None, "its template holds more than fields")
    needed = [part for node in tree.find_all(nodes.Output) for part in node.nodes if not _is_text(part)]
    for part in needed:
        shown, value = _value_of(part, values)
        if value in (None, "", [], {}):
            return Link(name, None, f"{shown} is empty")
        if isinstance(value, Mapping):
            return Link(name, None, f"{shown} holds several values")
    url = _environment().from_string(tree).render(values)
    if len(url) > LONGEST:
        return Link(name, None, f"it would have {len(url):,} characters; at most {LONGEST:,} are taken")
    path = unquote(urlsplit(url).path).replace("\\", "/")  # as servers read it that decode before they look
    if not {".", ".."}.isdisjoint(path.split("/")):
        return Link(name, None, "a value of dots would lead to another place of the site")
    return Link(name, url)


def _is_text(part: nodes.Node) -> bool:
    return isinstance(part, nodes.TemplateData)


def _value_of(part: nodes.Node, values: Mapping[str, Any]) -> tuple[str, Any]:
    if found := _part_of(part):
        group, key = found
        return (key if group == CUSTOM else f"{group} {key}"), (values.get(group) or {}).get(key)
    name = str(getattr(part, "name", ""))
    return name, values.get(name)


def _environment() -> ImmutableSandboxedEnvironment:
    """Jinja2 without its functions and filters, that encodes whatever it prints."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_encoded, autoescape=False)
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


def _encoded(value: Any) -> str:
    """Write a value so that it is a value wherever it stands in a URL.

    >>> _encoded("a/b?c=d&e#f"), _encoded(["fair", "vip"]), _encoded(True)
    ('a%2Fb%3Fc%3Dd%26e%23f', 'fair%2Cvip', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return quote(",".join(map(str, value)), safe="")
    return quote(str(value), safe="")
