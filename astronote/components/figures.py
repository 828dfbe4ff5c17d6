"""Numbers, statuses and times."""

import reflex as rx

from astronote.components.words import is_greek, t

STATUS_COLORS = {
    "draft": "gray",
    "scheduled": "blue",
    "sending": "iris",
    "paused": "amber",
    "completed": "green",
    "cancelled": "gray",
    "missed": "orange",
    "failed": "red",
    "queued": "gray",
    "sent": "blue",
    "delivered": "green",
    "unknown": "amber",
    "skipped": "gray",
    "expired": "gray",
    "uploaded": "gray",
    "pending": "gray",
    "processing": "iris",
    "subscribed": "green",
    "unsubscribed": "gray",
    "active": "green",
    "inactive": "amber",
    "past_due": "amber",
    "trial_ended": "amber",
}
"""Radix colour of every status the product shows (campaign, message, import, consent)."""


# English codes are written small; their Greek is written as it is shown, because a browser
# that capitalises Greek drops accents.
_CAPITAL = {"textTransform": rx.cond(is_greek(), "none", "capitalize")}


def badge(status: str | rx.Var, label: str | rx.Var | None = None) -> rx.Component:
    """A status in its colour; ``label`` is shown instead of the status' own name."""
    shown = _name(status) if label is None else label
    color = (
        rx.match(status, *STATUS_COLORS.items(), "gray")
        if isinstance(status, rx.Var)
        else STATUS_COLORS.get(status, "gray")
    )
    return rx.badge(
        shown,
        color_scheme=color,
        variant="soft",
        radius="full",
        high_contrast=True,
        style=_CAPITAL if label is None else {},
        custom_attrs={"data-status": status},
    )


def dispute_badge(standing: rx.Var) -> rx.Component:
    """Where the dispute about a payment stands; nothing where there is none."""
    return rx.match(
        standing,
        ("open", badge("unknown", t("Disputed"))),
        ("won", badge("delivered", t("Dispute won"))),
        ("lost", badge("failed", t("Dispute lost"))),
        rx.fragment(),
    )


def _name(status: str | rx.Var) -> rx.Var:
    if isinstance(status, rx.Var):
        return rx.match(status, *((code, t(code)) for code in STATUS_COLORS), status)
    return t(status)


def stat_card(
    label: str | rx.Var,
    value: str | rx.Var,
    note: str | rx.Var = "",
    *,
    loading: bool | rx.Var = False,
    testid: str = "",
) -> rx.Component:
    """One figure with its name and a quiet comparison beneath."""
    return rx.el.div(
        rx.el.span(label, class_name="a-small a-quiet"),
        rx.skeleton(
            rx.el.span(
                value,
                class_name="a-stat-value",
                custom_attrs={"data-testid": testid} if testid else {},
            ),
            loading=loading,
        ),
        rx.el.span(note, class_name="a-small a-quiet a-number"),
        class_name="a-panel a-stat",
    )


def when(relative: str | rx.Var, exact: str | rx.Var, iso: str | rx.Var = "") -> rx.Component:
    """A relative time ("2 hours ago") with the exact one, in the shop's zone, on hover."""
    return rx.el.time(relative, title=exact, date_time=iso, class_name="a-nowrap")


def count(label: str | rx.Var, value: str | rx.Var, testid: str = "") -> rx.Component:
    """A small figure under its label, for rows of them (class ``a-counts``)."""
    return rx.el.div(
        rx.el.span(label, class_name="a-help"),
        rx.el.span(
            value,
            class_name="a-h3 a-number",
            custom_attrs={"data-testid": testid} if testid else {},
        ),
        class_name="a-count",
    )


def facts(*pairs: tuple[str | rx.Var, str | rx.Var | rx.Component]) -> rx.Component:
    """A list of names and values, as on a detail page."""
    return rx.el.dl(
        *[part for name, value in pairs for part in (rx.el.dt(name), rx.el.dd(value))],
        class_name="a-facts",
    )
