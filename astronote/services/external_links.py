"""Another shortener's links for the free URLs of a text (``SHORTENER=bitly|tinyurl``).

Entry points ask for them before their own transaction. The shortener is asked between two
transactions, never within one, and is given our own short link of the URL, so that its
clicks are still counted and its target still checked. What it does not answer keeps our
link: nothing is lost, and no message waits.
"""

from collections.abc import Callable, Iterable
from typing import Final

from sqlmodel import Session

from astronote.db import transaction
from astronote.errors import AstronoteError
from astronote.integrations import shorteners
from astronote.services import automations, campaign_rows, composing, links, shops
from astronote.settings import settings

_NOT_STARTED: Final = frozenset({"draft", "scheduled"})


def fetch_for_campaign(shop_id: int, campaign_id: int) -> None:
    """Fetch what is missing for a campaign that has not started.

    What is wrong with the campaign or its text is for the caller's own verb to say.
    """

    def urls(session: Session) -> list[str]:
        campaign = campaign_rows.get(session, shop_id, campaign_id)
        if campaign.status not in _NOT_STARTED:
            return []
        shop = shops.get(session, shop_id)
        return composing.urls_to_shorten(shop, campaign.message_text, "campaign")

    _fetch(shop_id, campaign_id, urls)


def fetch_for_automation(shop_id: int, type: str, text: str | None = None) -> None:
    """The same for an automation, as it is or with a new ``text``."""

    def urls(session: Session) -> list[str]:
        row = automations.get(session, shop_id, type)
        shop = shops.get(session, shop_id)
        written = row.message_body if text is None else text
        return composing.urls_to_shorten(shop, written, automations.KINDS[row.type])

    _fetch(shop_id, None, urls)


def fetch_for_reply(shop_id: int, text: str) -> None:
    """The same for an answer from the inbox."""
    _fetch(
        shop_id,
        None,
        lambda session: composing.urls_to_shorten(shops.get(session, shop_id), text, "direct"),
    )


def _fetch(shop_id: int, campaign_id: int | None, read: Callable[[Session], Iterable[str]]) -> None:
    if settings().shortener == "custom":
        return
    try:
        with transaction(shop_id) as session:
            waiting = links.without_external(session, shop_id, campaign_id, read(session))
    except AstronoteError:
        return
    found = shorteners.shorten(waiting)
    if found:
        kept = {waiting[address]: link for address, link in found.items()}
        with transaction(shop_id) as session:
            links.keep_external(session, shop_id, kept)
