"""Many spellings of a question, one key."""

from __future__ import annotations

import pytest

from connectors.questions import question_key


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("First name", "first name"),
        ("And what's your *first name*?", "first name"),
        ("What’s your name?", "name"),
        ("first_name", "first name"),
        ("Please enter your E-Mail (required)", "e mail"),
        ("Thanks, {{field:ref}}! Your phone number", "phone number"),
        ("<b>Company</b>:", "company"),
        ("ＣＯＭＰＡＮＹ", "company"),
        ("公司名称：", "公司名称"),
        ("Your", "your"),
        ("???", ""),
        ("", ""),
    ],
)
def test_a_title_has_one_key_however_politely_it_asks(title: str, key: str) -> None:
    """Capitals, marks, markup and courtesy do not count; a title of nothing else is its own key."""
    assert question_key(title) == key
