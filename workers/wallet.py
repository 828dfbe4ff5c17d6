"""Leftover reservations, and the alarm when money does not add up."""

import logging
import time

from astronote.db import system_transaction, transaction
from astronote.services import heartbeat, invariant_runs, reservations
from astronote.services.reservations import Leftover
from workers.actors import actor
from workers.each import each

log = logging.getLogger(__name__)


@actor("wallet.reconcile_reservations", max_age=600_000)
def reconcile_reservations() -> None:
    """Release what is held for nothing any more, then check the invariants."""
    with system_transaction() as session:
        found = reservations.leftovers(session)
    each(found, _release)
    with system_transaction() as session:
        broken = invariant_runs.run(session).broken
        heartbeat.put(session, "astronote_invariants_broken", len(broken))
        heartbeat.put(session, "astronote_invariants_checked_timestamp_seconds", time.time())
    for sentence in broken:
        log.error("%s", sentence)


def _release(left: Leftover) -> None:
    log.warning("reservation %d held %d credits for nothing", left.reservation_id, left.held)
    with transaction(left.shop_id) as session:
        reservations.release(session, left)
