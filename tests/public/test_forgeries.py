"""Nobody makes a token, guesses a code, or turns a link of ours into a way elsewhere."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from astronote import security
from astronote.db import system_transaction, transaction
from astronote.errors import BadRequest, Invalid
from astronote.public.sign_in import safe_next
from astronote.services import (
    join_confirmations,
    links,
    offers,
    rate_limits,
    till_codes,
    unsubscribe_tokens,
    unsubscribing,
)
from astronote.services.web_addresses import normal_address
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.forgeries import mutants
from tests.support.messages import SentMessage, add_message, rows
from tests.support.shops import ShopUnderTest
from tests.support.sizes import FULL

MUTANTS = 100_000 if FULL else 5_000
GUESSES = 1_000_000 if FULL else 20_000

Make = Callable[[SentMessage], str]


def unsubscribe_token(message: SentMessage) -> str:
    return unsubscribe_tokens.make(
        message.shop_id, contact_id=message.contact_id, message_id=message.id
    )


def preferences_token(message: SentMessage) -> str:
    return unsubscribing.preferences_token(unsubscribe_tokens.read(unsubscribe_token(message)))


@pytest.mark.parametrize(
    ("make", "purpose"), [(unsubscribe_token, "unsubscribe"), (preferences_token, "preferences")]
)
def test_no_mutation_of_a_token_is_accepted(
    shop: ShopUnderTest, make: Make, purpose: unsubscribe_tokens.Purpose
) -> None:
    token = make(add_message(shop))
    assert unsubscribe_tokens.read(token, purpose).shop_id == shop.id
    accepted = [mutant for mutant in mutants(token, MUTANTS) if _opens(mutant, purpose)]
    assert accepted == []


def test_no_mutation_of_a_confirmation_is_accepted(shop: ShopUnderTest) -> None:
    message = add_message(shop)
    token = join_confirmations.make(message.contact_id, message.phone)
    accepted = []
    with system_transaction() as session:
        assert join_confirmations.read(session, token).contact_id == message.contact_id
        for mutant in mutants(token, MUTANTS // 5):
            try:
                join_confirmations.read(session, mutant)
            except BadRequest:
                continue
            accepted.append(mutant)
    assert accepted == []


def test_a_token_is_good_for_its_one_purpose(shop: ShopUnderTest) -> None:
    message = add_message(shop)
    tokens = {
        "unsubscribe": unsubscribe_token(message),
        "preferences": preferences_token(message),
        "shop page": security.sign("shop page", {"shop": shop.id}),
        "redeem form": security.sign("redeem form", {"session": 1, "offer": "x"}),
    }
    for made_for, token in tokens.items():
        for purpose in tokens:
            if purpose != made_for:
                with pytest.raises(BadRequest):
                    security.unsign(purpose, token)
        assert security.unsign(made_for, token)


def test_an_old_key_opens_as_long_as_it_is_listed(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings().unsubscribe_token_secret.get_secret_value()
    token = unsubscribe_token(add_message(shop))

    def use(secrets: str) -> None:
        monkeypatch.setenv("UNSUBSCRIBE_TOKEN_SECRET", secrets)
        settings.cache_clear()

    try:
        use(f"a-newer-secret-of-the-tests-0123456789,{before}")
        assert _opens(token) and _opens(unsubscribe_token(add_message(shop)))
        use("a-newer-secret-of-the-tests-0123456789")
        assert not _opens(token)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert _opens(token)


REDIRECTS = (
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "\\\\evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://evil.example/",
    "gopher://evil.example/",
    "ws://evil.example/",
    "intent://evil.example#Intent;scheme=http;end",
    "tel:+306900000000",
    "sms:+306900000000",
    "mailto:a@evil.example",
    "about:blank",
    "blob:https://evil.example/1",
    "view-source:https://evil.example",
    "https://shop.example@evil.example",
    "https://shop.example:pass@evil.example",
    "https://shop.example%40evil.example@evil.example",
    "https://user@shop.example",
    "https://evil.example\\@shop.example",
    "https://shop.example\n.evil.example",
    "https://shop.example\r\nLocation: https://evil.example",
    "https://shop.example\r\nSet-Cookie: a=b",
    "https://shop.example \x00",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://10.0.0.1/",
    "https://192.168.1.1/admin",
    "https://172.16.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://metadata.internal/",
    "https://printer.local/",
    "https://127.0.0.1.nip.io/",
    "https://intranet/",
    "https://",
)


def test_there_are_fifty_ways_to_try() -> None:
    assert len(set(REDIRECTS)) >= 50


@pytest.mark.parametrize("target", REDIRECTS)
def test_no_link_leads_elsewhere_than_a_shop_may_send(target: str) -> None:
    with pytest.raises(Invalid):
        normal_address(target)


def test_what_is_stored_is_checked_again_when_it_is_followed(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    with transaction(shop.id) as session:
        links.shorten(session, shop.id, message.campaign_id, ["https://x.gr"])
    for target in REDIRECTS:
        if "\x00" in target:
            continue
        with transaction(shop.id) as session:
            session.execute(sa.text("UPDATE short_link SET target_url = :t"), {"t": target})
        where = site.get(f"/s/{message.code}.1").headers["location"]
        assert where.startswith("/link-not-available?at="), target


@pytest.mark.parametrize("target", REDIRECTS)
def test_signing_in_leads_nowhere_else(target: str) -> None:
    assert safe_next(target) == "/app"


def test_guessing_codes_gets_nowhere(program: ApiClient, shop: ShopUnderTest) -> None:
    """At most one in a thousand is answered at all, and what is answered is "no"."""
    known = add_message(shop)
    guesses = links.random_words(GUESSES, settings().short_code_length)
    assert known.code not in guesses
    let_in = 0
    for start in range(0, GUESSES, 500):
        callers = ["203.0.113.9"] * len(guesses[start : start + 500])
        verdicts = rate_limits.measure(rate_limits.MISS, callers, 1)
        let_in += sum(verdict.allowed for verdict in verdicts)
    # The burst, and what a minute of trying earns back.
    assert let_in <= max(GUESSES // 1000, 2 * rate_limits.MISS.burst)
    refused = program.get("/public/o/guess99999")
    assert refused.status_code in {404, 429}
    assert shop.name not in refused.text and known.phone not in refused.text


def test_a_guessed_till_code_is_nobodys_in_this_shop(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = add_message(other)
    with transaction(mine.id) as session, pytest.raises(Exception, match="no such offer"):
        offers.by_till_code(session, mine.id, till_codes.till_code(theirs.id))
    assert rows(other, "redemption") == []


def _opens(token: str, purpose: unsubscribe_tokens.Purpose = "unsubscribe") -> bool:
    try:
        unsubscribe_tokens.read(token, purpose)
    except BadRequest:
        return False
    return True
