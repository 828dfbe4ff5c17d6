"""`astronote operator …` over the test's own database."""

import sqlalchemy as sa

from astronote.db import system_transaction
from tests.ops.test_commands import run
from tests.support.shops import ShopUnderTest


def test_granting_revoking_holding_and_approving(shop: ShopUnderTest) -> None:
    assert "is an operator" in run("operator", "grant", shop.email).stdout
    assert _is_operator(shop)
    nobody = run("operator", "grant", "nobody@example.com")
    assert nobody.returncode == 1
    assert "no account" in nobody.stderr
    assert run("operator", "hold", str(shop.id), "--reason", "Spam.").returncode == 0
    listed = run("operator", "shops").stdout
    assert shop.email in listed
    assert "Spam." in listed
    assert run("operator", "release", str(shop.id)).returncode == 0
    unnamed = run("operator", "approve-sender", str(shop.id))
    assert (unnamed.returncode, "no sender name" in unnamed.stderr) == (1, True)
    assert run("operator", "revoke", shop.email).returncode == 0
    assert not _is_operator(shop)
    assert run("operator", "parked").returncode == 0
    assert "code" in run("operator", "misses").stdout
    with system_transaction() as session:
        acts = session.execute(sa.text("SELECT action FROM audit_event ORDER BY id")).scalars()
        assert list(acts) == [
            "operator.grant",
            "operator.hold",
            "operator.release",
            "operator.revoke",
        ]


def _is_operator(shop: ShopUnderTest) -> bool:
    with system_transaction() as session:
        query = sa.text("SELECT is_operator FROM user_account WHERE email = :e")
        return bool(session.execute(query, {"e": shop.email}).scalar_one())
