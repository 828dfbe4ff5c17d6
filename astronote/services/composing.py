"""From what a merchant wrote to what a phone shows.

The tokens filled in, free URLs shortened, the whole rewritten for GSM-7 where asked, and
at the end, exactly once, the lines that the kind of message carries:

    <base message>
    Claim Offer: <short link>
    To unsubscribe, tap: <short link>

A composer is made once for a campaign and asked once for each different person. It
writes a code of the real length, so what it measures is what will be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from astronote.services import links, sms_text, templates
from astronote.services.greek import to_gsm
from astronote.services.shops import ShopRow
from astronote.services.sms_text import Encoding
from astronote.services.templates import Template
from astronote.services.web_addresses import normal_address

WITH_OFFER: Final = frozenset({"campaign", "welcome", "birthday", "test"})
"""Kinds that carry the offer's line, where the offer is on, and the opt-out line."""

ANSWERS: Final = frozenset({"confirmation", "help"})
"""Kinds that answer who just wrote: neither line, and their own addresses as they are."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is sent; ``parts`` are SMS segments."""

    text: str
    encoding: Encoding
    parts: int


class Composer:
    """Writes one message to many people. Make it with :func:`composer`."""

    def __init__(
        self, template: Template, shop_name: str, tail: str, code: str, *, in_gsm: bool
    ) -> None:
        self._template = template
        self._shop_name = shop_name
        self._tail = tail
        self._in_gsm = in_gsm
        self.code: Final = code
        """Stands in :meth:`draft`'s text wherever a message's own code belongs."""
        self.tokens: Final = frozenset(slot.name for slot in template.slots)

    @property
    def is_blank(self) -> bool:
        """Whether the merchant wrote nothing but, perhaps, the lines we append anyway."""
        return not self._template.source.strip()

    def draft(self, first_name: str | None, last_name: str | None) -> Wording:
        """The text for one person, with :attr:`code` in its links."""
        base = templates.render(
            self._template, _one_line(first_name), _one_line(last_name), self._shop_name
        )
        text = f"{base}\n{self._tail}" if base and self._tail else base or self._tail
        if self._in_gsm:
            text = to_gsm(text)
        return Wording(text, *sms_text.measure(text))

    def final(self, first_name: str | None, last_name: str | None, code: str) -> Wording:
        """The text for one person with the message's ``code`` (of the usual length)."""
        draft = self.draft(first_name, last_name)
        return Wording(draft.text.replace(self.code, code), draft.encoding, draft.parts)


def composer(
    shop: ShopRow,
    text: str,
    encoding: str,
    offer_enabled: bool,
    kind: str,
    ordinals: Mapping[str, int],
    *,
    external: Mapping[str, str] | None = None,
    shop_writes_first: bool = True,
) -> Composer:
    """Make ready to write ``text`` to people.

    Args:
        encoding: ``auto``, or ``gsm`` to rewrite the final text in GSM-7 capitals.
        kind: The message's kind, which decides the lines at its end.
        ordinals: From :func:`links.shorten` or :func:`planned_ordinals`; an address that
            is missing here stays as written.
        external: From :func:`links.external`: addresses that another shortener's link
            stands for instead of ours.
        shop_writes_first: For ``direct`` messages: not an answer to the person.

    Raises:
        Invalid: ``unknown_token``, ``unsendable_character``.
    """
    code = links.new_codes(1)[0]
    source = _base(shop, text, kind)
    short = {url: links.free_url(code, ordinal) for url, ordinal in ordinals.items()}
    short |= external or {}
    shortened = templates.replace_urls(source, lambda url: short.get(url, url))
    has_offer = offer_enabled and kind in WITH_OFFER
    has_way_out = kind in WITH_OFFER or (kind == "direct" and shop_writes_first)
    tail = templates.append_links(
        "",
        shop.offer_label,
        links.offer_url(code) if has_offer else None,
        shop.unsubscribe_label,
        links.unsubscribe_url(code) if has_way_out else None,
    )
    return Composer(templates.compile(shortened), shop.name, tail, code, in_gsm=encoding == "gsm")


def urls_to_shorten(shop: ShopRow, text: str, kind: str) -> list[str]:
    """The free addresses of ``text`` in order, once each; personal ones stay as they are.

    Raises:
        Invalid: ``unknown_token``, ``unsendable_character``.
    """
    if kind in ANSWERS:
        return []
    spans = templates.find_urls(_base(shop, text, kind))
    return list(dict.fromkeys(span.url for span in spans if not span.is_personal))


def planned_ordinals(shop: ShopRow, text: str, kind: str = "campaign") -> dict[str, int]:
    """The ordinals that shortening ``text`` for the first time will give, without doing it.

    Raises:
        Invalid: ``invalid_url`` for an address that a message may not lead to.
    """
    targets: dict[str, int] = {}
    return {
        url: targets.setdefault(normal_address(url), len(targets) + 1)
        for url in urls_to_shorten(shop, text, kind)
    }


def _base(shop: ShopRow, text: str, kind: str) -> str:
    """The checked text without any links block that it already ends with."""
    source = templates.compile(text).source
    if kind in ANSWERS:
        return source
    return templates.strip_links_block(source, (shop.offer_label, shop.unsubscribe_label))


def _one_line(name: str | None) -> str | None:
    """A name fit to stand in a sentence: no line breaks, nothing that phones cannot show."""
    if not name or (name.isascii() and name.isprintable()):
        return name
    kept = "".join(c if c.isprintable() else " " for c in name if not "\ud800" <= c <= "\udfff")
    return " ".join(kept.split())
