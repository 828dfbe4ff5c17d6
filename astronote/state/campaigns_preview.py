"""What a text will look like on the phones of a few recipients, and what it costs."""

import dataclasses
import itertools
from typing import Any, Final

from sqlmodel import Session

from astronote.errors import Invalid
from astronote.services import gsm, links, messages, previewing, shops, sms_text
from astronote.services.audience import EVERYBODY, Audience
from astronote.services.previewing import Sample
from astronote.state.words import counted, number, quoted, tr

_EXAMPLE: Final = ("Maria", "Papadopoulou")
_FULL: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclasses.dataclass(frozen=True)
class Piece:
    """A stretch of a text: ``plain``, ``forced`` for characters outside GSM-7, or the
    ``border`` before the part whose number is ``part``."""

    text: str
    kind: str = "plain"
    part: str = ""


@dataclasses.dataclass(frozen=True)
class SampleView:
    """One person's final text, and its size in words."""

    name: str = ""
    text: str = ""
    encoding: str = ""
    characters: int = 0
    parts: int = 0
    left: int = 0
    size: str = ""
    cost: str = ""
    forced_by: str = ""
    saving: str = ""
    pieces: list[Piece] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Writing:
    """A text that is being written."""

    text: str
    encoding: str
    offer_enabled: bool
    audience: Audience
    campaign_id: int | None = None


@dataclasses.dataclass(frozen=True)
class Shown:
    """The sender and the samples of a text; an example where there are no recipients."""

    sender: str
    samples: list[SampleView]


def show(session: Session, shop_id: int, writing: Writing) -> Shown:
    """Write the text to a few real recipients.

    Raises:
        Invalid: ``unknown_token``, ``invalid_url``, ``unsendable_character``.
    """
    shop = shops.get(session, shop_id)
    sender = shop.sender_name or shop.name
    found = _samples(session, shop_id, writing, writing.encoding)
    if writing.encoding == "gsm":
        other = _samples(session, shop_id, writing, "auto")
    elif any(sample.encoding == "UCS-2" for sample in found):
        other = _samples(session, shop_id, writing, "gsm")
    else:
        other = found
    return Shown(sender, [_view(*pair) for pair in zip(found, other, strict=True)])


def _samples(session: Session, shop_id: int, writing: Writing, encoding: str) -> list[Sample]:
    how: Any = {
        "encoding": encoding,
        "offer_enabled": writing.offer_enabled,
        "campaign_id": writing.campaign_id,
    }
    try:
        found = previewing.samples_of(session, shop_id, writing.audience, writing.text, **how)
    except Invalid as error:
        if error.code != "unknown_list":
            raise
        # A list that the audience names is gone; the next step says so.
        found = previewing.samples_of(session, shop_id, EVERYBODY, writing.text, **how)
    return found or [_example(session, shop_id, writing, encoding)]


def _example(session: Session, shop_id: int, writing: Writing, encoding: str) -> Sample:
    shop = shops.get(session, shop_id)
    composer = previewing.composer_for(
        session, shop, writing.text, encoding, writing.offer_enabled, writing.campaign_id
    )
    shown = composer.final(*_EXAMPLE, links.stand_in())
    characters = sms_text.analyse(shown.text).characters
    return Sample(0, tr("Maria (an example)"), shown.text, shown.encoding, characters, shown.parts)


def _view(sample: Sample, other: Sample) -> SampleView:
    single, part = _FULL[sample.encoding]
    room = single if sample.parts <= 1 else part * sample.parts
    left = max(0, room - sample.characters)
    cost = messages.credits_of(sample.parts)
    return SampleView(
        name=sample.name or tr("somebody without a name"),
        text=sample.text,
        encoding=sample.encoding,
        characters=sample.characters,
        parts=sample.parts,
        left=left,
        size=tr(
            "{characters}, {left} left",
            characters=counted(sample.characters, "character", "characters"),
            left=number(left),
        ),
        cost=f"{counted(sample.parts, 'part', 'parts')}, {counted(cost, 'credit', 'credits')}",
        forced_by=_forced_by(sample.text),
        pieces=pieces(sample.text),
        saving=_saving(*sorted((sample.parts, other.parts))),
    )


@dataclasses.dataclass(frozen=True)
class Sum:
    """What a text comes to for all recipients, in words; the saving is '' for none."""

    cost: str = ""
    saving: str = ""


def add_up(session: Session, shop_id: int, writing: Writing) -> Sum:
    """Add the text up over its audience.

    Raises:
        Invalid: ``unknown_token``, ``invalid_url``, ``unsendable_character``, ``unknown_list``.
    """
    found = previewing.totals(
        session,
        shop_id,
        writing.audience,
        writing.text,
        offer_enabled=writing.offer_enabled,
        campaign_id=writing.campaign_id,
    )
    gsm_chosen = writing.encoding == "gsm"
    cost = tr(
        "All {people}: {parts}, {credits}",
        people=counted(found.people, "recipient", "recipients"),
        parts=counted(found.gsm_parts if gsm_chosen else found.parts, "SMS part", "SMS parts"),
        credits=counted(found.gsm_credits if gsm_chosen else found.credits, "credit", "credits"),
    )
    fewer = found.parts - found.gsm_parts
    if fewer <= 0:
        return Sum(cost)
    saved = tr(
        "{parts}, {credits}",
        parts=counted(fewer, "SMS part", "SMS parts"),
        credits=counted(found.credits - found.gsm_credits, "credit", "credits"),
    )
    if gsm_chosen:
        return Sum(cost, tr("The capitals save {saved}.", saved=saved))
    return Sum(cost, tr("Capitals that fit GSM-7 would save {saved}.", saved=saved))


def pieces(text: str) -> list[Piece]:
    """``text`` cut where a part ends and where a character forces UCS-2."""
    found: list[Piece] = []
    for number_, part in enumerate(sms_text.split(text), 1):
        if number_ > 1:
            found.append(Piece("", "border", str(number_)))
        for forced, run in itertools.groupby(part, lambda char: not gsm.fits(char)):
            found.append(Piece("".join(run), "forced" if forced else "plain"))
    return found


def _forced_by(text: str) -> str:
    """The characters outside GSM-7, the first few: "“ά”, “έ” and 3 more"."""
    found = list(dict.fromkeys(offender.char for offender in sms_text.analyse(text).offending))
    named = ", ".join(quoted(char) for char in found[:3])
    more = len(found) - 3
    return tr("{characters} and {n} more", characters=named, n=more) if more > 0 else named


def _saving(fewer: int, more: int) -> str:
    """What writing in capitals saves for one message; '' for nothing."""
    if fewer == more:
        return ""
    now, then = messages.credits_of(more), messages.credits_of(fewer)
    credits = "" if now == then else f", {counted(now - then, 'credit', 'credits')}"
    parts = counted(more - fewer, "part", "parts")
    return tr(
        "saves {saved} a message ({fewer} instead of {more})",
        saved=f"{parts}{credits}",
        fewer=fewer,
        more=more,
    )
