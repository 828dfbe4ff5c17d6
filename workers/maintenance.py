"""The daily cleaning: what is kept for a time only goes when that time is over."""

import logging

from astronote.db import system_transaction
from astronote.services import retention
from workers.actors import actor

log = logging.getLogger(__name__)


@actor("maintenance.clean_up", time_limit=3_600_000)
def clean_up() -> None:
    """Apply every rule of retention, in short transactions."""
    for rule, before in retention.rules():
        total = 0
        while True:
            with system_transaction() as session:
                changed = retention.apply(session, rule, before)
            total += changed
            if changed == 0:
                break
        if total:
            log.info("cleaned %s: %d rows", rule, total)
