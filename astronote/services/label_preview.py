"""The two lines of links as they will end a message, while their labels are written."""

from dataclasses import dataclass

from astronote.services import links, sms_text
from astronote.services.links_block import append_links


@dataclass(frozen=True)
class LinesPreview:
    """The lines with stand-in links of the real length.

    ``characters`` is what they take of a message that fits GSM-7; ``forced_by`` holds the
    characters that force UCS-2 on every message, once each.
    """

    text: str
    characters: int
    forced_by: str


def lines(offer_label: str, unsubscribe_label: str) -> LinesPreview:
    """How both lines look below a message."""
    code = links.stand_in()
    text = append_links(
        "",
        " ".join(offer_label.split()),
        links.offer_url(code),
        " ".join(unsubscribe_label.split()),
        links.unsubscribe_url(code),
    )
    found = sms_text.analyse(text)
    forced = "".join(dict.fromkeys(offender.char for offender in found.offending))
    # The line end that parts them from the message counts too.
    return LinesPreview(text, found.characters + 1, forced)
