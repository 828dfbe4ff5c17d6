"""The tabs over the settings pages: links, in one line that scrolls on a phone.

A page puts ``settings_nav("/app/settings/team")`` below its header. For tests:
``settings-tab-shop`` and so on.
"""

from dataclasses import dataclass

import reflex as rx

from astronote.components.words import t
from astronote.state.shell import ShellState


@dataclass(frozen=True)
class Tab:
    """One settings page; ``name`` is for tests, ``owner_only`` ones are hidden from staff."""

    name: str
    label: rx.Var
    href: str
    owner_only: bool = True


TABS: tuple[Tab, ...] = (
    Tab("shop", t("Shop"), "/app/settings"),
    Tab("joining", t("Joining"), "/app/settings/joining"),
    Tab("team", t("Team"), "/app/settings/team"),
    Tab("keys", t("API keys"), "/app/settings/keys"),
    Tab("account", t("Your account"), "/app/account", owner_only=False),
)
"""In their order. An entry appears with its page."""


def settings_nav(active: str) -> rx.Component:
    """The tabs, with the one whose page is at ``active`` marked."""
    return rx.el.nav(
        rx.el.ul(*[_entry(tab, tab.href == active) for tab in TABS], class_name="a-tabs"),
        aria_label=t("Settings pages"),
    )


def _entry(tab: Tab, is_active: bool) -> rx.Component:
    current = {"aria-current": "page"} if is_active else {}
    entry = rx.el.li(
        rx.link(
            tab.label,
            href=tab.href,
            underline="none",
            custom_attrs={"data-testid": f"settings-tab-{tab.name}", **current},
        )
    )
    return rx.cond(ShellState.role == "owner", entry) if tab.owner_only else entry
