"""Letters to owners: their campaign has stopped by itself, a payment went back."""

import logging
from collections.abc import Iterable

from astronote.db import system_transaction, transaction
from astronote.integrations import smtp
from astronote.services import notices, payment_notices, reversals
from astronote.services.notices import Letter
from workers.actors import actor

log = logging.getLogger(__name__)


@actor(notices.ACTOR, max_age=60_000)
def tell_owners() -> None:
    """Write what is still to be told; a mail server that is away is asked again later."""
    if not smtp.is_configured():
        return
    with system_transaction() as session:
        waiting = notices.untold(session)
    for shop_id, campaign_id in waiting:
        with transaction(shop_id) as session:
            notice = notices.take(session, shop_id, campaign_id)
        if notice is not None and not _post(notices.letters(notice)):
            with transaction(shop_id) as session:
                notices.put_back(session, notice)
            return


@actor(reversals.TELL, max_age=60_000)
def tell_of_payments() -> None:
    """The same of payments."""
    if not smtp.is_configured():
        return
    with system_transaction() as session:
        waiting = payment_notices.untold(session)
    for shop_id, payment_id in waiting:
        with transaction(shop_id) as session:
            notice = payment_notices.take(session, shop_id, payment_id)
        if notice is not None and not _post(payment_notices.letters(notice)):
            with transaction(shop_id) as session:
                payment_notices.put_back(session, notice)
            return


def _post(letters: Iterable[Letter]) -> bool:
    try:
        for letter in letters:
            smtp.send(letter.to, letter.subject, letter.text)
    except OSError as error:
        log.warning("owners could not be told: %s", type(error).__name__)
        return False
    return True
