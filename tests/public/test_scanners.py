"""Programs that open every link they see: mail scanners, link previews, prefetchers."""

from typing import Any

from astronote.models import metadata
from tests.support.api import ApiClient
from tests.support.joining import link
from tests.support.messages import add_message, rows
from tests.support.public_pages import public_pages
from tests.support.shops import ShopUnderTest
from tests.support.sizes import FULL

SCANNERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; proofpoint URL Defense)",
    "Mimecast Targeted Threat Protection",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; SafeLinks)",
    "GoogleOther",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
)
METHODS = ("GET", "HEAD", "OPTIONS")
COUNTERS = {"link_click", "offer_view_event", "nfc_scan"}
"""What an opening may write to."""


def test_twenty_scanners_change_nothing_but_counters(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    paths = [shown.path for shown in public_pages(shop)]
    paths += [f"/{door}/{message.code}" for door in ("s", "o", "public/s", "public/o")]
    paths += [f"/retail{path}" for path in paths if path.startswith(("/join", "/nfc", "/track"))]
    token = link(shop)
    paths += [f"/public/join/{token}", f"/public/nfc/{link(shop, 'nfc')}"]
    before = _everything(shop)
    for number, agent in enumerate(SCANNERS):
        for place, path in enumerate(paths):
            # Every agent asks for every page, by one method; at full size, by all three.
            for method in METHODS if FULL else METHODS[(number + place) % 3 :][:1]:
                answer = site.request(method, path, headers={"User-Agent": agent})
                assert answer.status_code < 500, path
    after = _everything(shop)
    assert {table for table in before if before[table] != after[table]} <= COUNTERS
    assert all(click["is_bot"] for click in after["link_click"])
    assert all(view["is_bot"] for view in after["offer_view_event"])
    assert all(scan["is_bot"] for scan in after["nfc_scan"])
    assert len(after["link_click"]) > 0 and len(after["offer_view_event"]) > 0


def _everything(shop: ShopUnderTest) -> dict[str, list[dict[str, Any]]]:
    """Every row that the shop can see."""
    tenant = [name for name, table in metadata.tables.items() if "shop_id" in table.columns]
    return {name: rows(shop, name) for name in [*tenant, "shop"]}
