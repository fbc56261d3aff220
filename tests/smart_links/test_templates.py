"""Templates: what is let in, what is refused, and what a record's values can do in them."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sell_model.link_templates import LONGEST, Fields, faults, fill

FIELDS = Fields(
    frozenset({"id", "email", "last_name", "tags", "value", "custom_fields", "address"}),
    frozenset({"Deal type", "Budget"}),
)
GOOD = "https://crm.example/find/{{ last_name }}?email={{ email }}#{{ id }}"


@pytest.mark.parametrize(
    "template",
    [
        GOOD,
        "https://crm.example",
        "https://crm.example:8443/{{email}}",
        'https://crm.example/?t={{ custom_fields["Deal type"] }}&c={{ address["city"] }}',
        "https://crm.example?{{ email }}",
        "https://xn--fiq228c.example/%E4%BD%A0/{{ email }}",
    ],
)
def test_fields_in_their_places_are_let_in(template: str) -> None:
    """Behind the host, anywhere."""
    assert faults(template, FIELDS) == []


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("https://x.example/{{ emial }}", "no field is called 'emial'; nearest: 'email'"),
        ("https://x.example/{{ deal_type }}", 'a custom field is written custom_fields["Deal type"]'),
        ('https://x.example/{{ custom_fields["Deal tpye"] }}', "nearest: 'Deal type'"),
        ('https://x.example/{{ address["town"] }}', "no part of address is called 'town'"),
        ("https://x.example/{{ address }}", 'name one of them, as address["city"]'),
        ("https://x.example/{{ custom_fields }}", 'name one of them, as custom_fields["Name"]'),
        ("https://x.example/{{ email", "not a template"),
        ("https://x.example/{% if email %}1{% endif %}", "a condition"),
        ("http://x.example/{{ email }}", "begin with https://"),
        ("javascript:alert({{ email }})", "begin with https://"),
        ("{{ email }}://x.example/", "begin with https://"),
        ("https://{{ email }}/", "the host must be written out"),
        ("https://x.example{{ email }}/", "may not be part of the host"),
        ("https://x.example:{{ id }}/", "the host must be written out"),
        ("https://user@x.example/{{ email }}", "the host must be written out"),
        ("https://user:{{ email }}@x.example/", "the host must be written out"),
        ("https://x.example\\@evil.example/{{ email }}", "backslashes"),
        ("https:///{{ email }}", "the host must be written out"),
        ("https://x.example/a b", "no blanks"),
        ("https://x.example/\n{{ email }}", "no blanks"),
        ("https://例子.example/{{ email }}", "beyond ASCII"),
        ("", "begin with https://"),
    ],
)
def test_what_is_no_safe_url_is_refused_with_why(template: str, why: str) -> None:
    """And with what would be right."""
    assert any(why in fault for fault in faults(template, FIELDS)), faults(template, FIELDS)


@pytest.mark.parametrize(
    "inside",
    [
        "{{ email.__class__ }}",
        "{{ email.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.join(tags) }}",
        "{{ email|upper }}",
        "{{ email|attr('__class__') }}",
        "{{ email * 1000000000 }}",
        "{{ 'x' * 10 }}",
        "{{ 'x' * 100000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ " + "(" * 900 + "email" + ")" * 900 + " }}",
        "{{ " + "not " * 400 + "email }}",
        "{{ " + "[" * 900,
        "{{ 7 }}",
        "{{ range(1000000000) }}",
        "{{ email() }}",
        "{{ email if id else last_name }}",
        "{{ tags[0] }}",
        "{{ email[0] }}",
        "{{ custom_fields[email] }}",
        "{{ custom_fields['Budget']['x'] }}",
        "{{ custom_fields['Budget'].x }}",
        "{{ self }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for t in tags %}{{ t }}{% endfor %}",
        "{% for x in range(10**9) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% call email() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% block b %}{{ email }}{% endblock %}",
        "{% with x = email %}{{ x }}{% endwith %}",
        "{% autoescape false %}{{ email }}{% endautoescape %}",
        "{{ [email] }}",
        "{{ {'a': email} }}",
        "{{ email ~ id }}",
        "{{ not email }}",
        "{{ email == id }}",
        "x" * (LONGEST + 1),
    ],
)
def test_whatever_is_more_than_a_field_is_refused(inside: str) -> None:
    """Attributes, calls, filters, loops, arithmetic, other files: nothing of it is ever run."""
    assert faults(f"https://x.example/{inside}", FIELDS)


def test_a_template_that_came_in_another_way_is_not_run() -> None:
    """Somebody may have written into the database."""
    link = fill("x", "https://x.example/{{ email|upper }}{{ 'x' * 9 }}", {"email": "x"})

    assert (link.url, link.why) == (None, "its template holds more than fields")


def test_all_faults_are_told_at_once() -> None:
    """Nobody corrects a template six times."""
    found = faults("http://x.example/{{ emial }}/{{ id.x }}/{{ custom_fields['Bugdet'] }}", FIELDS)

    assert len(found) == 4


def test_values_are_encoded_wherever_they_stand() -> None:
    """A slash, a question mark, an ampersand in a name stays part of the name."""
    link = fill("x", GOOD, {"last_name": "O'Neil/a/?x=1", "email": "a&b=c#d@x.example", "id": 17})

    assert link.url == "https://crm.example/find/O%27Neil%2Fa%2F%3Fx%3D1?email=a%26b%3Dc%23d%40x.example#17"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"last_name": "Li", "id": 1}, "email is empty"),
        ({"last_name": "Li", "id": 1, "email": ""}, "email is empty"),
        ({"last_name": "", "id": 1, "email": "x"}, "last_name is empty"),
        ({"last_name": "..", "id": 1, "email": "x"}, "a value of dots"),
        ({"last_name": ".", "id": 1, "email": "x"}, "a value of dots"),
        ({"last_name": "x" * 3000, "id": 1, "email": "x"}, "at most 2,000"),
        ({"last_name": {"a": 1}, "id": 1, "email": "x"}, "holds several values"),
    ],
)
def test_a_link_that_would_lead_nowhere_is_disabled_with_why(values: dict[str, object], why: str) -> None:
    """A search for nothing finds everybody."""
    link = fill("x", GOOD, values)

    assert link.url is None
    assert why in link.why


def test_lists_numbers_and_custom_values_are_values_too() -> None:
    """A zero is a value; an empty list is none."""
    template = 'https://x.example/?t={{ tags }}&v={{ value }}&b={{ custom_fields["Budget"] }}'

    assert fill("x", template, {"tags": ["a b", "c,d"], "value": "0.00", "custom_fields": {"Budget": 0}}).url == (
        "https://x.example/?t=a%20b%2Cc%2Cd&v=0.00&b=0"
    )
    assert fill("x", template, {"tags": [], "value": "1", "custom_fields": {"Budget": 1}}).why == "tags is empty"
    assert fill("x", template, {"tags": ["a"], "value": "1", "custom_fields": None}).why == "Budget is empty"


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_no_value_leaves_its_place(name: str, email: str) -> None:
    """Read back, the URL has the same host, the same parts, and the values as they were."""
    try:
        url = fill("x", GOOD, {"last_name": name, "email": email, "id": 1}).url
    except UnicodeEncodeError:  # half a surrogate pair: no such text comes out of the databases
        return
    if url is None:
        assert name in {".", ".."}
        return
    parts = urlsplit(url)

    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "crm.example", "1")
    assert [unquote(segment) for segment in parts.path.split("/")] == ["", "find", name]
    assert parse_qs(parts.query, keep_blank_values=True) == {"email": [email]}
    assert url.isascii()


@given(st.text(max_size=80))
def test_any_text_is_judged_without_an_accident(text: str) -> None:
    """Either it is right, or it is said what is wrong; right ones fill."""
    template = f"https://x.example/{text}"
    if not faults(template, FIELDS):
        assert (fill("x", template, {}).url or "").startswith("https://x.example/") or "{{" in text
