"""The language of filters: what it takes, what it refuses and how it says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sell_model.custom_fields import CustomField
from sell_model.errors import SetupError
from sell_model.filters import (
    Context,
    Person,
    catalogue,
    comparisons,
    conditions,
    failing,
    holds,
    parse,
    with_custom_field_renamed,
    with_value_renamed,
)

LEADS = catalogue(
    "lead",
    [
        CustomField("lead", "Tier", "list", ("A", "B")),
        CustomField("lead", "Renewal date", "date"),
        CustomField("lead", "Budget", "number"),
        CustomField("lead", "Status", "string"),
        CustomField("lead", "HQ", "address"),
    ],
    choices={"status": ["New", "Working", "On hold"], "tags": ["fair", "vip"]},
    people=[Person("ann@example.com", "Ann Lee", "North"), Person("bo@example.com", "Bo Park")],
)
DEALS = catalogue("deal", choices={"stage": ["Incoming", "Quote", "Won"]}, currency="EUR")
WEDNESDAY = Context(datetime(2026, 11, 25, 9, 30, tzinfo=UTC), "UTC", "ann@example.com")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("status is any of (New, Working)", "status is any of (New, Working)"),
        ("STATUS IS on hold", 'status is "On hold"'),
        ("status = new and status != Working", "status is New and status is not Working"),
        ("last_name contains Vice President", 'last_name contains "Vice President"'),
        ("last_name is O'Brien", "last_name is \"O'Brien\""),
        ("last_name starts with 'and'", 'last_name starts with "and"'),
        ("(status is New or city is Paris) and not tags has fair",
         "(status is New or address.city is Paris) and not tags has any (fair)"),
        ("not (status is New and not tags is empty)", "not (status is New and not tags is empty)"),
        ('"Renewal date" in next 60 days', 'custom_fields."Renewal date" in next 60 days'),
        ("renewal_date is today", None),
        ('custom_fields."Renewal date" is this quarter', 'custom_fields."Renewal date" this quarter'),
        ("Tier is b", "custom_fields.Tier is B"),
        ('custom_fields."HQ".city is not empty', "custom_fields.HQ.city is not empty"),
        ("Budget between -1.50 and 2", "custom_fields.Budget between -1.50 and 2"),
        ("open_tickets between 1 and 3 and tags has all (vip, fair)",
         "open_tickets between 1 and 3 and tags has all (vip, fair)"),
        ("owner is any of (me, my team, Bo Park)", "owner is any of (me, my team, bo@example.com)"),
        ("added_on between 2026-01-01 and today", "added_at between 2026-01-01 and today"),
        ("updated_at more than 1 day ago", "updated_at more than 1 days ago"),
        ("next_task ≤ 3", None),
        ("days_since_last_communication ≥ 3", "days_since_last_communication >= 3"),
        ("status is New;", None),
    ],
)  # fmt: skip
def test_what_is_written_in_many_ways_is_read_as_one(written: str, read: str | None) -> None:
    """Key words in any case, `=` for `is`, values of several words, quotes where they are needed."""
    if read is None:
        with pytest.raises(SetupError):
            parse(written, LEADS)
        return
    tree = parse(written, LEADS)

    assert str(tree) == read
    assert parse(read, LEADS) == tree


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("statsu is New", ["at character 1: leads have no field 'statsu'; nearest: status"]),
        ("Teir is A", ["nearest: custom_fields.Tier"]),
        ('"Status" is x', ["at character 1", "write Status, or custom_fields.\"Status\" for the custom field"]),
        ("last_name > 3", ["at character 11: last_name has no '>'", "starts with", "is any of (…)"]),
        ("open_tickets contains 3", ["open_tickets has no 'contains'", "between X and Y"]),
        ("status", ["status says nothing"]),
        ("status is", ["what status is compared with is missing"]),
        ("status is Wrking", ["status is never 'Wrking'; nearest: Working; there are: New, Working, On hold"]),
        ("owner is zed", ["owner is never 'zed'", "ann@example.com, bo@example.com"]),
        ("status is New, Working", ["at character 14: ',' is not expected here"]),
        ("status is any of ()", ["a value is missing"]),
        ("open_tickets > many", ["'many' is not a number"]),
        ("days_since_last_activity > 7.5", ["'7.5' is not a number of days"]),
        ("added_at before 31.1.2026", ["'31.1.2026' is not a date: write it like 2026-01-31"]),
        ("added_at before 0001-01-01", ["is not a date"]),
        ("added_at in last 7", ["write it like: in last 7 days"]),
        ("added_at in next 99999999 days", ["0 to 36,500"]),
        ("added_at next fortnight", ["'next fortnight' is no period"]),
        ("last_name is ''", ["an empty text: write `is empty`"]),
        ("tags is empty fair", ["nothing can stand after 'is empty'"]),
        ("open_tickets between 1", ["between takes two values"]),
        ("(status is New", ["at character 1: this parenthesis is never closed"]),
        ("status is New)", ["at character 14: ')' closes nothing"]),
        ("status is New and", ["at character 18: a comparison is missing here"]),
        ("or status is New", ["at character 1: a comparison is missing here"]),
        ("last_name is 'x", ["at character 14: this quote is never closed"]),
        ("last_name is \"a\" b", ["at character 14: one value is expected"]),
        ("", ["there is nothing; leave the filter out"]),
        ("x" * 10_001, ["10,001 characters; a filter has 10,000 at most"]),
        ("(" * 50 + "status is New" + ")" * 50, ["nested deeper than 40"]),
        (" and ".join(["status is New"] * 201), ["more than 200 comparisons"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_what_would_be_right(written: str, told: list[str]) -> None:
    """And how one finds what there is."""
    with pytest.raises(SetupError) as caught:
        parse(written, LEADS)

    assert all(text in str(caught.value) for text in told), str(caught.value)
    assert caught.value.fix == "fields and operators: sellhub list fields --of lead"


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends one after the other loses patience at the third."""
    with pytest.raises(SetupError) as caught:
        parse("statsu is New and (status is any of (Nw, Wrkng) or last_name > 3)", LEADS)

    assert [f"at character {place}:" in str(caught.value) for place in (1, 38, 42, 62)] == [True] * 4


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("value > 10.005", "more decimals than EUR has"),
        ("value > 100 XXX", "no currency of ISO 4217 has the code 'XXX'"),
        ("value > -1", "'-1' is not an amount: write it like 1250.50, or 1250.50 EUR"),
        ("stage is Qoute", "nearest: Quote"),
        ("hot maybe", "hot has no 'maybe': a bool field has yes, no"),
    ],
)
def test_money_stages_and_checkboxes_are_checked(written: str, told: str) -> None:
    """Over-precise and unknown money, a stage that there is not."""
    with pytest.raises(SetupError, match=told.replace("(", r"\(")):
        parse(written, DEALS)


def test_an_amount_is_of_the_hubs_currency_unless_it_says_which() -> None:
    """Amounts of other currencies are neither more nor less: nobody gave a rate."""
    deal = {"value": "1000.00", "currency": "EUR"}

    assert holds(parse("value > 999.99", DEALS), deal, WEDNESDAY)
    assert not holds(parse("value > 1 USD", DEALS), deal, WEDNESDAY)
    assert holds(parse("value between 1000 EUR and 1000 eur", DEALS), deal, WEDNESDAY)
    assert not holds(parse("value between 1 EUR and 2000 USD", DEALS), deal, WEDNESDAY)


@pytest.mark.parametrize("written", ["hot yes", "hot is yes", "hot = true", "hot is not no", "not hot no"])
def test_a_checkbox_is_asked_in_several_ways(written: str) -> None:
    """All mean that it is ticked."""
    tree = parse(written, DEALS)

    assert [holds(tree, {"hot": hot}, WEDNESDAY) for hot in (True, False, None)] == [True, False, False]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("today", "2026-11-25", "2026-11-25"),
        ("yesterday", "2026-11-24", "2026-11-24"),
        ("is tomorrow", "2026-11-26", "2026-11-26"),
        ("this week", "2026-11-23", "2026-11-29"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("next week", "2026-11-30", "2026-12-06"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("next quarter", "2027-01-01", "2027-03-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("in last 7 days", "2026-11-18", "2026-11-25"),
        ("in next 7 days", "2026-11-25", "2026-12-02"),
        ("on 2024-02-29", "2024-02-29", "2024-02-29"),
        ("between yesterday and 2026-12-01", "2026-11-24", "2026-12-01"),
    ],
)
def test_a_period_holds_of_its_first_and_last_day_and_of_no_other(written: str, first: str, last: str) -> None:
    """Weeks begin on Monday; the last 7 days and the next 7 both hold today."""
    tree = parse(f'"Renewal date" {written}', LEADS)
    days = [(datetime.fromisoformat(day).date().toordinal() + step) for day, step in ((first, -1), (last, 1))]
    outside = [datetime.fromordinal(day).date().isoformat() for day in days]

    def on(day: str) -> bool:
        return holds(tree, {"custom_fields": {"Renewal date": day}}, WEDNESDAY)

    assert (on(first), on(last)) == (True, True)
    assert [on(day) for day in outside] == [False, False]


def test_days_are_those_of_the_hubs_time_zone() -> None:
    """What happened at eight in the evening in New York happened that day, though it was the next one in UTC."""
    called = {"last_communication_at": "2026-11-25T01:00:00.000000Z"}
    newyork = Context(datetime(2026, 11, 25, 9, tzinfo=UTC), "America/New_York")

    assert holds(parse("last_communication today", LEADS), called, WEDNESDAY)
    assert holds(parse("last_communication yesterday", LEADS), called, newyork)
    assert holds(parse("days_since_last_communication = 1", LEADS), called, newyork)


def test_what_is_empty_passes_no_comparison_and_every_denial() -> None:
    """One rule for null, missing and blank: a denial holds exactly where what it denies does not."""
    for written in ("status is New", "open_tickets > 0", "tags has fair", "added_at before today", "city is X"):
        assert not holds(parse(written, LEADS), {}, WEDNESDAY), written
        assert holds(parse(f"not {written}", LEADS), {}, WEDNESDAY), written
    for written in ("status is not New", "tags has none (fair)", "last_name does not contain x", "status is empty"):
        assert holds(parse(written, LEADS), {"last_name": ""}, WEDNESDAY), written


def test_texts_are_compared_letter_by_letter_whatever_their_case() -> None:
    """In every script; but one letter never stands for two."""

    def is_like(text: str, other: str) -> bool:
        return holds(parse(f'last_name is "{text}"', LEADS), {"last_name": other}, WEDNESDAY)

    assert is_like("MÜLLER", "müller")
    assert is_like("ΛΕΩΝ", "λεων")
    assert not is_like("STRASSE", "straße")
    assert not is_like("a.c", "abc")


def test_me_is_whoever_looks_and_must_be_known() -> None:
    """A list of mine that nobody owns would be empty without a word."""
    tree = parse("owner is me", LEADS)

    assert holds(tree, {"owner": "Ann Lee", "owner_email": "ann@example.com"}, WEDNESDAY)
    with pytest.raises(SetupError, match="speaks of me") as caught:
        holds(tree, {"owner": "ann@example.com"}, Context(WEDNESDAY.now))
    assert "SELLHUB_USER" in caught.value.fix


def test_criteria_say_which_of_their_parts_do_not_hold() -> None:
    """A refusal that does not say why is no help."""
    tree = parse("status is Working and email is not empty and (open_tickets > 0 or tags has vip)", LEADS)

    assert failing(tree, {"status": "Working"}, WEDNESDAY) == [
        "email is not empty", "open_tickets > 0 or tags has any (vip)"
    ]  # fmt: skip
    assert failing(None, {}, WEDNESDAY) == []
    assert [str(part) for part in conditions(parse("status is New", LEADS))] == ["status is New"]
    assert [each.field.name for each in comparisons(tree)] == ["status", "email", "open_tickets", "tags"]


def test_a_filter_that_was_stored_outlives_the_values_that_it_names() -> None:
    """A status that nobody has any more is met by nobody; the list is not broken for it."""
    assert str(parse("status is Gone", LEADS, known_only=False)) == "status is Gone"


def test_a_renamed_field_or_choice_is_renamed_in_filters() -> None:
    """As custom fields and their choices are."""
    tree = parse("custom_fields.Tier is any of (A, B) or (HQ.city is X and not Tier is A)", LEADS)

    assert str(with_custom_field_renamed(tree, "Tier", "Company tier")) == (
        'custom_fields."Company tier" is any of (A, B) or custom_fields.HQ.city is X '
        'and not custom_fields."Company tier" is A'
    )
    assert "(B)" in str(with_value_renamed(tree, "custom_fields.Tier", "A", "B"))
    assert "custom_fields.Main.city" in str(with_custom_field_renamed(tree, "HQ", "Main"))
