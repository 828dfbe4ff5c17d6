"""Registering, signing in and out."""

from datetime import timedelta

import pytest

from astronote import clock, security
from astronote.db import system_transaction
from astronote.errors import Conflict, Invalid, Unauthenticated
from astronote.security import SessionClaims
from astronote.services import accounts


def identify(token):
    with system_transaction() as session:
        return accounts.identify(session, token)


def test_an_owner_is_who_he_registered_as(shop):
    who = identify(shop.token)
    assert (who.shop_id, who.role, who.email) == (shop.id, "owner", shop.email)


def test_an_email_is_taken_whatever_its_case(shop):
    with pytest.raises(Conflict) as refused, system_transaction() as session:
        accounts.register(
            session, shop_name="Other", email=shop.email.upper(), password="correct horse 9"
        )
    assert refused.value.code == "email_taken"


@pytest.mark.parametrize("password", ["short", "password123", "1111111111", "x" * 501])
def test_weak_passwords_are_refused(database, password):
    with pytest.raises(Invalid) as refused, system_transaction() as session:
        accounts.register(session, shop_name="A", email="a@shop.gr", password=password)
    assert refused.value.code == "weak_password"


def test_signing_in_needs_the_password(shop):
    with system_transaction() as session:
        assert accounts.sign_in(session, shop.email, shop.password).identity.shop_id == shop.id
    for email, password in ((shop.email, "wrong password"), ("who@shop.gr", shop.password)):
        with pytest.raises(Unauthenticated) as refused, system_transaction() as session:
            accounts.sign_in(session, email, password)
        assert refused.value.code == "bad_credentials"


def test_signing_out_ends_the_token_at_once(shop):
    who = identify(shop.token)
    with system_transaction() as session:
        accounts.sign_out(session, who)
    with pytest.raises(Unauthenticated):
        identify(shop.token)


def test_a_session_expires(shop):
    clock.shift(timedelta(days=31))
    with pytest.raises(Unauthenticated):
        identify(shop.token)


def test_a_token_for_a_shop_without_membership_is_nobody(two_shops):
    first, second = two_shops
    session_id = first.owner.session_id
    forged = security.session_token(
        SessionClaims(first.owner.user_id, second.id, session_id),
        clock.now() + timedelta(days=1),
    )
    with pytest.raises(Unauthenticated):
        identify(forged)


def test_changing_the_password_ends_the_other_sessions(shop):
    with system_transaction() as session:
        other = accounts.sign_in(session, shop.email, shop.password).token
        accounts.change_password(session, shop.owner, shop.password, "another horse 42")
    assert identify(shop.token).email == shop.email
    with pytest.raises(Unauthenticated):
        identify(other)


def test_a_reset_link_works_once_and_ends_all_sessions(shop):
    with system_transaction() as session:
        token = accounts.reset_token(session, shop.email)
    with system_transaction() as session:
        accounts.reset_password(session, token, "another horse 42")
    with pytest.raises(Unauthenticated):
        identify(shop.token)
    with pytest.raises(Invalid) as refused, system_transaction() as session:
        accounts.reset_password(session, token, "a third horse 43")
    assert refused.value.code == "expired_token"


def test_a_reset_link_expires(shop):
    with system_transaction() as session:
        token = accounts.reset_token(session, shop.email)
    clock.shift(timedelta(hours=3))
    with pytest.raises(Invalid), system_transaction() as session:
        accounts.reset_password(session, token, "another horse 42")
