"""The frame of every page: sidebar or drawer, the shop and its credits, the content column."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from astronote.components.preferences import preferences
from astronote.components.words import t
from astronote.state.shell import ShellState


@dataclass(frozen=True)
class NavItem:
    """One entry of the sidebar; ``who`` sees it: "staff" (all), "owner" or "operator"."""

    label: str | rx.Var
    icon: str
    href: str
    who: str = "staff"

    @property
    def testid(self) -> str:
        """Its name for tests, whatever the language: ``nav-campaigns``."""
        return f"nav-{self.href.removeprefix('/app').strip('/') or 'dashboard'}"


def frame(content: rx.Component, nav: Sequence[NavItem], active: str) -> rx.Component:
    """A whole page around ``content``.

    Args:
        content: what the page shows, below its :func:`page_header`.
        nav: entries whose pages exist, in order.
        active: href of the entry to mark as the current one.
    """
    return rx.el.div(
        # Written as HTML: Reflex would make it a link of the router, away from this page.
        rx.html(_skip_link()),
        rx.el.div(
            rx.el.aside(_menu(nav, active), class_name="a-sidebar", aria_label=t("Sidebar")),
            _topbar(nav, active),
            rx.el.main(
                rx.el.div(content, class_name="a-content"),
                id="main",
                class_name="a-main",
                tab_index=-1,
            ),
            class_name="a-frame",
            custom_attrs={"data-language": ShellState.language},
        ),
    )


def _skip_link() -> rx.Var:
    words = t("Skip to content")
    return rx.Var.create('<a class="a-skip" href="#main">') + words.to(str) + "</a>"


def page_header(
    title: str | rx.Var,
    subtitle: str | rx.Var | rx.Component = "",
    *actions: rx.Component,
    back: tuple[str, rx.Var] | None = None,
) -> rx.Component:
    """The page's one ``h1``, a quiet line beneath, and its actions at the right.

    ``back`` leads from one thing to the list it is in: address and words.
    """
    below = (
        subtitle
        if isinstance(subtitle, rx.Component)
        else rx.el.p(subtitle, class_name="a-text a-quiet")
    )
    return rx.el.header(
        rx.el.div(
            _way_back(*back) if back else rx.fragment(),
            rx.el.h1(title, class_name="a-h1", custom_attrs={"data-testid": "page-title"}),
            below if not isinstance(subtitle, str) or subtitle else rx.fragment(),
            class_name="a-header-words",
        ),
        rx.el.div(*actions, class_name="a-actions") if actions else rx.fragment(),
        class_name="a-header",
    )


def _way_back(href: str, words: rx.Var) -> rx.Component:
    return rx.link(
        rx.icon("arrow-left", size=14, aria_hidden=True),
        words,
        href=href,
        class_name="a-back a-small",
        custom_attrs={"data-testid": "way-back"},
    )


def panel(*children: rx.Component, title: str | rx.Var = "", **props) -> rx.Component:
    """A bordered box; with a title, a head with an ``h2``, and its body padded."""
    if isinstance(title, str) and not title:
        return rx.el.section(*children, class_name="a-panel", **props)
    return rx.el.section(
        rx.el.div(rx.el.h2(title, class_name="a-h2"), class_name="a-panel-head"),
        rx.el.div(*children, class_name="a-panel-body"),
        class_name="a-panel",
        **props,
    )


def _menu(nav: Sequence[NavItem], active: str) -> rx.Component:
    return rx.el.div(
        _brand(),
        rx.el.nav(
            rx.el.ul(
                *[_entry(item, item.href == active) for item in nav],
                class_name="a-nav",
            ),
            aria_label=t("Main"),
        ),
        rx.el.div(_credits(), preferences(), _account(), class_name="a-menu-end"),
        class_name="a-menu",
    )


def _brand() -> rx.Component:
    return rx.el.div(
        rx.el.img(src="/mark.svg", alt="", class_name="a-mark"),
        rx.el.div(
            rx.el.div(
                ShellState.shop_name,
                class_name="a-shop",
                custom_attrs={"data-testid": "shop-name"},
            ),
            rx.cond(
                ShellState.has_other_shops,
                _other_shops(),
                rx.el.div("Astronote", class_name="a-product"),
            ),
            style={"minWidth": "0"},
        ),
        class_name="a-brand",
    )


def _other_shops() -> rx.Component:
    # A form, like signing out: the way leads out of the app.
    return rx.el.form(
        rx.el.button(
            t("Switch shop"),
            type="submit",
            class_name="a-switch",
            custom_attrs={"data-testid": "switch-shop"},
        ),
        method="get",
        action="/shops",
        on_submit=None,
    )


def _entry(item: NavItem, is_active: bool) -> rx.Component:
    current = {"aria-current": "page"} if is_active else {}
    entry = rx.el.li(
        rx.link(
            rx.icon(item.icon, size=17, aria_hidden=True),
            item.label,
            _unread() if item.href == "/app/inbox" else rx.fragment(),
            href=item.href,
            underline="none",
            custom_attrs={"data-testid": item.testid, **current},
        )
    )
    if item.who == "operator":
        return rx.cond(ShellState.is_operator, entry)
    return rx.cond(ShellState.role == "owner", entry) if item.who == "owner" else entry


def _unread() -> rx.Component:
    return rx.cond(
        ShellState.unread > 0,
        rx.el.span(
            ShellState.unread,
            " ",
            rx.el.span(t("unread"), class_name="a-hidden"),
            class_name="a-unread a-number",
            custom_attrs={"data-testid": "nav-unread"},
        ),
    )


def _credits() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("Credits available"), class_name="a-small a-quiet"),
        rx.el.b(ShellState.credits, custom_attrs={"data-testid": "credits-available"}),
        class_name="a-credits",
    )


def _account() -> rx.Component:
    return rx.el.div(
        rx.link(
            ShellState.email,
            href="/app/account",
            class_name="a-account-mail",
            title=t("Your account"),
            custom_attrs={"data-testid": "my-account"},
        ),
        sign_out(),
        class_name="a-account",
    )


def sign_out() -> rx.Component:
    """A real form: signing out is a POST to our own route, with or without a socket."""
    return rx.el.form(
        rx.icon_button(
            rx.icon("log-out", size=16),
            type="submit",
            variant="ghost",
            color_scheme="gray",
            aria_label=t("Sign out"),
            title=t("Sign out"),
            custom_attrs={"data-testid": "sign-out"},
        ),
        method="post",
        action="/logout",
        on_submit=None,
        class_name="a-signout",
    )


def _topbar(nav: Sequence[NavItem], active: str) -> rx.Component:
    return rx.el.header(
        rx.drawer.root(
            rx.drawer.trigger(
                rx.icon_button(
                    rx.icon("menu", size=20),
                    variant="ghost",
                    color_scheme="gray",
                    aria_label=t("Open the menu"),
                    custom_attrs={"data-testid": "open-menu"},
                )
            ),
            rx.drawer.overlay(z_index="40"),
            rx.drawer.portal(
                rx.drawer.content(
                    rx.drawer.title(t("Menu"), class_name="a-hidden"),
                    rx.drawer.description(t("Where to go"), class_name="a-hidden"),
                    _menu(nav, active),
                    class_name="a-drawer",
                )
            ),
            direction="left",
        ),
        rx.el.img(src="/mark.svg", alt="", class_name="a-mark"),
        rx.el.div(ShellState.shop_name, class_name="a-shop"),
        class_name="a-topbar",
    )
