"""The till: staff type a code or scan a QR, see the offer, press Redeem.

For tests: ``input-code``, ``find-offer``, ``scan``, ``till-result`` with ``data-outcome``,
``redeem``, ``another-code``, ``redemptions`` (rows ``redemptions-row``).
"""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.form import field_id
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, listing, table
from astronote.components.words import t
from astronote.state.redeem import RedeemState

_CAN_SCAN = "'BarcodeDetector' in window && !!(navigator.mediaDevices || {}).getUserMedia"


def page() -> rx.Component:
    """The field, what came of it, and the last redemptions."""
    return rx.fragment(
        page_header(t("Redeem"), t("Offers that customers show at the till")),
        rx.el.div(
            rx.cond(RedeemState.outcome == "", _ask(), _result()),
            class_name="a-till",
            on_mount=rx.call_script(_CAN_SCAN, callback=RedeemState.can_see),
        ),
        panel(
            rx.el.div(
                rx.el.h2(t("Last redemptions"), class_name="a-h2"), class_name="a-panel-head"
            ),
            listing(
                loading=RedeemState.loading,
                error=RedeemState.error,
                is_empty=RedeemState.rows.length() == 0,
                on_retry=RedeemState.load,
                empty=empty_state(
                    "ticket-check",
                    t("Nothing redeemed yet"),
                    t("What your customers redeem is listed here, the newest first."),
                    testid="no-redemptions",
                ),
                filled=_history(),
                columns=4,
            ),
        ),
    )


def _ask() -> rx.Component:
    return rx.el.section(
        rx.form(
            rx.el.label(t("Till code"), html_for=field_id("code"), class_name="a-label"),
            rx.el.input(
                name="code",
                id=field_id("code"),
                default_value=RedeemState.typed,
                placeholder="K7F3-9QXM",
                auto_complete="off",
                auto_capitalize="characters",
                spell_check=False,
                enter_key_hint="search",
                max_length=500,
                auto_focus=True,
                required=True,
                aria_describedby=f"{field_id('code')}-help",
                class_name="a-till-code",
                custom_attrs={"data-testid": "input-code", "autocorrect": "off"},
            ),
            rx.el.p(
                t("The eight letters and digits under the customer's QR code."),
                class_name="a-help",
                id=f"{field_id('code')}-help",
            ),
            rx.button(
                t("Find the offer"),
                type="submit",
                size="4",
                loading=RedeemState.working,
                custom_attrs={"data-testid": "find-offer"},
            ),
            _scanner(),
            on_submit=RedeemState.find,
            reset_on_submit=False,
            key=RedeemState.opened.to_string(),
            class_name="a-till-form",
        ),
        class_name="a-panel a-panel-body",
    )


def _scanner() -> rx.Component:
    return rx.cond(
        RedeemState.can_scan,
        rx.fragment(
            rx.button(
                rx.icon("scan-line", size=18, aria_hidden=True),
                t("Scan the QR code"),
                type="button",
                variant="soft",
                size="4",
                on_click=rx.call_script(
                    "astronote.scan('till-camera')", callback=RedeemState.scanned
                ),
                custom_attrs={"data-testid": "scan"},
            ),
            rx.el.video(
                id="till-camera",
                hidden=True,
                muted=True,
                plays_inline=True,
                class_name="a-till-camera",
            ),
        ),
        rx.el.p(
            t("Or point the phone's own camera at the QR code, and open its link."),
            class_name="a-small a-quiet",
        ),
    )


def _result() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            _outcome(),
            class_name="a-till-verdict",
            role="status",
        ),
        rx.cond(RedeemState.offer.till_code != "", _offer()),
        _what_next(),
        class_name="a-panel a-panel-body",
        custom_attrs={"data-testid": "till-result", "data-outcome": RedeemState.outcome},
    )


def _what_next() -> rx.Component:
    return rx.el.div(
        rx.cond(
            RedeemState.outcome == "active",
            rx.button(
                t("Redeem now"),
                size="4",
                loading=RedeemState.working,
                on_click=RedeemState.redeem,
                auto_focus=True,
                custom_attrs={"data-testid": "redeem"},
            ),
        ),
        rx.button(
            t("Another code"),
            size="4",
            variant="soft",
            color_scheme="gray",
            on_click=RedeemState.another,
            custom_attrs={"data-testid": "another-code"},
        ),
        class_name="a-till-form",
    )


def _outcome() -> rx.Component:
    return rx.match(
        RedeemState.outcome,
        (
            "redeemed",
            _verdict(
                "circle-check",
                t("The offer is redeemed"),
                t("Give the customer the offer."),
            ),
        ),
        ("active", _verdict("ticket", t("This offer is good"), "")),
        (
            "already_redeemed",
            _verdict(
                "circle-x",
                t("Already redeemed"),
                t("It was used on {when} and cannot be used again.", when=RedeemState.said),
            ),
        ),
        (
            "expired",
            _verdict(
                "circle-x",
                t("This offer has ended"),
                t("It was good until {when}.", when=RedeemState.said),
            ),
        ),
        (
            "sold_out",
            _verdict("circle-x", t("This offer has ended"), t("All of them have been taken.")),
        ),
        _verdict(
            "circle-help",
            t("This shop has no offer with that code"),
            t("Check the letters: there is no 0, 1, I or O in a till code."),
        ),
    )


def _verdict(icon: str, title: rx.Var, body: str | rx.Var) -> rx.Component:
    return rx.fragment(
        rx.icon(icon, size=28, aria_hidden=True),
        rx.el.div(
            rx.el.h2(title, class_name="a-h2"),
            rx.el.p(body, class_name="a-text") if not isinstance(body, str) else rx.fragment(),
        ),
    )


def _offer() -> rx.Component:
    offer = RedeemState.offer
    return rx.el.div(
        rx.el.h3(offer.title, class_name="a-h3 a-break"),
        rx.cond(
            offer.description != "", rx.el.p(offer.description, class_name="a-text a-quiet a-break")
        ),
        rx.el.dl(
            *_fact(t("Till code"), offer.till_code),
            rx.cond(offer.coupon != "", rx.fragment(*_fact(t("Code"), offer.coupon))),
            rx.cond(offer.until != "", rx.fragment(*_fact(t("Good until"), offer.until))),
            rx.cond(offer.left != "", rx.fragment(*_fact(t("Uses"), offer.left))),
            class_name="a-facts",
        ),
        class_name="a-set",
    )


def _fact(name: rx.Var, value: rx.Var) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(name), rx.el.dd(value, class_name="a-number a-break")


def _history() -> rx.Component:
    return table(
        (
            Column(
                t("Offer"),
                lambda row: rx.el.span(
                    rx.el.span(row.title, class_name="a-strong a-break"),
                    rx.el.span(row.of, class_name="a-help a-block a-break"),
                ),
            ),
            Column(
                t("Till code"), lambda row: rx.el.span(row.code, class_name="a-nowrap"), wide=True
            ),
            Column(t("By"), lambda row: rx.el.span(row.by, class_name="a-break"), wide=True),
            Column(t("When"), lambda row: when(row.at, row.at_exact)),
        ),
        RedeemState.rows,
        caption=t("Last redemptions, newest first"),
        testid="redemptions",
    )
