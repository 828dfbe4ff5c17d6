"""The shop's settings, in groups that say what they are for."""

import reflex as rx

from astronote.components.feedback import skeleton_table
from astronote.components.form import check, form_error, select_field, submit, text_field
from astronote.components.layout import page_header, panel
from astronote.components.settings_nav import settings_nav
from astronote.state.settings import COUNTRIES, TIMEZONES, SettingsState


def page() -> rx.Component:
    """One form."""
    return rx.fragment(
        page_header("Settings", "How your shop appears, and the rules your messages follow"),
        settings_nav("/app/settings"),
        rx.cond(SettingsState.loading, panel(skeleton_table(6, 2)), _form()),
    )


def _form() -> rx.Component:
    return rx.form(
        rx.el.div(
            form_error(SettingsState.errors.get("", "")),
            _shop(),
            _sender(),
            _rules(),
            _legal(),
            rx.el.div(
                submit("Save settings", SettingsState.saving, custom_attrs={"data-testid": "save"}),
                class_name="a-actions",
            ),
            class_name="a-stack",
        ),
        on_submit=SettingsState.save,
        reset_on_submit=False,
    )


def _text(label: str, name: str, help: str = "", **props) -> rx.Component:
    return text_field(
        label,
        name,
        help=help,
        error=SettingsState.errors.get(name, ""),
        default_value=SettingsState.values[name],
        **props,
    )


def _select(label: str, name: str, options, help: str = "") -> rx.Component:
    return select_field(
        label,
        name,
        options,
        help=help,
        error=SettingsState.errors.get(name, ""),
        default_value=SettingsState.values[name],
    )


def _group(title: str, *fields: rx.Component) -> rx.Component:
    return panel(rx.el.div(*fields, class_name="a-fields"), title=title)


def _shop() -> rx.Component:
    return _group(
        "Shop",
        _text("Name", "name", "Shown to shoppers, and written by {{shop_name}}", required=True),
        _text("Colour", "color", "Of your public pages", type="color"),
        _select("Country", "country", [(c, c) for c in COUNTRIES], "How local phones are read"),
        _select("Time zone", "timezone", [(z, z) for z in TIMEZONES]),
        _select("Language", "locale", [("el", "Ελληνικά"), ("en", "English")]),
        _text("Support contact", "supportContact", "A phone or e-mail shown on public pages"),
    )


def _sender() -> rx.Component:
    return _group(
        "Messages",
        _text("Sender name", "senderName", "3 to 11 Latin letters and digits, or up to 14 digits"),
        _text("Before the offer link", "offerLabel"),
        _text("Before the opt-out link", "unsubscribeLabel"),
    )


def _rules() -> rx.Component:
    return _group(
        "Rules",
        check(
            "Quiet hours: hold messages at night",
            "quiet",
            checked=SettingsState.quiet,
            on_change=SettingsState.set_quiet,
        ),
        rx.cond(
            SettingsState.quiet,
            rx.el.div(
                _text("Quiet from", "quietStart", type="time"),
                _text("until", "quietEnd", type="time"),
                class_name="a-fields",
            ),
        ),
        check(
            "Only message people whose age is known (and adult)",
            "requireKnownAge",
            default_checked=SettingsState.require_known_age,
        ),
        check(
            "Shoppers may redeem an offer themselves",
            "allowPublicRedeem",
            default_checked=SettingsState.allow_public_redeem,
        ),
    )


def _legal() -> rx.Component:
    return _group(
        "Legal identity",
        _text("Legal name", "legalName", "Who is responsible for the data, on the sign-up page"),
        _text("VAT number", "vatNumber"),
        _text("Address", "address"),
        _text("Privacy policy", "privacyUrl", "Its web address", type="url"),
    )
