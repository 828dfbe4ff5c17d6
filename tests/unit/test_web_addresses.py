"""Where a message may lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.errors import Invalid
from astronote.services.web_addresses import normal_address

REFUSED = [
    "",
    "shop.gr",
    "//evil.example",
    "/path",
    "ftp://shop.gr",
    "javascript:alert(1)",
    "JAVASCRIPT://shop.gr/%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "http:shop.gr",
    "http:/shop.gr",
    "http:///shop.gr",
    "https://",
    "https://user@shop.gr",
    "https://user:password@shop.gr",
    "https://shop.gr@evil.example",
    "https://:80",
    "https://shop.gr\\@evil.example",
    "https://shop.gr\\.evil.example",
    "http://shop.gr\r\nSet-Cookie:a=b",
    "http://shop.gr/a b",
    "http://shop.gr\t.evil.example",
    "http://sh\x00op.gr",
    "http://localhost",
    "http://LOCALHOST:3000",
    "http://localhost.",
    "http://a.localhost",
    "http://printer.local",
    "http://db.internal",
    "http://router.lan",
    "http://intranet",
    "http://127.0.0.1",
    "http://127.0.0.1.",
    "http://127.1",
    "http://127.0.1",
    "http://0",
    "http://0.0.0.0",
    "http://0x7f.0.0.1",
    "http://0x7f000001",
    "http://0X7F.1",
    "http://0177.0.0.1",
    "http://017700000001",
    "http://2130706433",
    "http://10.1.2.3",
    "http://172.16.0.1",
    "http://192.168.1.1",
    "http://169.254.169.254/latest",
    "http://100.64.0.1",
    "http://224.0.0.1",
    "http://255.255.255.255",
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://4294967296",
    "http://①②⑦.⓪.⓪.①",
    "http://127。0。0。1",
    "http://１２７.0.0.1",
    "http://ｌｏｃａｌｈｏｓｔ",
    "http://[::1]",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[::127.0.0.1]",
    "http://[fe80::1]",
    "http://[fe80::1%25eth0]",
    "http://[fc00::1]",
    "http://[64:ff9b::10.0.0.1]",
    "http://[2002:7f00:1::]",
    "http://[::1",
    "http://127.0.0.1.nip.io",
    "http://localtest.me",
    "http://shop.gr:99999",
    "http://shop..gr",
    "https://" + "a" * 64 + ".gr",
    "https://shop.gr/" + "a" * 2000,
]


@pytest.mark.parametrize("url", REFUSED)
def test_no_message_leads_there(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_address(url)
    assert refused.value.code == "invalid_url"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Shop.GR", "https://shop.gr/"),
        ("https://shop.gr:443/a", "https://shop.gr/a"),
        ("http://shop.gr:80", "http://shop.gr/"),
        ("http://shop.gr:8080/a?b=c#d", "http://shop.gr:8080/a?b=c#d"),
        ("https://παράδειγμα.ελ/α?β=γ", "https://xn--hxajbheg2az3al.xn--qxam/%CE%B1?%CE%B2=%CE%B3"),
        ("https://shop.gr?a=https://x.gr", "https://shop.gr/?a=https://x.gr"),
        ("https://shop.gr/%E2%82%AC|{x}", "https://shop.gr/%E2%82%AC%7C%7Bx%7D"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://0x08080808", "http://8.8.8.8/"),
        ("http://[2606:4700:0::1111]", "http://[2606:4700::1111]/"),
        ("https://shop.example/a@b", "https://shop.example/a@b"),
    ],
)
def test_the_normal_form(url: str, normal: str) -> None:
    assert normal_address(url) == normal


@given(st.text(max_size=60).map("http://{}".format))
def test_whatever_is_accepted_is_its_own_normal_form(url: str) -> None:
    try:
        normal = normal_address(url)
    except Invalid:
        return
    assert normal.isascii() and normal == normal_address(normal)
