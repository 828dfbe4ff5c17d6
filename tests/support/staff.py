"""People in a shop besides its owner."""

from astronote.db import enter_shop, system_transaction
from astronote.services import accounts, team
from tests.support.shops import PASSWORD, ShopUnderTest


def add_member(shop: ShopUnderTest, email: str, role: str = "staff") -> ShopUnderTest:
    """Somebody who was invited, has set a password and is signed in: the shop, seen by him.

    He reads English.
    """
    with system_transaction() as session:
        enter_shop(session, shop.id)
        added = team.add(session, shop.id, shop.owner, email, role)
    assert added.invitation_url is not None
    with system_transaction() as session:
        accounts.reset_password(session, added.invitation_url.rpartition("/")[2], PASSWORD)
        opened = accounts.sign_in(session, email, PASSWORD, "tests")
        accounts.set_language(session, opened.identity, "en")
    return ShopUnderTest(shop.name, email, PASSWORD, opened.identity, opened.token)
