"""A contact's consent history in words."""

import dataclasses
from typing import Final

from astronote.services.consent import ConsentRow
from astronote.state.consent_sources import CONSENT_SOURCES
from astronote.state.words import ago, exact, tr

ACTIONS: Final = {
    "opted_in": "Subscribed",
    "opted_out": "Unsubscribed",
    "pending": "Waits for confirmation",
    "imported": "Imported",
    "erased": "Erased",
}
SOURCES: Final = {
    "form": "by hand",
    "merchant": "by hand",
    "import": "by an import",
    "join": "on the join page",
    "nfc": "by NFC",
    "unsubscribe_link": "by the unsubscribe link",
    "resubscribe_link": "by the resubscribe link",
    "keyword": "by SMS",
    "api": "by the API",
    "preferences": "on the preferences page",
}
_ACTORS: Final = {
    "person": "the person",
    "import": "an import",
    "imports.import_contacts": "an import",
    "system": "Astronote",
}


@dataclasses.dataclass(frozen=True)
class ConsentView:
    """One line of a contact's consent history; ``message_id`` is 0 where none led to it."""

    what: str
    text: str
    version: str
    by: str
    basis: str
    message_id: int
    at: str
    at_exact: str


def consent_view(line: ConsentRow, zone: str, me: str) -> ConsentView:
    """A change of consent as the history shows it, to whom histories call ``me``."""
    return ConsentView(
        what=f"{tr(ACTIONS.get(line.action, line.action))} {how(line)}",
        text=line.text,
        version=tr("Wording {version}", version=line.text_version) if line.text_version else "",
        by=_by(line.actor, me),
        basis=tr("Existing customer") if line.legal_basis == "existing_customer" else "",
        message_id=line.message_id or 0,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
    )


def how(line: ConsentRow) -> str:
    """The way a change came about: "by SMS", or what the merchant stated."""
    return tr(SOURCES[line.source]) if line.source in SOURCES else f"({_stated(line.source)})"


def _stated(source: str) -> str:
    """What a merchant stated: one of the choices in words, or his own."""
    words = dict(CONSENT_SOURCES).get(source)
    return tr(words) if words else source


def _by(actor: str, me: str) -> str:
    if actor == me:
        return tr("you")
    if actor.startswith("user:"):
        return tr("a colleague")
    return tr(_ACTORS[actor]) if actor in _ACTORS else actor
