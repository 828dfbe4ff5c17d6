"""Automations as merchants write them."""

from datetime import time, timedelta
from typing import Any

import pytest

from astronote.errors import Invalid, NotFound
from astronote.services import (
    shops,
)
from astronote.services.automations import BIRTHDAY, WELCOME
from tests.support.automating import NOON, change, get, settings_of
from tests.support.messages import rows
from tests.support.shops import ShopUnderTest

pytestmark = pytest.mark.usefixtures("noon_in_athens")


@pytest.mark.parametrize(("locale", "word"), [("en", "happy birthday"), ("el", "χρόνια πολλά")])
def test_the_default_is_off_speaks_the_shops_language_and_is_not_stored(
    shop: ShopUnderTest, locale: str, word: str
) -> None:
    settings_of(shop, locale=locale)
    found = get(shop, BIRTHDAY)
    assert (found.is_active, found.encoding, found.send_hour, found.updated_at) == (
        False,
        "auto",
        10,
        None,
    )
    assert word in found.message_body
    assert found.offer.enabled
    assert rows(shop, "automation") == []


def test_any_subset_can_be_changed_and_the_rest_stays(shop: ShopUnderTest) -> None:
    default = get(shop, WELCOME)
    changed = change(shop, WELCOME, is_active=True)
    assert changed.is_active and changed.message_body == default.message_body
    assert changed.updated_at == pytest.approx(NOON, abs=timedelta(minutes=1))
    changed = change(shop, WELCOME, message_body="Hi {{last_name|you}}", encoding="gsm")
    assert changed.is_active and changed.encoding == "gsm"
    changed = change(shop, WELCOME, offer={"title": "Coffee", "maxTotal": 5})
    assert (changed.offer.title, changed.offer.max_total) == ("Coffee", 5)
    assert get(shop, WELCOME) == changed
    assert not get(shop, BIRTHDAY).is_active


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"message_body": "Hi {{nickname}}"}, "unknown_token", "messageBody"),
        ({"message_body": "Hi {{first_name"}, "unknown_token", "messageBody"),
        ({"message_body": " \n"}, "empty_message", "messageBody"),
        ({"message_body": "x" * 2001}, "invalid", "messageBody"),
        ({"message_body": "See https://localhost/x"}, "invalid_url", "messageBody"),
        ({"encoding": "ucs2"}, "invalid", "encoding"),
        ({"offer": {"maxRedemptions": 0}}, "invalid", "offer.maxRedemptions"),
        ({"send_hour": 24}, "invalid", "sendHour"),
        ({"send_hour": -1}, "invalid", "sendHour"),
        ({"send_hour": None}, "invalid", "sendHour"),
        ({"send_hour": 22}, "quiet_hours", "sendHour"),
        ({"send_hour": 8}, "quiet_hours", "sendHour"),
    ],
)
def test_what_is_refused_changes_nothing(
    shop: ShopUnderTest, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        change(shop, BIRTHDAY, **changes)
    assert refused.value.code == code
    assert [error["field"] for error in refused.value.errors] == [field]
    assert rows(shop, "automation") == []


def test_the_hour_at_which_quiet_hours_end_is_accepted(shop: ShopUnderTest) -> None:
    assert change(shop, BIRTHDAY, send_hour=9).send_hour == 9
    assert change(shop, BIRTHDAY, send_hour=20).send_hour == 20


def test_quiet_hours_set_later_do_not_keep_the_text_from_being_changed(shop: ShopUnderTest) -> None:
    change(shop, BIRTHDAY, send_hour=12, is_active=True)
    settings_of(shop, quiet_hours=shops.QuietHours(time(11), time(13)))
    change(shop, BIRTHDAY, message_body="Hi")
    change(shop, BIRTHDAY, is_active=False)
    with pytest.raises(Invalid, match="12:00 lies within your quiet hours"):
        change(shop, BIRTHDAY, is_active=True)


def test_there_is_no_third_type_and_a_welcome_has_no_hour(shop: ShopUnderTest) -> None:
    with pytest.raises(NotFound):
        get(shop, "abandoned_cart")
    with pytest.raises(NotFound):
        change(shop, "abandoned_cart", is_active=True)
    with pytest.raises(Invalid):
        change(shop, WELCOME, send_hour=10)
