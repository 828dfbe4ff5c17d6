"""Clicks, rolled up by day once the day is over."""

from astronote.db import system_transaction, transaction
from astronote.services import link_days, shops
from workers.actors import actor


@actor("links.roll_up", time_limit=3_600_000)
def roll_up() -> None:
    """Roll up the finished days of every shop that has clicks, a transaction each."""
    with system_transaction() as session:
        wanting = link_days.shops_with_clicks(session)
    for shop_id in wanting:
        with transaction(shop_id) as session:
            link_days.roll_up(session, shop_id, shops.get(session, shop_id).timezone)
