"""Consent does not depend on the order in which sources speak, fall silent and come back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import SourceRecord
from hub.opening import Hub, open_hub
from sell_model.consent import CONSENTS, STRICTNESS, last_words, strictest
from sell_model.draft import Draft
from sell_model.survivorship import Contribution, survive
from tests.consent.crm import consents, person, tell, with_mapping
from tests.hub.test_review_helpers import KINDS, contact, gone, rows, run

EMAIL = (None, *STRICTNESS["email_consent"])
PHONE = (None, *STRICTNESS["phone_consent"])
SOURCES = ("crm", "shop", "news")
KINDS.setdefault("members", "people")

said = st.fixed_dictionaries({"email_consent": st.sampled_from(EMAIL), "phone_consent": st.sampled_from(PHONE)})
voices = st.lists(st.tuples(said, st.booleans(), st.integers(0, 2)), min_size=1, max_size=6)


def contribution(number: int, words: Mapping[str, str | None], priority: int) -> Contribution:
    """A voice that says these words."""
    draft = Draft("lead", {"last_name": "Li", **{name: word for name, word in words.items() if word}})
    return Contribution(number, draft, priority)


@given(told=voices, order=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_strictest_survives_in_any_order(told: list[tuple[Any, bool, int]], order: Any) -> None:
    """Whatever the priorities; of those that are gone only what they did not allow counts."""
    all_ = [(contribution(n, words, priority), gone_) for n, (words, gone_, priority) in enumerate(told)]
    order.shuffle(all_)

    found = survive([c for c, gone_ in all_ if not gone_], [c for c, gone_ in all_ if gone_])

    for name in CONSENTS:
        words = [c.draft.fields.get(name) if not gone_ else last_words(c.draft.fields).get(name) for c, gone_ in all_]
        assert found.fields.get(name) == strictest(name, words)
        if name in found.fields:
            assert found.origin[name].draft.fields[name] == found.fields[name]


event = st.tuples(
    st.sampled_from(SOURCES), st.one_of(st.just("gone"), st.tuples(*map(st.sampled_from, (EMAIL, PHONE))))
)
events = st.lists(st.lists(event, min_size=1, max_size=3, unique_by=lambda e: e[0]), min_size=1, max_size=8)


@given(history=events)
@settings(max_examples=25, deadline=None)
def test_any_history_ends_in_the_strictest_of_what_is_said_last(history: list[list[tuple[str, Any]]]) -> None:
    """Sources speak, change their mind, delete and bring back, in any order: it follows from their last words alone."""
    with tempfile.TemporaryDirectory() as folder, open_hub(_home(Path(folder))) as hub:
        last: dict[str, tuple[Any, bool]] = {}
        for moment in history:
            for source, what in moment:
                if what != "gone":
                    tell(hub, person("1", *what), source=source)
                    last[source] = (what, False)
                elif source in last:
                    tell(hub, gone("1"), source=source)
                    last[source] = (last[source][0], True)

        assert consents(hub) == ([_expected(last)] if last else [])


def _home(folder: Path) -> Path:
    (folder / "hub.toml").write_text("", encoding="utf-8")
    with_mapping(folder)
    return folder


def _expected(last: Mapping[str, tuple[Any, bool]]) -> tuple[str | None, ...]:
    """The strictest; where nobody lives any more, of all that was said last."""
    nobody = all(gone_ for _, gone_ in last.values())
    found = []
    for place, name in enumerate(CONSENTS):
        allows = STRICTNESS[name][0]
        words = [words[place] for words, gone_ in last.values() if not gone_ or nobody or words[place] != allows]
        found.append(strictest(name, words))
    return tuple(found)


WORDS = {"cleaned": "bounced", "transactional": "pending", "archived": "archived"}
"""What a newsletter's member says of whoever bears their address; the other statuses make a lead of their own."""
statuses = st.sampled_from(("subscribed", "pending", "unsubscribed", "cleaned", "transactional", "archived", "deleted"))


@given(before=st.lists(statuses, max_size=4), after=st.lists(statuses, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_newsletter_is_heard_whenever_somebody_bears_its_address(before: list[str], after: list[str]) -> None:
    """Whether its word came before the CRM's person or after, as a lead, beside one, or archived."""
    with tempfile.TemporaryDirectory() as folder, open_hub(Path(folder)) as hub:
        for status in before:
            _news(hub, status)
        run(hub, {"contacts": [contact("1", "Ann", "Li", "ann@example.com")]}, pool=None)
        for status in after:
            _news(hub, status)
        _news(hub, None)

        assert rows(hub, "SELECT email_consent FROM lead") == [(_newest_word([*before, *after]),)]


def _news(hub: Hub, status: str | None) -> None:
    """Let the newsletter tell what became of its member; None: nothing did."""
    data: dict[str, Any] = {"contact_id": "c", "email_address": "ann@example.com", "status": status}
    data["merge_fields"] = {"FNAME": "Ann", "LNAME": "Li"}
    record = SourceRecord("a:c", data, None, "archived" if status == "archived" else "live")
    if status == "deleted":
        record = gone("a:c")
    run(hub, {"members": [record] if status else []}, source="news", connector="mailchimp", pool=None)


def _newest_word(told: list[str]) -> str | None:
    """The last word of each of the member's two voices; what allowed something is gone with them."""
    own: str | None = None
    beside: str | None = None
    lives = False
    for status in told:
        if status == "deleted" or (status == "archived" and not lives and (own or beside)):
            lives = False  # who is gone already is heard no more
        elif status == "archived":
            beside, lives = WORDS[status], False
        else:
            own, beside = (None, WORDS[status]) if status in WORDS else (status, None)
            lives = True
    if not lives and own == "subscribed":
        own = None
    return strictest("email_consent", [own, beside])
