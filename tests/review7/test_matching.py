"""Rules of matching that hold for whoever is compared: in either order, by the quick test as by the full one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching_model import shipped_model
from hub.weighing import Weighed
from sell_model.matching.ceiling import may_be_one_with
from sell_model.matching.deciding import Judge, Likeness
from sell_model.matching.people import cannot_be_one, name_level
from sell_model.matching.person_names import split_name
from sell_model.matching.profile import Profile

_WORDS = st.sampled_from(
    "ann anna a b bob robert rob li lee smith smyth smithe van der heide garcia lopez maria mary jean paul o".split()
)
words = st.one_of(_WORDS, st.text("abmnrstl", min_size=1, max_size=7))
names = st.one_of(st.just(""), words, st.lists(words, min_size=1, max_size=3).map(" ".join))
locals_ = st.one_of(st.sampled_from(["info", "sales", "ann", "ann.smith", "asmith", "smith.ann", "ann1", "ann12", "1"]),
                    st.text("abns.1-", min_size=1, max_size=9))  # fmt: skip
domains = st.sampled_from(["acme.example", "acne.example", "gmail.com", "li.example", "a.de"])
emails = st.one_of(st.just(""), st.builds("{}@{}".format, locals_, domains))
digits = st.one_of(st.sampled_from(["155550100", "155550101", "299991234"]), st.text("01", min_size=7, max_size=9))
companies = st.one_of(st.just(""), st.sampled_from(["acme", "acme tools", "at", "acne", "acme tools berlin"]), names)
numbers = st.one_of(st.just(""), st.text("12", min_size=6, max_size=9))

people = st.builds(
    Profile,
    first=names,
    last=names,
    suffix=st.sampled_from(["", "", "jr", "sr"]),
    email=emails,
    phones=st.lists(digits, max_size=3, unique=True).map(tuple),
    company=companies,
    postcode=st.sampled_from(["", "10115", "10116", "94110"]),
    city=st.one_of(st.just(""), words),
    street=st.one_of(st.just(""), st.builds("{} {}".format, words, st.integers(1, 12))),
    title=st.sampled_from(["", "ceo", "cto", "chief"]),
    born=st.sampled_from(["", "", "19800101", "19800102", "19751231"]),
    number=st.sampled_from(["", "", "123456789", "123456780", "987654321"]),
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Profile, Profile]:
    """Two who have some of it in common, or all."""
    one, other = draw(people), draw(people)
    shared = draw(st.sets(st.sampled_from(Profile._fields)))
    return one, other._replace(**{name: getattr(one, name) for name in shared})


def judge(named: float = 1.0, *, common: bool = False, known: int = 30_000) -> Judge:
    """A judge of people who knows how rare a name is."""
    return Judge(shipped_model().person, known, lambda trait, _: named if trait == "name" else 1.0, lambda _: common)


def told(likeness: Likeness) -> tuple[float, bool, bool]:
    return round(likeness.bits, 6), bool(likeness.guard), likeness.proof


@settings(max_examples=400, deadline=None)
@given(pairs(), st.sampled_from([1.0, 50.0, 900.0]), st.booleans())
def test_two_are_as_alike_in_either_order(pair: tuple[Profile, Profile], named: float, common: bool) -> None:
    """Whoever came first: evidence, guards and proof; else the order of two syncs decides what is asked."""
    one, other = pair
    assert name_level(one, other) == name_level(other, one)
    assert cannot_be_one(one, other) == cannot_be_one(other, one)
    by = judge(named, common=common)
    assert told(by.between([one], [other])[0]) == told(by.between([other], [one])[0])


@settings(max_examples=400, deadline=None)
@given(pairs(), st.sampled_from([1.0, 50.0]))
def test_who_is_decided_on_does_not_hang_on_who_came_first(pair: tuple[Profile, Profile], named: float) -> None:
    """Joined, asked about or left: the same with the one as with the other."""
    one, other = pair
    by = judge(named)

    def outcome(new: Profile, known: Profile) -> tuple[bool, bool]:
        decision = by.decide(new, {7: [known]}, lambda _: [known])
        return decision.identity_id is not None, bool(decision.review)

    assert outcome(one, other) == outcome(other, one)


@settings(max_examples=400, deadline=None)
@given(pairs(), st.sampled_from([1.0, 50.0, 900.0]), st.sampled_from([1, 30_000, 1_000_000]))
def test_the_quick_test_leaves_out_nobody(pair: tuple[Profile, Profile], named: float, known: int) -> None:
    """Of any two, whom the full comparison would make one or ask about."""
    one, other = pair
    by = judge(named, known=known)
    among = max(known, by.weights.among)
    quick = may_be_one_with(one, by.weights, among, lambda trait, value: by.rarity(trait, value) / among)
    likeness, _ = by.between([one], [other])
    if likeness.proof or likeness.bits >= by.least(likeness):
        assert quick(other)


@settings(max_examples=400, deadline=None)
@given(pairs(), st.sampled_from([1.0, 50.0]))
def test_whoever_needs_no_weighing_would_not_be_asked_about(pair: tuple[Profile, Profile], named: float) -> None:
    """What decides in the list of questions and what decides in a sync is one rule."""
    one, other = pair
    by = judge(named)
    if cannot_be_one(one, other):
        likeness, _ = by.between([one], [other])
        assert not likeness.proof
        assert likeness.bits < by.least(likeness)


@st.composite
def firm_pairs(draw: st.DrawFn) -> tuple[Profile, Profile]:
    """Two companies, as people's records name them or as they are themselves."""
    one, other = draw(pairs())
    sites = st.sampled_from(["", "acme.example", "acne.example", "li.example"])
    shared = draw(st.booleans())
    site = draw(sites)
    return _firm(one, site), _firm(other, site if shared else draw(sites))


def _firm(one: Profile, site: str) -> Profile:
    """What stands for a company of a record."""
    return one._replace(first="", last="", email="", title="", suffix="", born="", number="", domain=site)


@settings(max_examples=400, deadline=None)
@given(firm_pairs(), st.booleans())
def test_two_companies_are_as_alike_in_either_order(pair: tuple[Profile, Profile], by_name: bool) -> None:
    """Of companies too."""
    one, other = pair
    weights = shipped_model().company
    by = Judge(weights, 30_000, lambda _trait, _value: 1.0, lambda _: False, companies=True, by_name=by_name)
    assert told(by.between([one], [other])[0]) == told(by.between([other], [one])[0])


HAN = st.text("王李欧阳司马小明伟丽々", max_size=5)
SHAPES = st.one_of(
    HAN, st.builds("{} {}".format, HAN, HAN), st.builds(" {}\u3000".format, HAN), st.just("Ann"), st.just("Ann 王")
)


@settings(max_examples=400, deadline=None)
@given(SHAPES, st.one_of(st.none(), st.just("")))
def test_a_name_in_one_field_is_read_the_same_in_either(name: str, missing: str | None) -> None:
    """A Chinese name written whole stands in whichever field the form has."""
    as_first, as_last = split_name(name, missing), split_name(missing, name)
    assert sorted(" ".join(as_first).split()) == sorted(" ".join(as_last).split())
    if as_first[0] and as_first[1]:
        assert as_first == as_last


def test_a_whole_name_is_the_name_in_two_fields() -> None:
    """In any usual writing; blanks around and between it say nothing."""
    apart = split_name("小明", "王")
    for whole in ("王小明", " 王小明 ", "王小明\u3000"):
        assert (
            split_name(whole, None)
            == split_name(None, whole)
            == split_name("", whole)
            == split_name(" ", whole)
            == apart
        )
    assert split_name(None, "欧阳娜娜") == split_name("娜娜", "欧阳")
    assert split_name("王小明", "王") != apart


@st.composite
def newcomers(draw: st.DrawFn) -> tuple[Profile, list[Profile]]:
    """A record, and somebody known by one record or several."""
    one, other = draw(pairs())
    more = [
        other._replace(**{name: getattr(draw(people), name)})
        for name in draw(st.lists(st.sampled_from(Profile._fields), max_size=2))
    ]
    return one, [other, *more]


@settings(max_examples=400, deadline=None)
@given(newcomers(), st.sampled_from([1.0, 50.0]), st.booleans())
def test_the_list_says_what_a_sync_does(met: tuple[Profile, list[Profile]], named: float, common: bool) -> None:
    """`would` in the list of questions, and the sync's own decision, are one."""
    one, others = met
    by = judge(named, common=common)
    decision = by.decide(one, {7: others}, lambda _: others)
    does = "merge" if decision.identity_id is not None else "ask" if decision.review else "keep apart"
    likeness, mine = by.between([one], others)
    assert Weighed("person", likeness, mine, by.weights, "").would == does


@settings(max_examples=400, deadline=None)
@given(newcomers(), st.lists(people, max_size=1), st.booleans())
def test_two_clusters_are_as_alike_in_either_order(
    met: tuple[Profile, list[Profile]], more: list[Profile], common: bool
) -> None:
    """Of several records each, too."""
    one, others = met
    by = judge(common=common)
    there, back = by.between([one, *more], others)[0], by.between(others, [one, *more])[0]
    assert told(there) == told(back)
