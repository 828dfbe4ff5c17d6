"""The till: an offer by its code or its scanned QR, redeemed once, and the last ones."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from pydantic import ValidationError

from astronote import clock
from astronote.errors import Gone, NotFound
from astronote.services import offers, rate_limits, redemptions, shops
from astronote.services.offers import Offer
from astronote.services.redemptions import RedemptionRow
from astronote.state import identity
from astronote.state.base import Form, Sent, answers, call, checked, toast_error
from astronote.state.loaded import Loaded
from astronote.state.words import ago, exact, tr, trn


class CodeForm(Form):
    """What the form sends; scanners type whole addresses."""

    code: str


@dataclasses.dataclass(frozen=True)
class OfferView:
    """An offer as staff see it."""

    title: str = ""
    description: str = ""
    coupon: str = ""
    till_code: str = ""
    until: str = ""
    left: str = ""


@dataclasses.dataclass(frozen=True)
class RedemptionLine:
    """One of the last redemptions."""

    id: int
    title: str
    of: str
    code: str
    by: str
    at: str
    at_exact: str


class RedeemState(Loaded, rx.State):
    """Loaded with the page; one offer at a time."""

    working: bool = False
    typed: str = ""
    opened: int = 0
    can_scan: bool = False
    outcome: str = ""
    """``""``, ``unknown``, ``active``, ``redeemed`` (just now), ``already_redeemed``,
    ``expired`` or ``sold_out``."""
    said: str = ""
    offer: rx.Field[OfferView] = rx.field(default_factory=OfferView)
    rows: rx.Field[list[RedemptionLine]] = rx.field(default_factory=list)
    _tracking_id: str = ""
    _seen: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """Show the last redemptions, and the offer whose code the address names."""
        self._start("")
        await self._show_page()
        code = self.router.url.query_parameters.get("code", "")[:500]
        if code:
            await self._look_up(code)

    @rx.event
    async def can_see(self, answer: bool) -> None:
        """Whether this browser reads QR codes; its own word, which opens nothing."""
        self.can_scan = answer is True

    @rx.event
    @answers
    async def find(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Look for the offer whose code was typed."""
        try:
            code = CodeForm.model_validate(form).code
        except ValidationError:
            code = ""
        self.working = True
        yield None
        try:
            await self._look_up(code)
        finally:
            self.working = False

    @rx.event
    @answers
    async def scanned(self, seen: dict[str, Any]) -> Sent:
        """What the camera read, or why it could not."""
        text = checked(dict[str, Any], seen).get("text")
        if not isinstance(text, str) or not text:
            words = tr("The camera could not be used. Type the till code instead.")
            return toast_error(words) if seen.get("failed") else None
        await self._look_up(text[:500])
        return None

    @rx.event
    @answers
    async def redeem(self) -> AsyncIterator[Sent]:
        """Redeem the offer that is shown; pressing twice redeems once."""
        if self.outcome != "active":
            return
        self.working = True
        yield None
        try:
            done = await call(
                offers.redeem,
                identity.current(),
                tracking_id=self._tracking_id,
                seen=self._seen,
            )
            await self._show(done.offer)
            self.outcome = done.status
        except (Gone, NotFound):
            await self._look_up(self.offer.till_code)
        finally:
            self.working = False
        await self._show_page()

    @rx.event
    async def another(self) -> None:
        """Begin anew."""
        self._start("")

    def _start(self, typed: str) -> None:
        self.outcome, self.said, self.typed, self.offer = "", "", typed, OfferView()
        self._tracking_id, self._seen, self.working = "", 0, False
        self.opened += 1

    async def _look_up(self, code: str) -> None:
        self._start(code)
        if not code.strip():
            return
        who = identity.current()
        await asyncio.to_thread(rate_limits.take, rate_limits.REDEEM, f"user:{who.user_id}")
        try:
            await self._show(await call(redemptions.look_up, code))
        except NotFound:
            self.outcome = "unknown"

    async def _show(self, offer: Offer) -> None:
        shop = await call(shops.get)
        kept, zone = offer.terms, shop.timezone
        self._tracking_id, self._seen = offer.tracking_id, offer.redemptions
        self.outcome, self.said = _outcome(offer), ""
        if self.outcome == "already_redeemed" and offer.redeemed_at is not None:
            self.said = exact(offer.redeemed_at, zone)
        elif self.outcome == "expired" and kept.expires_at is not None:
            self.said = exact(kept.expires_at, zone)
        left = kept.max_redemptions - offer.redemptions
        self.offer = OfferView(
            title=kept.title or tr("An offer from {shop}", shop=shop.name),
            description=kept.description,
            coupon=kept.code or "",
            till_code=offer.till_code,
            until=exact(kept.expires_at, zone) if kept.expires_at else "",
            left=trn("{n} use left", "{n} uses left", left) if kept.max_redemptions > 1 else "",
        )

    async def _read(self) -> None:
        found = await call(redemptions.recent)
        zone = (await call(shops.get)).timezone
        self.rows = [_line(row, zone) for row in found]


def _outcome(offer: Offer) -> str:
    if offer.status == "redeemed":
        return "already_redeemed"
    if offer.status == "expired":
        expires = offer.terms.expires_at
        return "sold_out" if expires is None or expires > clock.now() else "expired"
    return "active"


_AUTOMATIONS = {"welcome_message": "Welcome message", "birthday_message": "Birthday message"}


def _line(row: RedemptionRow, zone: str) -> RedemptionLine:
    return RedemptionLine(
        id=row.id,
        title=row.title or tr("Offer"),
        of=tr(_AUTOMATIONS[row.of]) if row.of in _AUTOMATIONS else row.of,
        code=row.till_code,
        by=row.email if row.by == "staff" and row.email else tr("The shopper"),
        at=ago(row.at),
        at_exact=exact(row.at, zone),
    )
