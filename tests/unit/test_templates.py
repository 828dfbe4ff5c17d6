"""Tokens, fallbacks, and the sentence around an empty name."""

import pytest

from astronote.errors import Invalid
from astronote.services import templates


def rendered(text: str, first: str | None = None, last: str | None = None) -> str:
    return templates.render(templates.compile(text), first, last, "Ανθός")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{first_name}} {{last_name}}!", "Hi Μαρία Παπά!"),
        ("{{ first_name }}, from {{shop_name}}", "Μαρία, from Ανθός"),
        ("{{first_name|there}} 100% {x}", "Μαρία 100% {x}"),
        ("no tokens %s %d %%", "no tokens %s %d %%"),
        ("", ""),
    ],
)
def test_tokens_are_filled_in(text: str, expected: str) -> None:
    assert rendered(text, "Μαρία", "Παπά") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {{first_name|there}}!", "Hi there!"),
        ("Hi {{ first_name | dear friend }}!", "Hi dear friend!"),
        ("Hi {{first_name|}}!", "Hi!"),
        ("Hi {{first_name}}, welcome", "Hi, welcome"),
        ("Hi {{first_name}} , welcome", "Hi, welcome"),
        ("Hi {{first_name}} {{last_name}}!", "Hi!"),
        ("Γεια σου {{first_name}}· έλα", "Γεια σου· έλα"),
        ("{{first_name}}, your coupon", "Your coupon"),
        ("{{first_name}} {{last_name}}: έλα", "Έλα"),
        ("Hi\n{{first_name}}, your coupon", "Hi\nYour coupon"),
        ("For {{first_name}} only", "For only"),
        ("Thank you {{first_name}}", "Thank you"),
        ("Thank you {{first_name}}\nBye", "Thank you\nBye"),
        ("To ({{first_name}}) now", "To () now"),
        ("https://s.gr/?n={{first_name}}&x=1", "https://s.gr/?n=&x=1"),
        ("{{first_name}}", ""),
    ],
)
def test_an_empty_name_leaves_a_sensible_sentence(text: str, expected: str) -> None:
    assert rendered(text) == expected
    assert rendered(text, "", "") == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hi {{nope}}", "{{nope}}"),
        ("Hi {{First_Name}}", "{{First_Name}}"),
        ("Hi {{firstName}}!", "{{firstName}}"),
        ("Hi {{}}", "{{}}"),
        ("Hi {{first_name||a}}", "{{first_name||a}}"),
        ("Hi {{first_name", "{{first_name"),
        ("Hi {{first_name}", "{{first_name}"),
        ("Hi first_name}} you", "}} you"),
        ("Hi {first_name}", "{first_name}"),
        ("Hi {{{first_name}}}", "{{{first_name}}}"),
        ("Hi {{first\nname}}", "{{first"),
        ("Hi {{{{first_name}}}}", "{{{{first_name}}}}"),
        ("{{first_name}} {{shop}}", "{{shop}}"),
    ],
)
def test_unknown_and_malformed_tokens_are_named(text: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        templates.compile(text)
    assert refused.value.code == "unknown_token"
    assert refused.value.field == "messageText"
    assert refused.value.extra["token"] == named
    assert named in refused.value.detail


def test_the_field_is_the_callers() -> None:
    with pytest.raises(Invalid) as refused:
        templates.compile("{{x}}", field="messageBody")
    assert refused.value.errors == [{"field": "messageBody", "message": refused.value.detail}]


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\ud800"])
def test_characters_that_no_phone_shows_are_refused(char: str) -> None:
    with pytest.raises(Invalid) as refused:
        templates.compile(f"a{char}b")
    assert refused.value.code == "unsendable_character"


def test_values_are_never_templates() -> None:
    assert rendered("Hi {{first_name}}", "{{shop_name}} %s") == "Hi {{shop_name}} %s"


def test_line_ends_and_letters_are_made_uniform() -> None:
    assert rendered("a\r\nb\rc\td α\u0301") == "a\nb\nc d ά"


def test_only_names_make_a_text_personal() -> None:
    assert templates.compile("Hi {{first_name}}").is_personal
    assert not templates.compile("Hi from {{shop_name}}").is_personal
