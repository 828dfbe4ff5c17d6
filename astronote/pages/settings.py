"""The shop's settings, in groups that say what they are for.

For tests: ``input-<field>`` and ``error-<field>`` by the API's names, ``input-quiet``,
``quietStart``, ``quietEnd``; ``sender-state`` (with ``data-status``), ``lines``,
``lines-size``, ``lines-forced``, ``save``.
"""

import reflex as rx

from astronote.components.feedback import loaded, note
from astronote.components.form import check, field_id, form_error, select_field, submit, text_field
from astronote.components.layout import page_header, panel
from astronote.components.settings_nav import settings_nav
from astronote.components.words import t
from astronote.state.settings import SettingsState
from astronote.state.settings_form import TIMEZONES
from astronote.words import LANGUAGES

REST = 300
"""Milliseconds without a keystroke before the lines are shown anew."""


def page() -> rx.Component:
    """One form."""
    return rx.fragment(
        page_header(t("Settings"), t("How your shop appears, and the rules your messages follow")),
        settings_nav("/app/settings"),
        loaded(SettingsState, _form(), columns=2, frame=panel),
    )


def _form() -> rx.Component:
    return rx.form(
        rx.el.div(
            form_error(SettingsState.errors.get("", "")),
            _shop(),
            _sender(),
            _lines(),
            _quiet(),
            _rules(),
            _legal(),
            rx.el.div(
                submit(
                    t("Save settings"), SettingsState.saving, custom_attrs={"data-testid": "save"}
                ),
                class_name="a-actions a-save-bar",
            ),
            class_name="a-stack a-wide-gap",
        ),
        key=SettingsState.stored.to_string(),
        on_submit=SettingsState.save,
        reset_on_submit=False,
        custom_attrs={"data-guard": t("Leave without saving your changes?")},
    )


def _text(label: rx.Var, name: str, help: rx.Var | str = "", **props) -> rx.Component:
    return text_field(
        label,
        name,
        help=help,
        error=SettingsState.errors.get(name, ""),
        default_value=SettingsState.values[name],
        **props,
    )


def _select(label: rx.Var, name: str, options, help: rx.Var | str = "") -> rx.Component:
    return select_field(
        label,
        name,
        options,
        help=help,
        error=SettingsState.errors.get(name, ""),
        default_value=SettingsState.values[name],
    )


def _group(title: rx.Var, *fields: rx.Component) -> rx.Component:
    return panel(rx.el.div(*fields, class_name="a-fields"), title=title)


def _shop() -> rx.Component:
    return _group(
        t("Shop"),
        _text(
            t("Name"),
            "name",
            t("Shown to shoppers, and written by {{shop_name}}"),
            required=True,
            max_length=80,
        ),
        _text(t("Colour"), "color", t("Of your public pages"), type="color"),
        _text(t("Support contact"), "supportContact", t("A phone or e-mail on your public pages")),
        _select(t("Country"), "country", SettingsState.countries, t("How local phones are read")),
        _select(
            t("Time zone"),
            "timezone",
            [(zone, zone) for zone in TIMEZONES],
            t("For schedules, quiet hours and birthdays"),
        ),
        _select(
            t("Language"),
            "locale",
            list(LANGUAGES.items()),
            t("Of your public pages and the lines of links. Yours is under “Your account”."),
        ),
    )


def _sender() -> rx.Component:
    return panel(
        rx.el.div(
            _text(
                t("Sender name"),
                "senderName",
                t("3 to 11 Latin letters and digits, or a number of up to 14 digits"),
                max_length=15,
            ),
            rx.el.div(
                rx.match(
                    SettingsState.sender,
                    ("waiting", _approval("waiting", "amber", t("Waits for approval"))),
                    ("refused", _approval("refused", "red", t("Refused"))),
                    ("approved", _approval("approved", "green", t("Approved"))),
                    ("free", _approval("free", "green", t("In use"))),
                    _approval("none", "gray", t("None: messages come from the service's name")),
                ),
                rx.match(
                    SettingsState.sender,
                    (
                        "waiting",
                        _small(
                            t(
                                "We look at each name before its first message, so that nobody "
                                "can pretend to be a bank. Until then nothing is sent."
                            )
                        ),
                    ),
                    ("refused", _small(SettingsState.sender_refusal)),
                    rx.fragment(),
                ),
                rx.cond(
                    SettingsState.can_receive,
                    _small(t("A number: people can answer, and you read it in the inbox.")),
                    _small(t("A name cannot be answered. A number can.")),
                ),
                _small(t("A changed name is approved anew.")),
                class_name="a-stack a-sender",
            ),
            class_name="a-fields",
        ),
        title=t("Sender name"),
    )


def _approval(state: str, color: str, words: rx.Var) -> rx.Component:
    return rx.badge(
        words,
        color_scheme=color,
        variant="soft",
        radius="full",
        high_contrast=True,
        custom_attrs={"data-testid": "sender-state", "data-status": state},
    )


def _small(words: rx.Var) -> rx.Component:
    return rx.el.p(words, class_name="a-small a-quiet")


def _lines() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                _label(t("Before the offer link"), "offerLabel"),
                _label(t("Before the opt-out link"), "unsubscribeLabel"),
                class_name="a-form",
            ),
            rx.el.div(
                rx.el.p(t("So every message ends"), class_name="a-label"),
                rx.el.p(
                    SettingsState.lines,
                    class_name="a-sms a-text",
                    aria_live="polite",
                    custom_attrs={"data-testid": "lines"},
                ),
                rx.el.p(
                    SettingsState.lines_size,
                    class_name="a-help a-number",
                    custom_attrs={"data-testid": "lines-size"},
                ),
                rx.cond(
                    SettingsState.lines_forced != "",
                    rx.el.div(
                        note(
                            t(
                                "{chars}: not in the basic SMS alphabet. Every message becomes "
                                "UCS-2, with 70 characters a part instead of 160.",
                                chars=SettingsState.lines_forced,
                            ),
                            color="amber",
                        ),
                        custom_attrs={"data-testid": "lines-forced"},
                    ),
                ),
                class_name="a-stack",
            ),
            class_name="a-fields",
        ),
        title=t("Lines of links"),
    )


def _label(label: rx.Var, name: str) -> rx.Component:
    return _text(
        label,
        name,
        max_length=40,
        on_change=SettingsState.typed_label(name).debounce(REST),
    )


def _quiet() -> rx.Component:
    return panel(
        check(
            t("Hold messages at night, and send them in the morning"),
            "quiet",
            checked=SettingsState.quiet,
            on_change=SettingsState.set_quiet,
        ),
        rx.cond(
            SettingsState.quiet,
            rx.el.div(
                _text(t("Quiet from"), "quietStart", type="time"),
                _text(t("until"), "quietEnd", type="time"),
                class_name="a-fields a-fields-small",
            ),
        ),
        _small(
            t(
                "For campaigns and automations. Whoever joins at your till gets the welcome at "
                "once; answers and tests go out at any hour."
            )
        ),
        title=t("Quiet hours"),
    )


def _rules() -> rx.Component:
    return panel(
        _tick(
            "requireKnownAge",
            SettingsState.require_known_age,
            t("Only write to people whose age is known"),
            t("Known minors never get a message. This leaves out people without a birthday too."),
        ),
        title=t("Rules"),
    )


def _tick(name: str, ticked: rx.Var, words: rx.Var, help: rx.Var) -> rx.Component:
    return rx.el.div(
        check(words, name, default_checked=ticked),
        rx.el.p(help, class_name="a-help a-under-check", id=f"{field_id(name)}-help"),
    )


def _legal() -> rx.Component:
    return _group(
        t("Legal identity"),
        _text(t("Legal name"), "legalName", t("Who answers for the data, on the sign-up page")),
        _text(t("VAT number"), "vatNumber"),
        _text(t("Postal address"), "address"),
        _text(t("Privacy policy"), "privacyUrl", t("Its web address"), type="url"),
    )
