"""People in a shop besides its owner."""

from astronote.db import enter_shop, system_transaction
from astronote.services import accounts, invitations, team
from tests.support.shops import PASSWORD, ShopUnderTest


def add_member(shop: ShopUnderTest, email: str, role: str = "staff") -> ShopUnderTest:
    """Somebody who was invited, has set a password and is signed in: the shop, seen by him.

    He reads English.
    """
    with system_transaction() as session:
        enter_shop(session, shop.id)
        added = team.add(session, shop.id, shop.owner, email, role)
    with system_transaction() as session:
        token = added.invitation_url.rpartition("/")[2]
        browser = invitations.Visitor("tests")
        opened = invitations.set_first_password(session, token, PASSWORD, browser)
        accounts.set_language(session, opened.identity, "en")
    return ShopUnderTest(shop.name, email, PASSWORD, opened.identity, opened.token)
