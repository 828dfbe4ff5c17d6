"""What holds for every page: small, strict, readable, in two languages."""

import re
import string
from itertools import product

import pytest

from astronote import public
from astronote.public import languages
from astronote.public.colours import accents, contrast
from astronote.public.render import contact_href
from tests.support.api import ApiClient
from tests.support.messages import add_message
from tests.support.public_pages import public_pages
from tests.support.shops import ShopUnderTest


def test_every_page_is_small_strict_and_not_for_search_engines(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    for shown in public_pages(shop):
        path = shown.path
        page = site.get(path, headers=cookie if shown.by_staff else {})
        assert page.headers["content-type"].startswith("text/html"), path
        assert len(page.content) < 30_000, path
        assert "<script" not in page.text and "style=" not in page.text, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert page.headers["x-robots-tag"] == "noindex, nofollow", path
        assert page.headers["cache-control"] == "no-store", path
        assert page.headers["x-content-type-options"] == "nosniff", path
        signing_in = path.startswith(
            ("/login", "/register", "/forgot", "/reset", "/logout", "/shops", "/invitation")
        )
        expected = "same-origin" if signing_in else "no-referrer"
        assert page.headers["referrer-policy"] == expected, path


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [("el-GR,el;q=0.9,en;q=0.8", "el"), ("en-GB,en", "en"), ("de, fr;q=0.5", "el"), ("", "el")],
)
def test_a_page_speaks_the_browsers_language_or_the_shops(
    site: ApiClient, shop: ShopUnderTest, accepted: str, spoken: str
) -> None:
    of_the_shop = (
        *("/join", "/nfc", "/c/", "/unsubscribe", "/resubscribe", "/preferences"),
        "/invitation",
    )
    for shown in public_pages(shop):
        if shown.path.startswith(of_the_shop) and shown.name not in (
            "link-invalid",
            "invitation-broken",
        ):
            page = site.get(shown.path, headers={"Accept-Language": accepted})
            assert f'<html lang="{spoken}">' in page.text, shown


def test_both_languages_have_the_same_sentences_and_blanks() -> None:
    english, greek = languages.WORDS["en"], languages.WORDS["el"]
    assert english.keys() == greek.keys()
    for key in english:
        assert _blanks(english[key]) == _blanks(greek[key]), key
    assert not [
        key
        for key, words in greek.items()
        if re.fullmatch(r"[\x00-\x7f]{4,}", words) and key not in {"email"}
    ]


def _blanks(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence)} - {None}


def test_the_first_choice_of_language_wins() -> None:
    assert languages.choose("en;q=0.3, el;q=0.7", None) == "el"
    assert languages.choose("de, en;q=nonsense", "el") == "en"
    assert languages.choose("*", "el") == "el"
    assert languages.choose("fr", None) == "en"


def test_whatever_the_shops_colour_words_stay_readable() -> None:
    for red, green, blue in product(("00", "3a", "80", "c0", "ff"), repeat=3):
        light, dark = accents(f"#{red}{green}{blue}")
        assert contrast(light.on_fill, light.fill) >= 4.5
        assert min(contrast(light.link, "#ffffff"), contrast(light.link, "#f5f5f3")) >= 4.5
        assert min(contrast(dark.link, "#1c1e22"), contrast(dark.link, "#121316")) >= 4.5
        assert contrast(light.edge, "#ffffff") >= 3 and contrast(dark.edge, "#1c1e22") >= 3


def test_a_name_that_is_markup_stays_a_name(site: ApiClient, shop: ShopUnderTest) -> None:
    import sqlalchemy as sa

    from astronote.db import system_transaction

    evil = '<script>alert(1)</script>" onload="x'
    message = add_message(shop, offer={"title": evil, "description": evil, "code": evil})
    paths = [shown.path for shown in public_pages(shop)]
    with system_transaction() as session:
        session.execute(sa.text("UPDATE shop SET name = :n, support_contact = :n"), {"n": evil})
    for path in [*paths, f"/tracking/offer/{message.tracking_id}"]:
        assert "<script" not in site.get(path).text


def test_errors_are_pages_for_browsers_and_problems_for_programs(
    site: ApiClient, program: ApiClient
) -> None:
    assert "<h1>" in site.get("/nothing/here").text
    assert program.get("/nothing/here").json()["code"] == "not_found"
    assert site.get("/public/s/nobody").headers["content-type"] == "application/problem+json"
    assert site.get("/api/contacts").headers["content-type"] == "application/problem+json"


def test_every_route_of_the_package_is_a_page_or_public() -> None:
    for router in public.routers:
        for route in router.routes:
            assert not route.path.startswith(("/api", "/webhooks"))  # type: ignore[attr-defined]


def test_access_logs_name_no_code_and_no_token(
    site: ApiClient, shop: ShopUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    message = add_message(shop)
    paths = [f"/s/{message.code}", f"/o/{message.code}", f"/public/s/{message.code}"]
    with caplog.at_level("INFO", logger="astronote.access"):
        for path in [*paths, *(shown.path for shown in public_pages(shop))]:
            site.get(path)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert len(caplog.records) > 20
    for secret in (message.code, message.tracking_id, "v1."):
        assert secret not in said


@pytest.mark.parametrize(
    ("written", "href"),
    [
        ("210 123 4567", "tel:2101234567"),
        ("+30 (210) 123-4567", "tel:+302101234567"),
        ("hello@shop.example", "mailto:hello@shop.example"),
        ("hello@shop.example?bcc=a@b.gr", ""),
        ("javascript:alert(1)@a.b", ""),
        ("Ermou 12, Athens", ""),
    ],
)
def test_a_tap_on_the_contact_calls_or_writes(written: str, href: str) -> None:
    assert contact_href(written) == href
