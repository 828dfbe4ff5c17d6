"""Final texts: the lines at the end exactly once, whatever was there before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.errors import Invalid
from astronote.services import composing, links, sms_text
from astronote.services.shops import ShopRow
from astronote.settings import settings

CODE = "abcdefghkm"


def a_shop(offer: str = "Claim Offer:", way_out: str = "To unsubscribe, tap:") -> ShopRow:
    values = dict.fromkeys(ShopRow.__dataclass_fields__)
    told = {"name": "Κάβα", "offer_label": offer, "unsubscribe_label": way_out}
    return ShopRow(**values | told)  # type: ignore[arg-type]


def write(
    text: str, kind: str = "campaign", *, offer: bool = True, encoding: str = "auto", **more: bool
) -> composing.Wording:
    shop = a_shop()
    ordinals = composing.planned_ordinals(shop, text, kind)
    made = composing.composer(shop, text, encoding, offer, kind, ordinals, **more)
    return made.final("Maria", "Papa", CODE)


def lines(offer: bool, way_out: bool) -> str:
    base = settings().public_base
    return (f"\nClaim Offer: {base}/o/{CODE}" if offer else "") + (
        f"\nTo unsubscribe, tap: {base}/s/{CODE}" if way_out else ""
    )


@pytest.mark.parametrize("kind", ["campaign", "welcome", "birthday", "test"])
def test_both_lines_and_one_where_the_offer_is_off(kind: str) -> None:
    assert write("Hi", kind).text == "Hi" + lines(True, True)
    assert write("Hi", kind, offer=False).text == "Hi" + lines(False, True)


def test_direct_messages_have_no_offer_and_a_way_out_only_where_the_shop_writes_first() -> None:
    assert write("Hi", "direct").text == "Hi" + lines(False, True)
    assert write("Hi", "direct", shop_writes_first=False).text == "Hi"


@pytest.mark.parametrize("kind", ["confirmation", "help"])
def test_answers_stay_as_they_are(kind: str) -> None:
    text = "Yes? https://example.com/confirm\nUnsubscribe: https://example.com/u"
    assert write(text, kind).text == text


def test_lines_that_are_there_already_are_replaced() -> None:
    once = write("Hi {{first_name}}").text
    assert write(once).text == once == "Hi Maria" + lines(True, True)


def test_free_addresses_are_shortened_and_the_same_one_has_one_number() -> None:
    text = "See https://example.com/a, (https://example.com/b) or HTTPS://Example.com/a"
    short = f"{settings().public_base}/s/{CODE}"
    assert write(text).text.startswith(f"See {short}.1, ({short}.2) or {short}.1\n")


def test_personal_addresses_stay() -> None:
    text = "https://example.com/?n={{first_name}}"
    assert write(text).text.startswith("https://example.com/?n=Maria\n")


def test_an_address_that_a_message_may_not_lead_to_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        write("http://192.168.0.1/")
    assert refusal.value.code == "invalid_url"


def test_gsm_rewrites_tokens_and_labels_but_never_addresses() -> None:
    shop = a_shop("Δες την προσφορά:", "Για διαγραφή:")
    text = "Γεια σου {{first_name}}, {{shop_name}} https://example.com/Α-μικρό"
    ordinals = composing.planned_ordinals(shop, text)
    made = composing.composer(shop, text, "gsm", True, "campaign", ordinals)
    final = made.final("Ελένη", None, CODE)
    base = settings().public_base
    assert final.encoding == "GSM-7"
    assert f"{base}/s/{CODE}.1\n" in final.text
    assert final.text.endswith(f"{base}/s/{CODE}")
    assert final.text.startswith("ΓEIA ΣOY EΛENH, KABA ")
    plain = composing.composer(shop, text, "auto", True, "campaign", ordinals)
    assert plain.final("Ελένη", None, CODE).encoding == "UCS-2"


def test_names_cannot_break_the_message() -> None:
    shop = a_shop()
    made = composing.composer(shop, "Hi {{first_name}}!", "auto", False, "help", {})
    assert made.final("Ma\nria\x00 {{last_name}}", None, CODE).text == "Hi Ma ria {{last_name}}!"
    assert made.final("\n", None, CODE).text == "Hi!"


def test_blank_is_what_says_nothing_of_its_own() -> None:
    for text in ("", " \n", "To unsubscribe, tap: https://old.example/s/x"):
        assert composing.composer(a_shop(), text, "auto", True, "campaign", {}).is_blank


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200),
    st.text(max_size=20),
    st.sampled_from(["auto", "gsm"]),
)
def test_what_is_measured_is_what_is_sent(text: str, name: str, encoding: str) -> None:
    shop = a_shop()
    try:
        made = composing.composer(shop, text + "{{first_name}}", encoding, True, "campaign", {})
    except Invalid:
        return
    draft, final = made.draft(name, None), made.final(name, None, links.new_codes(1)[0])
    assert sms_text.measure(final.text) == (final.encoding, final.parts)
    assert (draft.encoding, draft.parts) == (final.encoding, final.parts)
    assert final.text.count("/o/") >= 1 and final.text.count("To unsubscribe".upper()) <= 1
