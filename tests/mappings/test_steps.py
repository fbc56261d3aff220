from __future__ import annotations

import doctest
import importlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from mappings import steps
from mappings.errors import StepError
from mappings.phones import _by_library, _patterns, e164
from mappings.steps import all_steps
from mappings.steps_contact import phone
from mappings.steps_number import money, number
from mappings.steps_time import day, moment
from sell_model.errors import SetupError

DOCUMENTED = sorted({step.call.__module__ for step in all_steps().values()} | {
    "mappings.errors", "mappings.paths", "mappings.phones", "mappings.values",
})  # fmt: skip


@pytest.mark.parametrize("module", DOCUMENTED)
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    """A step's example is its documentation; a false one is worse than none."""
    result = doctest.testmod(importlib.import_module(module))

    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", sorted(all_steps()))
def test_every_step_documents_itself_with_an_example(name: str) -> None:
    """People read `map steps`, not the code."""
    doc = all_steps()[name].call.__doc__ or ""

    assert all_steps()[name].summary.endswith((".", ":"))
    assert ">>>" in doc


@pytest.mark.parametrize("text", ["1.250", "1,250", "12.345"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    """A guess here is wrong by a factor of a thousand."""
    with pytest.raises(StepError) as raised:
        money(text)

    assert raised.value.code == "ambiguous"
    assert "decimal" in raised.value.fix


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,250.50", "1250.50"),
        ("1.250,5", "1250.5"),
        ("1,250,000", "1250000"),
        ("12,5", "12.5"),
        ("1250.505", "1250.505"),
        ("US$ 99", None),
        ("1'250.00 CHF", "1250"),
        ("-3", "-3"),
    ],
)
def test_an_amount_that_can_be_read_in_one_way_is_read(text: str, amount: str | None) -> None:
    """Spreadsheets of all countries come in; what is clear needs no setting."""
    if amount is None:
        with pytest.raises(StepError):
            money(text)
    else:
        assert money(text) == amount


@pytest.mark.parametrize("text", ["1e5", "0x10", "1.2.3", "1,2,3", "--1", "", "9" * 80, "NaN", "Infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Python's own readers take more than people mean."""
    with pytest.raises(StepError):
        number(text)


@pytest.mark.parametrize("text", ["3/4/2026", "03.04.2026", "3-4-26", "20260", "soon", "31/31/2026", "2026-13-01"])
def test_a_date_that_is_not_clear_is_refused(text: str) -> None:
    """The order of day and month is asked for, never guessed."""
    with pytest.raises(StepError):
        day(text)


def test_a_date_in_one_possible_order_needs_no_setting() -> None:
    """There is no thirteenth month."""
    assert day("13/04/2026") == day("04/13/2026") == "2026-04-13"


def test_a_local_time_is_read_in_its_zone_also_over_the_change_of_clocks() -> None:
    """Berlin is one hour ahead in winter, two in summer."""
    assert moment("2026-01-02 12:00", zone="Europe/Berlin").startswith("2026-01-02T11:00")
    assert moment("2026-07-02 12:00", zone="Europe/Berlin").startswith("2026-07-02T10:00")


def _samples() -> Iterator[tuple[str, str]]:
    import phonenumbers

    for code in _patterns():
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)][:2]:
            for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
                example = phonenumbers.example_number_for_type(region, kind)
                if example is not None:
                    yield region, f"+{example.country_code}{phonenumbers.national_significant_number(example)}"


def test_the_fast_way_to_e164_decides_as_the_library_does() -> None:
    """It is only allowed to be faster: checked on numbers of every country, and on broken ones."""
    samples = list(_samples())
    assert len(samples) > 300
    for region, written in samples:
        for text in (
            written,
            written[:-3],
            f"{written}99",
            f"00{written[1:]}",
            f"{written[:4]} ({written[4:7]}) {written[7:]}",
        ):
            expected = _by_library(f"+{text[2:]}" if text.startswith("00") else text, region)
            assert e164(text, region) == expected, (text, region)


def test_a_number_without_its_country_must_be_valid_where_it_is_said_to_be() -> None:
    """Placeholders like 000-000-0000 would join strangers."""
    assert phone("000-000-0000", region="US", otherwise="leave") is None
    assert phone("0151 12345678", region="DE") == "+4915112345678"
    with pytest.raises(StepError, match="not a phone number in US"):
        phone("0151 12345678", region="US")


def test_a_plug_in_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An admin must learn which package to take out."""

    def broken() -> None:
        raise ImportError("no module named nowhere")

    entry = SimpleNamespace(name="slug", value="nowhere:slug", load=broken)
    monkeypatch.setattr(steps, "entry_points", lambda group: [entry])
    all_steps.cache_clear()
    try:
        with pytest.raises(SetupError, match="slug"):
            all_steps()
    finally:
        monkeypatch.undo()
        all_steps.cache_clear()
        all_steps()


def test_a_step_may_not_take_the_name_of_another() -> None:
    """A plug-in that silently replaced `email` would change every mapping."""

    def email(value: str) -> str:
        return value

    with pytest.raises(SetupError, match="two steps are called 'email'"):
        steps.step("email")(email)
