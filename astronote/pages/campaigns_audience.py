"""The wizard's second step.

For tests: ``audience-all``, ``audience-some``, ``gender-<gender>``, ``input-ageMin``,
``input-ageMax``, ``input-tags``, ``list-<key>`` (its select has any, in, out),
``audience-count``, ``excluded-<reason>`` (unsubscribed, suppressed, under18, unknown_age,
filtered_out), ``audience-credits``, ``error-audience``.
"""

import reflex as rx

from astronote.components.composer import REST
from astronote.components.form import choice, text_field
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.pages.campaigns_parts import heading, option
from astronote.state.campaigns_audience import AudienceState, ExcludedLine, ListChoice
from astronote.state.campaigns_words import GENDERS

USES = [("any", t("Does not matter")), ("in", t("Only people in it")), ("out", t("Nobody in it"))]


def view() -> rx.Component:
    """The choice at the left, who that is at the right."""
    return rx.el.div(
        rx.el.div(
            heading(t("Who receives it?")),
            rx.el.div(
                _mode("all", t("Everybody"), t("All who are subscribed and may be messaged.")),
                _mode("some", t("Some of them"), t("By gender, age, list or tag.")),
                role="radiogroup",
                aria_labelledby="wizard-title",
                class_name="a-fields",
            ),
            rx.cond(AudienceState.mode == "some", _filters(), rx.fragment()),
            class_name="a-stack",
        ),
        _reach(),
        class_name="a-with-side",
    )


def _mode(value: str, words: rx.Var, help: rx.Var) -> rx.Component:
    return option(
        words,
        help,
        is_chosen=AudienceState.mode == value,
        on_choose=AudienceState.set_mode(value),
        testid=f"audience-{value}",
    )


def _filters() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend(t("Gender"), class_name="a-label"),
                rx.el.div(
                    *[_gender(key, t(words)) for key, words in GENDERS.items()],
                    class_name="a-actions",
                ),
                rx.el.p(t("None chosen: any."), class_name="a-help"),
                class_name="a-set",
            ),
            rx.el.div(
                _typed(t("From age"), "ageMin", t("People with a known birthday only.")),
                _typed(t("To age"), "ageMax", t("Both ages are included.")),
                class_name="a-fields a-fields-small",
            ),
            _lists(),
            _typed(t("Tags"), "tags", t("With any of them, separated by commas. Empty: any.")),
            class_name="a-panel-body",
        )
    )


def _gender(key: str, words: rx.Var) -> rx.Component:
    is_on = AudienceState.genders.contains(key)
    return rx.el.button(
        rx.cond(is_on, rx.icon("check", size=14, aria_hidden=True), rx.fragment()),
        words,
        type="button",
        on_click=AudienceState.toggle_gender(key),
        class_name=rx.cond(is_on, "a-chip a-chip-on", "a-chip"),
        custom_attrs={
            "data-testid": f"gender-{key}",
            "aria-pressed": rx.cond(is_on, "true", "false"),
        },
    )


def _typed(label: rx.Var, name: str, help: rx.Var) -> rx.Component:
    return text_field(
        label,
        name,
        help=help,
        error=AudienceState.errors.get(name, ""),
        default_value=AudienceState.values[name],
        on_change=AudienceState.typed(name).debounce(REST),
        on_blur=AudienceState.typed(name),
        input_mode="text" if name == "tags" else "numeric",
    )


def _lists() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("Lists"), class_name="a-label"),
        rx.cond(
            AudienceState.lists.length() > 0,
            rx.el.div(rx.foreach(AudienceState.lists, _list), class_name="a-choices"),
            rx.el.p(t("You have no lists yet."), class_name="a-help"),
        ),
        class_name="a-field",
    )


def _list(item: rx.Var[ListChoice]) -> rx.Component:
    return rx.el.div(
        rx.el.span(
            item.name,
            rx.el.span(item.count, class_name="a-help a-number"),
            class_name="a-choice-name",
        ),
        rx.el.div(
            choice(
                f"list-{item.key}",
                USES,
                value=item.use,
                on_change=AudienceState.use_list(item.key),
                aria_label=t("How the list {name} is used", name=item.name),
            ),
            custom_attrs={"data-testid": f"list-{item.key}"},
        ),
        class_name="a-choice",
        key=item.key,
    )


def _reach() -> rx.Component:
    return rx.el.aside(
        panel(
            rx.el.div(
                rx.el.div(
                    rx.el.span(
                        AudienceState.count,
                        class_name="a-big a-number",
                        custom_attrs={"data-testid": "audience-count"},
                    ),
                    rx.el.span(AudienceState.people, class_name="a-text"),
                    rx.cond(
                        AudienceState.counting,
                        rx.spinner(size="1", aria_label=t("Counting")),
                        rx.fragment(),
                    ),
                    class_name="a-reach",
                    aria_live="polite",
                ),
                rx.cond(
                    AudienceState.cost != "",
                    rx.el.p(
                        AudienceState.cost,
                        class_name="a-text a-number",
                        custom_attrs={"data-testid": "audience-credits"},
                    ),
                ),
                rx.cond(
                    AudienceState.excluded.length() > 0,
                    rx.el.div(
                        rx.el.span(t("Left out"), class_name="a-label"),
                        rx.el.ul(
                            rx.foreach(AudienceState.excluded, _excluded), class_name="a-excluded"
                        ),
                        class_name="a-field",
                    ),
                ),
                rx.cond(
                    AudienceState.errors.get("", "") != "",
                    rx.el.p(
                        rx.icon("circle-alert", size=14, aria_hidden=True),
                        AudienceState.errors.get("", ""),
                        class_name="a-error",
                        role="alert",
                        custom_attrs={"data-testid": "error-audience"},
                    ),
                ),
                class_name="a-panel-body",
            )
        ),
        class_name="a-side",
        aria_label=t("Who that is"),
    )


def _excluded(line: rx.Var[ExcludedLine]) -> rx.Component:
    return rx.el.li(
        rx.el.b(line.count, custom_attrs={"data-testid": f"excluded-{line.reason}"}),
        " ",
        line.words,
        key=line.reason,
        class_name="a-small a-number",
    )
