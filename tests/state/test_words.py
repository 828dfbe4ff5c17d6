"""Numbers, money and times in English and in Greek."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from astronote import clock
from astronote.state import words


@pytest.fixture(params=["en", "el"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(words, "language", lambda: request.param)
    yield request.param


def test_numbers_shares_and_money(language: str) -> None:
    said = [
        words.number(1_234_567),
        words.percent(1, 8),
        words.percent(1, 0),
        words.money(Decimal("1234.5")),
        words.money(Decimal("0.045"), digits=3),
        words.counted(1, "contact", "contacts"),
        words.counted(2000, "contact", "contacts"),
    ]
    assert (
        said
        == {
            "en": ["1,234,567", "12.5%", "–", "€1,234.50", "€0.045", "1 contact", "2,000 contacts"],
            "el": [
                "1.234.567",
                "12,5%",
                "–",
                "1.234,50\xa0€",
                "0,045\xa0€",
                "1 επαφή",
                "2.000 επαφές",
            ],
        }[language]
    )


@pytest.mark.parametrize(
    ("away", "english", "greek"),
    [
        (timedelta(seconds=-5), "just now", "μόλις τώρα"),
        (timedelta(seconds=20), "in a moment", "σε λίγο"),
        (timedelta(minutes=-1), "1 minute ago", "πριν από 1 λεπτό"),
        (timedelta(hours=-3, minutes=-10), "3 hours ago", "πριν από 3 ώρες"),
        (timedelta(days=2, seconds=5), "in 2 days", "σε 2 ημέρες"),
        (timedelta(days=-38), "38 days ago", "πριν από 38 ημέρες"),
        (timedelta(days=-61), "2 months ago", "πριν από 2 μήνες"),
        (timedelta(days=-800), "2 years ago", "πριν από 2 έτη"),
    ],
)
def test_times_are_told_in_one_unit(
    language: str, away: timedelta, english: str, greek: str
) -> None:
    assert words.ago(clock.now() + away) == {"en": english, "el": greek}[language]


def test_dates_have_the_names_of_the_language(language: str) -> None:
    moment = datetime(2026, 5, 6, 11, 5, tzinfo=UTC)
    said = [
        words.exact(moment, "Europe/Athens"),
        words.written(date(2026, 5, 6), "EEEE d MMMM y"),
    ]
    assert (
        said
        == {
            "en": ["6 May 2026, 14:05 (EEST)", "Wednesday 6 May 2026"],
            "el": ["6 Μαΐ 2026, 14:05 (EEST)", "Τετάρτη 6 Μαΐου 2026"],
        }[language]
    )


def test_durations_are_rough(language: str) -> None:
    said = [words.duration(s) for s in (3, 42, 61, 150, 4000)]
    assert (
        said
        == {
            "en": [
                "a few seconds",
                "about 40 seconds",
                "about 1 minute",
                "about 2 minutes",
                "about 1 hour",
            ],
            "el": [
                "λίγα δευτερόλεπτα",
                "περίπου 40 δευτερόλεπτα",
                "περίπου 1 λεπτό",
                "περίπου 2 λεπτά",
                "περίπου 1 ώρα",
            ],
        }[language]
    )
