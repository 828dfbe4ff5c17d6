"""Welcomes when somebody joins, birthday wishes when a shop's hour has come."""

import logging

from astronote.db import system_transaction, transaction
from astronote.errors import AstronoteError, Unavailable
from astronote.services import birthdays, welcomes
from workers.actors import actor, ring_or_run

WELCOME = "automations.send_welcome"

log = logging.getLogger(__name__)


@actor(WELCOME)
def send_welcome(shop_id: int, contact_id: int) -> None:
    """Queue one contact's welcome, if one is due."""
    with transaction(shop_id) as session:
        became = welcomes.send_welcome(session, shop_id, contact_id)
    log.info("the welcome of contact %d: %s", contact_id, became)


@actor("automations.find_welcomes", max_age=60_000)
def find_welcomes() -> None:
    """Ring again for welcomes whose ring was lost, or that had no credits then."""
    with system_transaction() as session:
        shop_ids = welcomes.shops_at_work(session)
    for shop_id in shop_ids:
        with transaction(shop_id) as session:
            contact_ids = welcomes.forgotten(session, shop_id)
        for contact_id in contact_ids:
            ring_or_run(WELCOME, shop_id, contact_id)


@actor("automations.process_birthdays", max_age=900_000)
def process_birthdays() -> None:
    """Queue the wishes of every shop whose hour has come, each in a transaction."""
    with system_transaction() as session:
        shop_ids = birthdays.due(session)
    for shop_id in shop_ids:
        try:
            with transaction(shop_id) as session:
                count = birthdays.greet(session, shop_id)
        except Unavailable:
            raise
        except AstronoteError as refusal:
            log.warning("no birthday wishes of shop %d: %s", shop_id, refusal.code)
        except Exception:
            # One shop that cannot be served must not keep the others from being.
            log.exception("the birthday wishes of shop %d failed", shop_id)
        else:
            log.info("shop %d: %d birthday wishes", shop_id, count)
