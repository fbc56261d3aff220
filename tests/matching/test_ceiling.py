"""The quick test leaves out nobody whom the full comparison would find."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching_model import shipped_model
from sell_model.matching.ceiling import may_be_one_with
from sell_model.matching.deciding import Judge
from sell_model.matching.evidence import Weights
from sell_model.matching.guards import proves
from sell_model.matching.profile import Profile
from tests.matching.test_evidence import person

_GIVEN = ("", "ann", "anna", "a", "bob", "robert", "maria luz", "li", "smith")
_SURNAMES = ("", "li", "smith", "smyth", "von der heide", "heide", "garcia lopez", "garcia", "ann")
_EMAILS = ("", "ann@li.example", "ann.smith@acme.example", "asmith@acme.example", "anm.smith@acme.example",
           "info@acme.example", "info@li.example", "bob1@acme.example", "bob2@acme.example", "annsmith@gmail.com",
           "ann.smith1@gmail.com")  # fmt: skip
_PHONES = ((), ("155550100",), ("155550101",), ("155550100", "299991234"), ("299991234",))

people = st.builds(
    Profile,
    first=st.sampled_from(_GIVEN),
    last=st.sampled_from(_SURNAMES),
    suffix=st.sampled_from(["", "jr", "sr"]),
    email=st.sampled_from(_EMAILS),
    phones=st.sampled_from(_PHONES),
    company=st.sampled_from(["", "acme", "acme tools", "at", "acne"]),
    postcode=st.sampled_from(["", "10115", "10116", "94110"]),
    city=st.sampled_from(["", "berlin", "berlim", "oslo"]),
    street=st.sampled_from(["", "main street 1", "main strete 1", "main street 2", "elm road 9"]),
    title=st.sampled_from(["", "ceo", "cto"]),
    born=st.sampled_from(["", "19800101", "19800102", "19751231"]),
    number=st.sampled_from(["", "123456789", "123456780", "987654321"]),
)
bearers = st.sampled_from([1.0, 2.0, 40.0, 900.0])


def changed(name: str, level: str, bits: float) -> Weights:
    """The shipped weights of people, but for one level."""
    weights = shipped_model().person
    return replace(weights, levels={**weights.levels, name: {**weights.levels[name], level: bits}})


MODELS = (
    shipped_model().person,
    changed("email", "of_name", 9.0),
    changed("email", "different", 7.0),
    changed("phone", "office", 15.0),
    changed("company", "different", 12.0),
    changed("place", "city_different", 8.0),
    changed("title", "different", 10.0),
)


@settings(max_examples=1_500)
@given(people, people, bearers, bearers, st.sampled_from([1, 30_000, 1_000_000]), st.sampled_from(MODELS))
def test_whoever_weighing_would_find_is_weighed(
    one: Profile, other: Profile, named: float, phoned: float, known: int, weights: Weights
) -> None:
    """Speed is no reason to lose a person: whatever the weights, however rare the values."""
    judge = Judge(weights, known, lambda trait, _: {"name": named, "phone": phoned}.get(trait, 1.0), lambda _: False)
    among = max(known, weights.among)
    may_be_one = may_be_one_with(one, weights, among, lambda trait, value: judge.rarity(trait, value) / among)
    evidence = judge.compare(one, other)
    if evidence.bits >= weights.doubt or proves(one, other, evidence):
        assert may_be_one(other)


def test_most_who_share_a_key_need_no_weighing() -> None:
    """Two who bear one name and nothing else in common are two; what they have in common brings them back."""
    weights = shipped_model().person
    ann = person(first_name="Ann", last_name="Smith", email="ann.smith@acme.example", phone="+14155550100")
    may_be_one = may_be_one_with(ann, weights, 1_000_000, lambda _trait, _value: 60 / 1_000_000)
    assert not may_be_one(person(first_name="Ann", last_name="Smith", email="q@else.example", phone="+14155559876"))
    assert may_be_one(person(first_name="Ann", last_name="Smith", email="q@else.example", phone="+14155550100"))
