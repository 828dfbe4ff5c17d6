"""Greek written in the GSM alphabet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.services import gsm
from astronote.services.greek import to_gsm
from astronote.services.links_block import DEFAULT_LABELS
from astronote.services.sms_text import parts

GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏΪΫ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Καλημέρα Μαρία", "KAΛHMEPA MAPIA"),
        ("Ο Θάνος στις Σέρρες", "O ΘANOΣ ΣTIΣ ΣEPPEΣ"),
        ("ταΐστε τον λαϊκό προϋπολογισμό", "TAIΣTE TON ΛAIKO ΠPOYΠOΛOΓIΣMO"),
        ("«Μόνο» – σήμερα…", '"MONO" - ΣHMEPA...'),
        ("τ’ άλλα ‘εδώ’ “ναι”", "T' AΛΛA 'EΔΩ' \"NAI\""),
        ("Πώς; Έτσι· ναι", "ΠΩΣ; EΤΣI. NAI".replace("Τ", "T")),
        ("-20%\u00a0σε\u2009όλα\u200b", "-20% ΣE OΛA"),
        ("ᾍδης ᾠδή ἄνθρωπος", "AΔHΣ ΩΔH ANΘPΩΠOΣ"),
        ("Γεια σου Nike sale", "ΓEIA ΣOY NIKE SALE"),
        ("από 10€ έως 20€", "AΠO 10€ EΩΣ 20€"),
        ("ά".replace("ά", "α\u0301"), "A"),
        ("ΓΔΘΛΞΠΣΦΨΩ", "ΓΔΘΛΞΠΣΦΨΩ"),
    ],
)
def test_greek_becomes_capitals_that_fit(text: str, expected: str) -> None:
    assert to_gsm(text) == expected
    assert gsm.fits(expected)


@pytest.mark.parametrize("char", GREEK)
def test_every_greek_letter_has_a_counterpart(char: str) -> None:
    written = to_gsm(char)
    assert gsm.fits(written)
    assert len(written) == 1
    assert written == written.upper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sale – 20% off’s", "Sale - 20% off's"),
        ("façade naïve Škoda", "facade naive Skoda"),
        ("già è così", "già è così"),
        ("ÀÈ Łódź œuvre", "AE Lodz oeuvre"),
        ("½ price™ №5 ²", "1/2 priceTM No5 2"),
        ("Straße über Ñandú", "Straße über Ñandu"),
    ],
)
def test_other_texts_keep_their_case(text: str, expected: str) -> None:
    assert to_gsm(text) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.gr/Προσφορά?q=Ά&b=1",
        "http://Shop.gr/aB_c~(1)",
        "HTTPS://shop.gr/x",
        "www.Shop.gr/Ab",
        "info@Shop.gr",
        "shop.gr/Ab?c=D",
    ],
)
def test_addresses_are_never_touched(address: str) -> None:
    assert to_gsm(f"Δες {address}, σήμερα") == f"ΔEΣ {address}, ΣHMEPA"
    assert to_gsm(f"«{address}»") == f'"{address}"'


def test_a_price_with_a_unit_is_no_address() -> None:
    assert to_gsm("1.50/τεμ και π.χ./κιλό") == "1.50/TEM KAI Π.X./KIΛO"


@pytest.mark.parametrize("kept", ["😀", "👍🏽", "Ж", "漢", "❤\ufe0f"])
def test_what_has_no_counterpart_stays(kept: str) -> None:
    assert to_gsm(f"Γεια {kept}") == f"ΓEIA {kept}"


def test_the_greek_labels_fit() -> None:
    assert gsm.fits(DEFAULT_LABELS["el"].offer)
    assert gsm.fits(DEFAULT_LABELS["el"].unsubscribe)


@given(st.text(st.sampled_from(GREEK + " ,.!«»–…’aZé9€"), max_size=200))
def test_a_greek_text_always_fits_and_never_costs_more(text: str) -> None:
    written = to_gsm(text)
    assert gsm.fits(written)
    assert to_gsm(written) == written
    assert parts(written) <= parts(text)


@given(st.text(max_size=60))
def test_any_text_survives(text: str) -> None:
    to_gsm(text)
