"""The two closing lines, and the addresses inside a text."""

import pytest

from astronote.services.free_urls import find_urls, replace_urls
from astronote.services.links_block import DEFAULT_LABELS, strip_links_block, with_links

OFFER, STOP = "https://s.gr/o/AbC", "https://s.gr/s/AbC"
EN = DEFAULT_LABELS["en"]


def block(base: str) -> str:
    return with_links(base, EN.offer, OFFER, EN.unsubscribe, STOP)


def test_both_lines_are_appended_as_specified() -> None:
    assert block("Sale today!") == (
        f"Sale today!\nClaim Offer: {OFFER}\nTo unsubscribe, tap: {STOP}"
    )


def test_each_line_can_be_left_out() -> None:
    assert with_links("A", "x", None, "Stop:", STOP) == f"A\nStop: {STOP}"
    assert with_links("A", "x", None, "y", None) == "A"
    assert with_links("", "Offer:", OFFER, "", STOP) == f"Offer: {OFFER}\n{STOP}"


@pytest.mark.parametrize(
    "pasted",
    [
        "Sale today!\nClaim Offer: https://old.example/o/1\nTo unsubscribe, tap: https://old.example/s/1",
        "Sale today!\n\nclaim offer: https://old.example/o/1\n",
        "Sale today! Claim Offer: https://a.b/1 To unsubscribe, tap: https://a.b/2",
        "Sale today!\nClaim Offer https://a.b/1\nUnsubscribe: https://a.b/2",
        "Sale today!\nClaim Offer:\nTo unsubscribe, tap:",
        "Sale today!\nΔες την προσφορά: https://a.b/1\nΓια διαγραφή πάτα: https://a.b/2",
        "Sale today!\nΔΕΣ ΤΗΝ ΠΡΟΣΦΟΡΑ: https://a.b/1\nΔιαγραφη: https://a.b/2",
        "Sale today!\nΔEΣ THN ΠPOΣΦOPA: https://a.b/1\n  ΓIA ΔIAΓPAΦH ΠATA:  https://a.b/2  ",
        "Claim Offer: https://a.b/1\nSale today!",
    ],
)
def test_earlier_blocks_are_removed_first(pasted: str) -> None:
    assert strip_links_block(pasted) == "Sale today!"
    assert block(pasted) == block("Sale today!")


def test_appending_twice_changes_nothing() -> None:
    assert block(block("Sale today!")) == block("Sale today!")


def test_the_shops_own_labels_are_removed_at_line_starts_only() -> None:
    text = "Our special offer: https://shop.gr/x\nOffer: https://a.b/1"
    assert strip_links_block(text, ["Offer:", ""]) == "Our special offer: https://shop.gr/x"


@pytest.mark.parametrize(
    "text",
    [
        "Claim Offer today only at our shop!",
        "Claim offer: -20% on all",
        "You may unsubscribe at the till",
        "Line one\n\nLine two with https://shop.gr",
        "",
    ],
)
def test_ordinary_sentences_stay(text: str) -> None:
    assert strip_links_block(text) == text


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://a.gr/x.", ["https://a.gr/x"]),
        ("(http://b.gr/y), then", ["http://b.gr/y"]),
        ("https://c.gr/w_(z)", ["https://c.gr/w_(z)"]),
        ("«https://d.gr/ά» “https://e.gr”", ["https://d.gr/ά", "https://e.gr"]),
        ("https://e.gr,https://f.gr;", ["https://e.gr", "https://f.gr"]),
        ("HTTPS://G.gr/?u=https://h.gr/!", ["HTTPS://G.gr/?u=https://h.gr/"]),
        ("https://i.gr/{{first_name|you there}}.", ["https://i.gr/{{first_name|you there}}"]),
        ("Εδώhttps://j.gr", ["https://j.gr"]),
        ("https://k.gr/a?b=c&d=e#f…", ["https://k.gr/a?b=c&d=e#f"]),
        ("http:// https://. ftp://x.gr shop.gr javascript://x", []),
        ("https://[::1]/x", ["https://[::1]/x"]),
    ],
)
def test_addresses_are_found_without_the_sentences_punctuation(text: str, urls: list[str]) -> None:
    spans = find_urls(text)
    assert [span.url for span in spans] == urls
    assert all(text[span.start : span.end] == span.url for span in spans)


def test_addresses_are_replaced_in_place() -> None:
    text = "a https://x.gr/1, b https://y.gr/{{first_name}} c (https://z.gr)."
    assert replace_urls(text, lambda url: f"<{url[8]}>") == (
        "a <x>, b https://y.gr/{{first_name}} c (<z>)."
    )
