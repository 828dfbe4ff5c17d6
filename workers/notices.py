"""Letters to owners whose campaigns have stopped by themselves."""

import logging

from astronote.db import system_transaction, transaction
from astronote.integrations import smtp
from astronote.services import notices
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
        if notice is not None and not _post(notice):
            return


def _post(notice: notices.Notice) -> bool:
    try:
        for letter in notices.letters(notice):
            smtp.send(letter.to, letter.subject, letter.text)
    except OSError as error:
        log.warning("owners could not be told: %s", type(error).__name__)
        with transaction(notice.shop_id) as session:
            notices.put_back(session, notice)
        return False
    return True
