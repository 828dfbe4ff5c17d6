"""Who is a person."""

import pytest

from astronote.services.visitors import is_program

PEOPLE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A; wv) AppleWebKit/537.36 Version/4.0 "
    "Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0]",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 "
    "OPR/86.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 "
    "Viber/22.9",
]
PROGRAMS = [
    "",
    "curl/8.5.0",
    "Wget/1.21",
    "python-requests/2.32",
    "Python/3.11 aiohttp/3.9",
    "Go-http-client/2.0",
    "okhttp/4.12",
    "Java/17.0.2",
    "PostmanRuntime/7.39",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0",
    "Twitterbot/1.0",
    "LinkedInBot/1.0",
    "SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "Mozilla/5.0 (Windows NT 10.0) BingPreview/1.0b",
    "Discordbot/2.0",
    "GoogleOther",
    "Mozilla/5.0 (compatible; YandexBot/3.0)",
    "check_http/v2.3",
    "kube-probe/1.29",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_browser_is_a_persons(agent: str) -> None:
    assert not is_program("GET", agent)


@pytest.mark.parametrize("agent", PROGRAMS)
def test_what_names_itself_is_a_program(agent: str) -> None:
    assert is_program("GET", agent)


def test_looking_ahead_is_no_visit() -> None:
    assert is_program("HEAD", PEOPLE[0])
    assert is_program("GET", PEOPLE[0], ["prefetch;prerender"])
    assert not is_program("GET", PEOPLE[0], ["navigate"])
