"""The one card that says why sending is blocked, wherever something is."""

import reflex as rx

from astronote.components.words import t
from astronote.state.shell import ShellState


def gate(here: str = "") -> rx.Component:
    """The card where the shop may not send; nothing where it may.

    ``here`` is the address of the page, to which no button leads again.
    """
    return rx.cond(ShellState.can_send, rx.fragment(), gate_card(ShellState.blocked_reason, here))


def gate_card(reason: str | rx.Var, here: str = "") -> rx.Component:
    """Why sending is blocked, and the one button that leads on."""
    return rx.el.section(
        rx.icon("lock", size=18, aria_hidden=True),
        rx.el.div(
            rx.el.b(t("Sending is blocked.")),
            rx.el.p(reason, class_name="a-text"),
            class_name="a-gate-words",
        ),
        rx.cond(
            ShellState.role == "owner",
            _way_on(here),
            rx.el.span(t("Ask the shop's owner."), class_name="a-text"),
        ),
        class_name="a-gate",
        aria_label=t("Why sending is blocked"),
        custom_attrs={"data-testid": "gate-card"},
    )


def _way_on(here: str) -> rx.Component:
    return rx.match(
        ShellState.blocked_by,
        ("sender", _button(t("Go to Settings"), "/app/settings")),
        ("hold", rx.fragment()),
        rx.fragment() if here == "/app/billing" else _button(t("Go to Billing"), "/app/billing"),
    )


def _button(label: rx.Var, href: str) -> rx.Component:
    return rx.link(
        label,
        href=href,
        underline="none",
        class_name="a-gate-button",
        custom_attrs={"data-testid": "gate-button"},
    )
