"""Rules by which values survive: pure, whatever the order in which sources spoke."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sell_model.draft import Draft, Ref
from sell_model.survivorship import Contribution, survive
from sell_model.survivorship_rules import Criterion, Rule, Sources

SOURCES = ("crm", "shop", "news")
TIMES = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z")
words = st.sampled_from(("a", "bb", "c c c", "dddd"))
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": words,
        "phone": st.sampled_from(("+14155552671", "555 2671 call first", "4155552671")),
        "email": words,
        "email_consent": st.sampled_from(("subscribed", "pending", "bounced")),
        "address": st.dictionaries(st.sampled_from(("line1", "city", "country")), words, min_size=1),
        "tags": st.lists(words, min_size=1, max_size=3, unique=True),
        "custom_fields": st.fixed_dictionaries(
            {}, optional={"Skills": st.lists(words, min_size=1, max_size=3, unique=True), "Budget": words}
        ),
    },
)
told = st.lists(
    st.tuples(fields, st.sampled_from(SOURCES), st.integers(0, 2), st.sampled_from(TIMES), st.integers(0, 1)),
    min_size=1,
    max_size=5,
)
plain: st.SearchStrategy[Criterion] = st.sampled_from(("priority", "recent", "longest", "complete", "verified"))
by_source = st.permutations(SOURCES).map(lambda names: Sources(tuple(names[:2])))
criteria = st.lists(st.one_of(plain, by_source), min_size=1, max_size=3, unique=True).map(tuple)
RULED = ("title", "phone", "email", "address", "tags", "custom_fields.Skills", "custom_fields.Budget")
UNITED = {"tags", "custom_fields.Skills"}
rules = st.dictionaries(st.sampled_from(RULED), criteria).map(
    lambda chosen: {name: Rule(each, union=name in UNITED) for name, each in chosen.items()}
)


def voice(number: int, said: dict[str, Any], source: str, priority: int, time: str, rank: int = 0) -> Contribution:
    """What one source record says."""
    draft = Draft("lead", {"last_name": "Li", **said}, updated_at=time)
    return Contribution(number, draft, priority + rank * 1_000_000, "", source, rank)


def voices(told: list[tuple[Any, ...]]) -> list[Contribution]:
    """What several say."""
    return [voice(number, *each) for number, each in enumerate(told)]


@given(told=told, rules=rules, seed=st.integers(0, 1_000))
@settings(max_examples=300, deadline=None)
def test_any_order_of_voices_gives_the_same(told: list[tuple[Any, ...]], rules: dict[str, Rule], seed: int) -> None:
    """A record is a function of what its sources say, not of who came first."""
    all_ = voices(told)
    shuffled = list(all_)
    Random(seed).shuffle(shuffled)

    assert survive(all_, (), rules) == survive(shuffled, (), rules)


@given(told=told, rules=rules)
@settings(max_examples=300, deadline=None)
def test_a_rule_touches_its_own_field_alone_and_invents_nothing(
    told: list[tuple[Any, ...]], rules: dict[str, Rule]
) -> None:
    """What has no rule stands as usual; what has one is somebody's word, and never blank where somebody speaks."""
    usual, ruled = survive(voices(told)), survive(voices(told), (), rules)

    assert ruled.fields.keys() == usual.fields.keys()
    for name in usual.fields.keys() - rules.keys() - {"custom_fields"}:
        assert ruled.fields[name] == usual.fields[name]
    for name in ruled.fields.keys() & rules.keys():
        said = [each[0][name] for each in told if name in each[0]]
        if name == "tags":
            assert sorted(ruled.fields[name]) == sorted({tag for tags in said for tag in tags})
        else:
            assert ruled.fields[name] in said
    customs = ruled.fields.get("custom_fields", {})
    assert customs.keys() == usual.fields.get("custom_fields", {}).keys()
    if "custom_fields.Skills" in rules and "Skills" in customs:
        said = [each[0]["custom_fields"]["Skills"] for each in told if "Skills" in each[0].get("custom_fields", {})]
        assert sorted(customs["Skills"]) == sorted({skill for skills in said for skill in skills})


@given(told=told)
@settings(max_examples=200, deadline=None)
def test_the_usual_rule_said_aloud_changes_nothing(told: list[tuple[Any, ...]]) -> None:
    """`[priority, recent]` is what holds without a file."""
    aloud = {name: Rule(("priority", "recent"), union=name == "tags") for name in RULED if "Skills" not in name}

    all_ = voices(told)

    assert survive(all_, (), aloud) == survive(all_)


@given(told=told, rules=rules)
@settings(max_examples=200, deadline=None)
def test_an_import_that_overwrites_stands_before_any_rule(told: list[tuple[Any, ...]], rules: dict[str, Rule]) -> None:
    """Somebody said so of this very file."""
    lower = [(*each[:4], 0) for each in told]
    over = voice(99, {"title": "x", "phone": "1"}, "news", 0, TIMES[0], rank=1)

    found = survive([*voices(lower), over], (), rules)

    assert (found.fields["title"], found.fields["phone"]) == ("x", "1")


ONE = voice(1, {"title": "CEO", "phone": "call me", "address": {"line1": "1 Long Long Street"}}, "crm", 9, TIMES[0])
TWO = voice(2, {"title": "Head of sales", "phone": "+14155552671"}, "shop", 5, TIMES[1])
THREE = voice(3, {"title": "Owner", "address": {"city": "B", "country": "US"}}, "news", 1, TIMES[2])


@pytest.mark.parametrize(
    ("name", "rule", "survivor"),
    [
        ("title", Rule(("priority",)), "CEO"),
        ("title", Rule(("recent",)), "Owner"),
        ("title", Rule(("longest",)), "Head of sales"),
        ("title", Rule((Sources(("shop", "crm")),)), "Head of sales"),
        ("title", Rule((Sources(("fair",)), "recent")), "Owner"),
        ("title", Rule(("verified",)), "CEO"),
        ("phone", Rule(("verified",)), "+14155552671"),
        ("address", Rule(("complete",)), {"city": "B", "country": "US"}),
        ("address", Rule(("longest",)), {"line1": "1 Long Long Street"}),
    ],
)
def test_each_criterion(name: str, rule: Rule, survivor: Any) -> None:
    """What a criterion does not tell apart, the usual order does; an address survives whole."""
    assert survive([ONE, TWO, THREE], (), {name: rule}).fields[name] == survivor


def test_an_amount_takes_its_own_currency_along() -> None:
    """100 of one source and the EUR of another are nobody's word."""
    dollars = Contribution(1, Draft("deal", {"name": "D", "value": "1000", "currency": "USD"}), 1, "", "shop")
    euros = Contribution(2, Draft("deal", {"name": "D", "value": "50", "currency": "EUR"}), 2, "", "crm")
    bare = Contribution(3, Draft("deal", {"name": "D", "value": "100000"}), 0, "", "news")
    by_length = {"value": Rule(("longest",))}

    assert survive([dollars, euros]).fields["currency"] == "EUR"
    found = survive([dollars, euros], (), by_length)
    assert (found.fields["value"], found.fields["currency"], found.origin["currency"]) == ("1000", "USD", dollars)
    assert "currency" not in survive([dollars, euros, bare], (), by_length).fields


def test_a_reference_survives_by_its_rule() -> None:
    """An owner, too, may follow one source."""
    ours = Contribution(1, Draft("lead", {"last_name": "Li"}, {"owner": Ref("owner", "7")}), 1, "", "shop")
    theirs = Contribution(2, Draft("lead", {"last_name": "Li"}, {"owner": Ref("owner", "8")}), 2, "", "crm")

    found = survive([ours, theirs], (), {"owner": Rule((Sources(("shop",)),))})

    assert (found.refs["owner"].value, found.origin["owner"]) == ("7", ours)
