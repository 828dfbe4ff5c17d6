"""What people see and agree to when they join: wording with versions, rules, the logo.

For tests: ``wording``, ``input-text``, ``save-wording``, ``wording-versions`` (rows
``wording-versions-row``), ``input-double_opt_in``, ``input-allow_public_redeem``, ``logo``,
``logo-file``, ``send-logo``, ``remove-logo``.
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.feedback import loaded, note
from astronote.components.form import area_field, check, form_error, submit
from astronote.components.layout import panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.joining_rules import BAR, INPUT, JoiningRulesState


def view() -> rx.Component:
    """The three panels."""
    return loaded(
        JoiningRulesState,
        rx.fragment(_wording(), _rules(), _logo()),
        rows=4,
        columns=2,
        frame=panel,
    )


def _wording() -> rx.Component:
    state = JoiningRulesState
    return panel(
        _in_force(),
        _own_wording(),
        rx.cond(state.versions.length() > 0, _versions()),
        title=t("What people agree to"),
        custom_attrs={"data-testid": "wording"},
    )


def _in_force() -> rx.Component:
    state = JoiningRulesState
    return rx.cond(
        state.is_default,
        rx.el.div(
            rx.el.p(
                t("Until you write your own, people read this in their language:"),
                class_name="a-text a-quiet",
            ),
            rx.el.blockquote(state.defaults["el"], lang="el", class_name="a-quote a-text"),
            rx.el.blockquote(state.defaults["en"], lang="en", class_name="a-quote a-text"),
            class_name="a-stack",
        ),
        rx.el.p(
            t("Version {n} is shown now, in whatever language people read.", n=state.version),
            class_name="a-text a-quiet",
        ),
    )


def _own_wording() -> rx.Component:
    state = JoiningRulesState
    return rx.form(
        rx.el.div(
            form_error(state.errors.get("", "")),
            area_field(
                t("Your own wording"),
                "text",
                help=t("Say who writes, what, how often, and that one can stop at any time."),
                error=state.errors.get("text", ""),
                default_value=state.text,
                max_length=1000,
                required=True,
            ),
            note(
                t("Saving makes a new version. What people agreed to before stays as they read it.")
            ),
            rx.el.div(
                submit(
                    t("Save as a new version"),
                    state.saving,
                    custom_attrs={"data-testid": "save-wording"},
                ),
                class_name="a-actions",
            ),
            class_name="a-form",
        ),
        key=state.opened.to_string(),
        on_submit=state.save_wording,
        reset_on_submit=False,
    )


def _versions() -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("All versions")),
        table(
            (
                Column(t("Version"), lambda row: row.version, numeric=True),
                Column(t("Wording"), lambda row: rx.el.span(row.text, class_name="a-break")),
                Column(t("Since"), lambda row: row.since, wide=True),
            ),
            JoiningRulesState.versions,
            key=lambda row: row.version,
            caption=t("Versions of the wording, newest first"),
            testid="wording-versions",
        ),
        class_name="a-details",
    )


def _rules() -> rx.Component:
    return panel(
        rx.el.div(
            _rule(
                "double_opt_in",
                t("Everybody who joins confirms by SMS"),
                t(
                    "One message each, with a link to confirm. Whoever once said no is always "
                    "asked."
                ),
            ),
            _rule(
                "allow_public_redeem",
                t("Shoppers may redeem an offer themselves"),
                t("A button on the offer's page. Without it, only your team redeems."),
            ),
            class_name="a-stack",
        ),
        title=t("Rules"),
    )


def _rule(name: str, label: rx.Var, help: rx.Var) -> rx.Component:
    return rx.el.div(
        check(
            label,
            name,
            checked=JoiningRulesState.rules[name],
            on_change=lambda holds: JoiningRulesState.set_rule(name, holds),
        ),
        rx.el.p(help, class_name="a-help"),
        class_name="a-set",
    )


def _logo() -> rx.Component:
    return panel(
        rx.el.div(
            _shown_logo(),
            _picture(),
            rx.el.progress(
                id=BAR, max=100, value=0, hidden=True, class_name="a-upload", aria_label=t("Upload")
            ),
            _logo_buttons(),
            class_name="a-stack",
        ),
        _removing(),
        title=t("Logo"),
    )


def _shown_logo() -> rx.Component:
    state = JoiningRulesState
    return rx.cond(
        state.logo != "",
        rx.el.img(
            src=state.logo,
            alt=t("Your logo"),
            class_name="a-logo",
            custom_attrs={"data-testid": "logo"},
        ),
        rx.el.p(
            t("Without a logo, your pages show the first letter of your shop's name."),
            class_name="a-text a-quiet",
        ),
    )


def _picture() -> rx.Component:
    state = JoiningRulesState
    return rx.el.div(
        rx.el.label(t("Picture"), html_for=INPUT, class_name="a-label"),
        rx.el.input(
            id=INPUT,
            type="file",
            accept="image/png,image/jpeg,image/webp",
            aria_describedby="logo-help",
            custom_attrs={"data-testid": INPUT},
        ),
        rx.el.p(
            t("PNG, JPEG or WebP, at most 1 MB. It is made smaller by itself."),
            class_name="a-help",
            id="logo-help",
        ),
        rx.cond(
            state.problem != "",
            rx.el.p(
                state.problem,
                class_name="a-error",
                role="alert",
                custom_attrs={"data-testid": "logo-problem"},
            ),
        ),
        class_name="a-field",
    )


def _logo_buttons() -> rx.Component:
    state = JoiningRulesState
    send = f"astronote.upload('{INPUT}','/api/shop/logo',{{}},'{BAR}','PUT')"
    return rx.el.div(
        rx.button(
            t("Use this picture"),
            type="button",
            variant="soft",
            on_click=rx.call_script(send, callback=state.logo_sent),
            custom_attrs={"data-testid": "send-logo"},
        ),
        rx.cond(
            state.logo != "",
            rx.button(
                t("Remove the logo"),
                type="button",
                variant="soft",
                color_scheme="gray",
                on_click=state.ask_remove_logo,
                custom_attrs={"data-testid": "remove-logo"},
            ),
        ),
        class_name="a-actions",
    )


def _removing() -> rx.Component:
    state = JoiningRulesState
    return confirm_dialog(
        open=state.removing,
        title=t("Remove the logo?"),
        body=t("Your public pages then show the first letter of your shop's name."),
        confirm=t("Remove the logo"),
        on_confirm=state.remove_logo,
        on_cancel=state.keep_logo,
        danger=True,
        testid="remove-logo",
    )
