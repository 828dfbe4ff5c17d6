"""The letter that tells somebody of his place in a team."""

import logging
from typing import Final

from astronote.integrations import smtp
from astronote.services.team import Added

log = logging.getLogger(__name__)

_LETTERS: Final = {
    "en": (
        "You have been added to {shop} on Astronote",
        "{shop} has made an account for you. Set your password here:\n\n{url}\n\n"
        "The link works once, within seven days.\n",
    ),
    "el": (
        "Σας πρόσθεσαν στο κατάστημα {shop} στο Astronote",
        "Το κατάστημα {shop} έφτιαξε έναν λογαριασμό για εσάς. Ορίστε κωδικό εδώ:\n\n{url}\n\n"
        "Ο σύνδεσμος ισχύει μία φορά, για επτά ημέρες.\n",
    ),
}
_TO_ACCOUNTS: Final = {
    "en": "{shop} has added you to its team. Go there with the account that you have:\n\n{url}\n",
    "el": "Το κατάστημα {shop} σας πρόσθεσε στην ομάδα του. Ανοίξτε το με τον λογαριασμό που "
    "έχετε ήδη:\n\n{url}\n",
}


def go_by_mail() -> bool:
    """Whether invitations are sent; otherwise their link is shown, to be handed over."""
    return smtp.is_configured()


def send(added: Added, shop: str) -> bool:
    """Send the invitation, outside any transaction; whether the mail server took it."""
    subject, text = _LETTERS[added.locale]
    if not added.is_new_account:
        text = _TO_ACCOUNTS[added.locale]
    try:
        smtp.send(
            added.member.email,
            subject.format(shop=shop),
            text.format(shop=shop, url=added.invitation_url),
        )
    except OSError as error:
        log.warning("an invitation could not be sent: %s", type(error).__name__)
        return False
    return True
