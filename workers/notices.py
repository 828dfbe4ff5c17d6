"""Letters to owners: their campaign has stopped by itself, a payment went back."""

import logging
from collections.abc import Iterable
from typing import Protocol, TypeVar

from sqlmodel import Session

from astronote.db import system_transaction, transaction
from astronote.integrations import smtp
from astronote.services import notices, payment_notices, reversals
from astronote.services.notices import Letter
from workers.actors import actor

N = TypeVar("N")

log = logging.getLogger(__name__)


class _News(Protocol[N]):
    """What of a shop is told to its owners: a service that keeps the mark of it."""

    def untold(self, session: Session) -> list[tuple[int, int]]: ...

    def take(self, session: Session, shop_id: int, of: int, /) -> N | None: ...

    def put_back(self, session: Session, notice: N) -> None: ...

    def letters(self, notice: N) -> list[Letter]: ...


@actor(notices.ACTOR, max_age=60_000)
def tell_owners() -> None:
    """Write to owners whose campaign has stopped."""
    _tell(notices)


@actor(reversals.TELL, max_age=60_000)
def tell_of_payments() -> None:
    """Write to owners of whose payment there is news."""
    _tell(payment_notices)


def _tell(news: _News[N]) -> None:
    """Write what is still to be told; a mail server that is away is asked again later."""
    if not smtp.is_configured():
        return
    with system_transaction() as session:
        waiting = news.untold(session)
    for shop_id, of in waiting:
        with transaction(shop_id) as session:
            notice = news.take(session, shop_id, of)
        if notice is not None and not _post(news.letters(notice)):
            with transaction(shop_id) as session:
                news.put_back(session, notice)
            return


def _post(letters: Iterable[Letter]) -> bool:
    try:
        for letter in letters:
            smtp.send(letter.to, letter.subject, letter.text)
    except OSError as error:
        log.warning("owners could not be told: %s", type(error).__name__)
        return False
    return True
