"""Unsubscribing and coming back as JSON, with the signed token of a message's link."""

from typing import Literal

from fastapi import APIRouter, Depends, Request

from astronote.api.schemas import Answer, Body
from astronote.db import transaction
from astronote.services import rate_limits, unsubscribe_tokens, unsubscribing
from astronote.services.unsubscribing import Standing, Visit


def _counted(request: Request) -> None:
    address = str(request.state.client_address)
    rate_limits.take(rate_limits.OPT_OUT, rate_limits.network(address))


router = APIRouter(tags=["unsubscribe"], dependencies=[Depends(_counted)])


class TokenBody(Body):
    token: str


class OptedOut(Answer):
    status: Literal["unsubscribed", "already_unsubscribed"]
    shop_name: str


class CameBack(Answer):
    status: Literal["resubscribed", "already_subscribed"]
    shop_name: str


class Shown(Answer):
    shop_name: str
    phone_masked: str
    is_subscribed: bool


class Preferences(Shown):
    support_contact: str


@router.post("/api/unsubscribe")
@router.post("/api/contacts/unsubscribe")
def unsubscribe(body: TokenBody, request: Request) -> OptedOut:
    """Stop the shop's messages to the token's holder."""
    return _unsubscribe(body.token, request)


@router.post("/api/unsubscribe/{token}")
@router.post("/api/contacts/unsubscribe/{token}")
def unsubscribe_by_path(token: str, request: Request) -> OptedOut:
    """The same with the token in the path."""
    return _unsubscribe(token, request)


@router.get("/api/unsubscribe/{token}")
def show(token: str) -> Shown:
    """What the unsubscribe page shows; changes nothing."""
    found = _standing(token, "unsubscribe")
    return Shown(
        shop_name=found.shop.name,
        phone_masked=found.phone_masked,
        is_subscribed=found.is_subscribed,
    )


@router.get("/api/contacts/preferences/{page_token}")
def preferences(page_token: str) -> Preferences:
    """What the preferences page shows; changes nothing."""
    found = _standing(page_token, "preferences")
    return Preferences(
        shop_name=found.shop.name,
        phone_masked=found.phone_masked,
        is_subscribed=found.is_subscribed,
        support_contact=found.shop.support_contact,
    )


@router.post("/api/contacts/resubscribe")
def resubscribe(body: TokenBody, request: Request) -> CameBack:
    """Let the shop message the token's holder again."""
    holder = unsubscribe_tokens.read(body.token)
    with transaction(holder.shop_id) as session:
        found = unsubscribing.standing(session, holder)
        status = unsubscribing.resubscribe(session, holder, _visit(request), wording="")
    return CameBack(status=status, shop_name=found.shop.name)


def _unsubscribe(token: str, request: Request) -> OptedOut:
    holder = unsubscribe_tokens.read(token)
    with transaction(holder.shop_id) as session:
        found = unsubscribing.standing(session, holder)
        status = unsubscribing.unsubscribe(session, holder, _visit(request))
    return OptedOut(status=status, shop_name=found.shop.name)


def _standing(token: str, purpose: unsubscribe_tokens.Purpose) -> Standing:
    holder = unsubscribe_tokens.read(token, purpose)
    with transaction(holder.shop_id) as session:
        return unsubscribing.standing(session, holder)


def _visit(request: Request) -> Visit:
    return Visit(str(request.state.client_address), request.headers.get("user-agent", "")[:300])
