"""The hub's own form, over real HTTP: people come in, machines do not, and nothing that is typed is lost or run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.form.connector import Form
from connectors.form.reading import trap_of
from connectors.form.settings import FormConfig
from connectors.form.stamps import Stamp, new_stamp, read_stamp
from connectors.form.wording import SAID, Language
from hub.forms import form_key
from hub.opening import open_hub
from hub.tokens import add_token
from sell_model.errors import SetupError
from tests.intake.door import leads, make_home, refused, rows, serving, soon
from tests.intake.pages import Page, read_page

HUB = """
[sources.contact]
connector = "form"
pool = "Inbound"
min_seconds = 0
consent = {en = "Send me news by e-mail.", zh = "请给我发送邮件资讯。"}
fields = [
  "first_name", "last_name", "email", "company", "phone",
  {name = "team", label = {en = "Team size", zh = "团队规模"}, choices = ["1-10", "> 10"]},
  "message",
]

[sources.slow]
connector = "form"
min_seconds = 30

[sources.strict]
connector = "form"
fields = ["name", "email", {name = "terms", label = "I accept the terms", type = "tick", required = true}]
required = ["name"]
min_seconds = 0
consent = "News by e-mail"
consent_required = true
per_hour = 3

[sources.embedded]
connector = "form"
min_seconds = 0
thanks_url = "https://www.example.com/thanks?from=form"
allowed_origins = ["https://www.example.com", "https://shop.example.com"]

[sources.nameless]
connector = "form"
fields = ["email"]
required = ["email"]

[sources.hook]
connector = "webhook"

[[pools]]
name = "Inbound"
members = ["ann@example.com", "bo@example.com"]
"""
HOSTILE = "\"><script>alert(1)</script>{{7*7}}&amp;'</textarea><img src=x onerror=alert(1)>"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    return make_home(tmp_path, HUB)


@pytest.fixture(name="address")
def _address(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


def shown(address: str, source: str = "contact", language: str = "en", **query: str) -> Page:
    """The form as it is shown."""
    answer = requests.get(f"{address}/forms/{source}", params={"lang": language, **query}, timeout=10)
    assert answer.status_code == 200
    return read_page(answer.text)


def sent(address: str, page: Page, source: str = "contact", language: str = "en", **typed: str) -> requests.Response:
    """What comes of it when somebody types and sends."""
    data = {**page.sends, **typed}
    url = f"{address}/forms/{source}?lang={language}"
    return requests.post(url, data=data, timeout=10, allow_redirects=False)


def stamped(home: Path, ago: float) -> str:
    """A stamp of a page that was shown so many seconds ago."""
    return new_stamp(datetime.now(UTC) - timedelta(seconds=ago)).signed(form_key(home).encode())


def stored(home: Path) -> int:
    """How many deliveries the inbox holds."""
    with open_hub(home) as hub:
        return len(rows(hub, "SELECT 1 FROM source_record"))


def test_what_somebody_sends_is_an_owned_lead_and_they_are_thanked(home: Path, address: str) -> None:
    """By a redirect, so that loading the thanks anew sends nothing twice; the owner is told, consent is kept."""
    page = shown(address, utm_campaign="autumn")
    answer = sent(
        address, page, last_name="Li", email="ann@acme.example", consent="yes", team="> 10", message="Hi\nthere"
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/forms/contact/thanks?lang=en")
    assert "Thank you" in read_page(requests.get(address + answer.headers["Location"], timeout=10).text).text
    assert soon(lambda: leads(home) == [("ann@acme.example", "ann@example.com")], within=2)
    with open_hub(home) as hub:
        assert rows(hub, "SELECT description, email_consent FROM lead") == [("Hi\nthere", "subscribed")]
        assert soon(lambda: rows(hub, "SELECT count(*) FROM notification") == [(1,)])
        raw = str(rows(hub, "SELECT raw FROM source_record")[0][0])
    assert "Send me news by e-mail." in raw
    assert '"team":"> 10"' in raw
    assert '"utm_campaign":"autumn"' in raw


def test_the_box_for_consent_is_not_ticked_and_unticked_is_no_refusal(home: Path, address: str) -> None:
    """Nobody is signed up by silence, and nobody who asks a question is unsubscribed by it."""
    page = shown(address)
    assert "checked" not in page.with_id("consent").attributes

    sent(address, page, last_name="Li", email="ann@acme.example")

    assert soon(lambda: len(leads(home)) == 1)
    with open_hub(home) as hub:
        assert rows(hub, "SELECT email_consent FROM lead") == [(None,)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_part_of_the_page_has_its_label_and_every_fault_its_place(address: str, language: Language) -> None:
    """Whoever hears the page instead of seeing it knows what is asked, what is required, and what went wrong where."""
    page = shown(address, language=language)
    answer = sent(address, page, language=language, email="ann(at)acme")
    wrong = read_page(answer.text)

    assert answer.status_code == 422
    for each in (page, wrong):
        labels = {label.attributes["for"] for label in each.of("label")}
        asked = [p for p in each.of("input", "textarea", "select") if p.attributes.get("type") != "hidden"]
        assert {part.attributes["id"] for part in asked} == labels
        assert each.of("html")[0].attributes["lang"] == ("zh-Hans" if language == "zh" else "en")
    for name, key in (("last_name", "missing"), ("email", "bad_email")):
        part = wrong.with_id(name)
        assert part.attributes["aria-invalid"] == "true"
        assert wrong.with_id(part.attributes["aria-describedby"]).text == SAID[key][language]
    assert {link.attributes["href"] for link in wrong.of("a")} == {"#last_name", "#email"}
    assert [part.attributes["role"] for part in wrong.parts if "role" in part.attributes] == ["alert"]
    assert wrong.of("title")[0].text.startswith(SAID["error"][language])
    assert wrong.with_id("email").attributes["autocomplete"] == "email"
    assert SAID["required"][language] in wrong.text


def test_what_was_typed_stays_and_is_never_run(home: Path, address: str) -> None:
    """Quotes, tags, templates: they come back as they were typed, in every kind of field, and into the lead as text."""
    page = shown(address, utm_source=HOSTILE)
    typed = {"first_name": HOSTILE, "message": HOSTILE, "phone": HOSTILE, "consent": "yes", "team": "> 10"}
    wrong = read_page(sent(address, page, **typed).text)

    assert wrong.sends.items() >= {**typed, "utm_source": HOSTILE}.items()
    assert wrong.of("script", "img") == []
    assert not any(name.startswith("on") for part in wrong.parts for name in part.attributes)

    sent(address, wrong, last_name="Li", email="ann@acme.example")
    assert soon(lambda: len(leads(home)) == 1)
    with open_hub(home) as hub:
        assert rows(hub, "SELECT first_name, description FROM lead") == [(HOSTILE, HOSTILE)]


def test_a_machine_that_fills_in_what_nobody_sees_is_thanked_and_passed_over(home: Path, address: str) -> None:
    """It learns nothing, no turn is spent, and it is counted."""
    page = shown(address)
    (hidden,) = [part for part in page.of("input") if part.attributes.get("tabindex") == "-1"]
    answer = sent(address, page, last_name="Bot", email="bot@spam.example", **{hidden.attributes["name"]: "x"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/forms/contact/thanks?lang=en")
    assert refused(home) == {("contact", 422): 1}
    assert not soon(lambda: bool(leads(home)), within=0.5)
    assert stored(home) == 0


def test_what_comes_faster_than_a_person_can_is_asked_for_again(home: Path, address: str) -> None:
    """A person whose browser filled it all in loses nothing: the same page, a moment later, is taken."""
    page = shown(address, "slow")
    early = sent(address, page, "slow", last_name="Li", email="ann@acme.example")
    kept = read_page(early.text)

    assert early.status_code == 422
    assert SAID["early"]["en"] in kept.text
    assert kept.sends == {**page.sends, "last_name": "Li", "email": "ann@acme.example"}
    assert leads(home) == []

    assert sent(address, kept, "slow", stamp=stamped(home, ago=31)).status_code == 303
    assert soon(lambda: len(leads(home)) == 1)


@pytest.mark.parametrize("stamp", ["", "nonsense", "old", "of tomorrow", "forged", "of another key"])
def test_a_page_that_is_too_old_or_was_never_shown_is_asked_for_again(home: Path, address: str, stamp: str) -> None:
    """With all that was typed, and a stamp that holds: a person presses once more, a recorded post is worth nothing."""
    page = shown(address)
    good = stamped(home, ago=10)
    stamps = {
        "old": stamped(home, ago=25 * 3600),
        "of tomorrow": stamped(home, ago=-24 * 3600),
        "forged": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "of another key": new_stamp(datetime.now(UTC)).signed(b"another key"),
    }
    answer = sent(address, page, last_name="Li", email="ann@acme.example", stamp=stamps.get(stamp, stamp))
    again = read_page(answer.text)

    assert answer.status_code == 422
    assert SAID["stale"]["en"] in again.text
    assert leads(home) == []
    assert again.sends["last_name"] == "Li"
    assert sent(address, again).status_code == 303
    assert soon(lambda: len(leads(home)) == 1)


def test_twice_pressed_is_sent_once_and_corrected_is_the_same_person(home: Path, address: str) -> None:
    """Back, a word added, sent again: their lead says the new word; somebody else at the same screen is another."""
    page = shown(address)
    typed = {"last_name": "Li", "email": "ann@acme.example", "message": "Hello"}
    answers = [sent(address, page, **typed).status_code for _ in range(3)]
    sent(address, page, **{**typed, "message": "Hello again"})
    sent(address, page, last_name="Berg", email="bo@acme.example")

    assert answers == [303] * 3
    with open_hub(home) as hub:
        assert soon(lambda: rows(hub, "SELECT count(*) FROM lead") == [(2,)])
        assert soon(lambda: rows(hub, "SELECT description FROM lead ORDER BY id")[0] == ("Hello again",))
        assert rows(hub, "SELECT count(*) FROM assignment") == [(2,)]


def test_an_address_that_sends_too_often_is_told_when_to_come_back(home: Path, address: str) -> None:
    """By a sentence and what was typed, not by a bare error; what it sends then is not stored, but counted."""
    page = shown(address, "strict")
    typed = {"email": "a@example.com", "terms": "yes", "consent": "yes"}
    answers = [sent(address, page, "strict", name=f"Ann {letter}", **typed) for letter in ("Li", "Lo", "Lu", "Ly")]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 1200
    assert SAID["often"]["en"] in read_page(answers[3].text).text
    assert read_page(answers[3].text).sends["name"] == "Ann Ly"
    assert refused(home) == {("strict", 429): 1}


def test_a_box_that_must_be_ticked_is_asked_for(address: str) -> None:
    """Terms, and consent where it is required."""
    wrong = read_page(sent(address, shown(address, "strict"), "strict", name="Ann Li").text)

    assert wrong.with_id("terms-fault").text == wrong.with_id("consent-fault").text == SAID["not_ticked"]["en"]


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("team", "many", "not_offered"),
        ("first_name", "x" * 256, "too_long"),
        ("message", "x" * 5_001, "too_long"),
        ("first_name", "a\x00b", "unreadable"),
        ("email", "ann@", "bad_email"),
    ],
)
def test_an_answer_that_cannot_be_is_said_at_its_question(address: str, field: str, value: str, key: str) -> None:
    """Whatever a program posts, that no browser would."""
    typed = {"last_name": "Li", "email": "ann@acme.example", field: value}
    wrong = read_page(sent(address, shown(address), **typed).text)

    assert wrong.with_id(f"{field}-fault").text == SAID[key]["en"]


def test_the_language_is_the_visitors(address: str) -> None:
    """As the link says, else as their browser asks; a page says which it is, and that caches must not mix them up."""
    page = requests.get(f"{address}/forms/contact", headers={"Accept-Language": "fr, zh-TW;q=0.9, en;q=0.8"}, timeout=9)
    english = requests.get(f"{address}/forms/contact?lang=en", headers={"Accept-Language": "zh"}, timeout=9)

    assert "联系我们" in page.text
    assert "请给我发送邮件资讯。" in page.text
    assert page.headers["Vary"] == "Accept-Language"
    assert "Contact us" in english.text


def test_a_browser_is_told_to_run_nothing_and_to_show_it_nowhere_else(address: str) -> None:
    """No scripts at all, frames on the sites that are named alone, and no copy kept of what was typed."""
    plain = requests.get(f"{address}/forms/contact", timeout=10).headers
    framed = requests.get(f"{address}/forms/embedded", timeout=10).headers

    for policy in (plain["Content-Security-Policy"], framed["Content-Security-Policy"]):
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    assert plain["X-Frame-Options"] == "DENY"
    assert "frame-ancestors https://www.example.com https://shop.example.com" in framed["Content-Security-Policy"]
    assert "form-action 'self' https://www.example.com;" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    assert plain["Cache-Control"] == framed["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in plain


def test_thanks_may_be_a_page_of_ones_own(address: str) -> None:
    """As the settings say; never where a visitor's link says."""
    page = shown(address, "embedded", thanks_url="https://evil.example")
    answer = sent(address, page, "embedded", last_name="Li", email="ann@acme.example")

    assert answer.headers["Location"] == "https://www.example.com/thanks?from=form"


def test_other_names_and_other_doors_are_closed(home: Path, address: str) -> None:
    """A form is no webhook and a webhook no form: neither can be posted to by the other's rules."""
    body = {"last_name": "Li", "email": "ann@acme.example"}
    with open_hub(home) as hub:
        token = add_token(hub, "zapier", "contact").text
    bearing = {"Authorization": f"Bearer {token}"}
    answers = [
        requests.get(f"{address}/forms/hook", timeout=10),
        requests.post(f"{address}/forms/nobody", data=body, timeout=10),
        requests.post(f"{address}/hooks/contact", json=body, headers=bearing, timeout=10),
        requests.get(f"{address}/forms/nobody/thanks", timeout=10),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert leads(home) == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"a=%ff", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(300)), 400),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 1_000_001, 413),
    ],
)
def test_what_is_no_form_is_refused_and_counted(home: Path, address: str, kind: str, body: bytes, status: int) -> None:
    """Before anything of it is looked at."""
    answer = requests.post(f"{address}/forms/contact", data=body, headers={"Content-Type": kind}, timeout=10)

    assert answer.status_code == status
    assert refused(home) == {("contact", status): 1}


def test_nothing_anybody_typed_and_no_key_is_in_the_log(
    home: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused or taken."""
    page = shown(address)
    sent(address, page, last_name="Xenia", email="xenia(at)private.example")
    sent(address, page, last_name="Xenia", email="xenia@private.example")
    assert soon(lambda: len(leads(home)) == 1)

    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    for private in ("enia", "private.example", form_key(home)):
        assert private not in ours


def test_the_key_is_made_once_for_its_owner_alone_and_a_short_one_is_refused(tmp_path: Path) -> None:
    """Pages that were shown before a restart can be sent after it."""
    first = form_key(tmp_path)

    assert form_key(tmp_path) == first
    assert len(first) == 64
    assert (tmp_path / "form.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["form.key"]
    with pytest.raises(Exception, match="less than 16") as caught:
        _ = Form(FormConfig.model_validate({"secret": "short"})).key
    assert "short" not in str(caught.value)


def test_a_home_that_cannot_be_written_is_said_with_its_way_out(tmp_path: Path) -> None:
    """Where a page cannot be signed none is shown."""
    with pytest.raises(SetupError, match=r"form\.key") as caught:
        form_key(tmp_path / "nowhere")

    assert "secret" in caught.value.fix


@pytest.mark.parametrize(
    ("settings_", "told"),
    [
        ({"fields": ["nmae"]}, "nmae needs a label"),
        ({"fields": ["email", "email"], "required": []}, "asked twice"),
        ({"fields": ["email"], "required": ["phone"]}, "phone is none of the fields"),
        ({"fields": [{"name": "x", "label": "X", "type": "choice"}], "required": []}, "choices belong"),
        ({"fields": [{"name": "consent", "label": "X"}], "required": []}, "needs for itself"),
        ({"thanks_url": "javascript:alert(1)"}, "https://"),
        ({"thanks_url": "http://example.com"}, "https://"),
        ({"allowed_origins": ["https://example.com/page"]}, "an origin"),
        ({"allowed_origins": ["https://example.com; script-src *"]}, "origin"),
        ({"fields": []}, "at least 1"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(settings_: dict[str, Any], told: str) -> None:
    """Before anybody sees a form that cannot be sent, or that lets others in."""
    with pytest.raises(ValueError, match=told):
        FormConfig.model_validate(settings_)


def test_check_tells_of_a_form_that_makes_no_leads() -> None:
    """One that asks for no name: all that is sent by it would be held."""
    nameless = Form(FormConfig.model_validate({"fields": ["email"], "required": ["email"]})).check()[0]

    assert not nameless.ok
    assert "required" in nameless.fix
    assert Form(FormConfig()).check()[0].ok


@given(at=st.integers(10**9, 7 * 10**9), key=st.binary(min_size=1), change=st.integers(0, 90))
def test_a_stamp_says_what_was_signed_and_nothing_else(at: int, key: bytes, change: int) -> None:
    """To the millisecond; one sign changed, or another key, and it is none."""
    stamp = new_stamp(datetime.fromtimestamp(at, UTC))
    text = stamp.signed(key)
    read = read_stamp(text, key)

    assert read is not None
    assert read.name == stamp.name
    assert abs(read.shown_at - stamp.shown_at) < timedelta(milliseconds=1)
    assert read_stamp(text, key + b"x") is None
    place = change % len(text)
    broken = text[:place] + ("1" if text[place] == "0" else "0") + text[place + 1 :]
    assert read_stamp(broken, key) is None


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    home = make_home(
        tmp_path_factory.mktemp("home"), HUB.replace("[sources.contact]", "[sources.contact]\nper_hour = 9999")
    )
    with serving(home) as address:
        yield address, home


names = st.sampled_from(
    ["first_name", "last_name", "email", "team", "message", "consent", "stamp", "lang", "topic", "x"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(names, st.text(max_size=30), max_size=8), signed=st.booleans())
def test_no_fields_make_the_hub_fail(server: tuple[str, Path], fields: dict[str, str], signed: bool) -> None:
    """Whatever is typed comes back as it was typed, or is taken."""
    address, home = server
    known = {**fields, **({"stamp": stamped(home, ago=10)} if signed else {})}
    body, kind = urlencode(known), {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{address}/forms/contact?lang=en"
    answer = requests.post(url, data=body, headers=kind, timeout=10, allow_redirects=False)

    assert answer.status_code in {303, 400, 422}
    if answer.status_code == 422:
        page = read_page(answer.text)
        assert page.of("script") == []
        assert page.sends["last_name"] == fields.get("last_name", "").replace("\r\n", "\n").strip()


def test_the_trap_is_none_of_the_questions() -> None:
    """A form that asks for a topic must not take those who answer for machines."""
    asked = [{"name": name, "label": name} for name in ("topic", "reference", "extension", "office")]
    config = FormConfig.model_validate({"fields": [*asked, "name"], "required": ["name"]})

    assert {trap_of(Stamp(datetime.now(UTC), f"{n:020x}"), config) for n in range(50)} == {"topic_2"}
