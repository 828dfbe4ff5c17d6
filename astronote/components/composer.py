"""The message editor that campaigns and automations share, with its live phone.

Each function takes the state that it works on: a :class:`astronote.state.composer.Composer`.

For tests: ``token-first_name``, ``token-first_name_or``, ``token-last_name``,
``token-shop_name``, ``text-size``, ``text-parts``, ``text-encoding``, ``forced-by``,
``input-gsm``, ``input-offer``,
``input-title``, ``input-description``, ``input-code``, ``input-expiresOn``,
``input-validDays``, ``input-maxRedemptions``, ``input-maxTotal``, ``phone-text``, ``sample-name``,
``sample-previous``, ``sample-next``, ``error-<field>``.
"""

import json

import reflex as rx

from astronote.components.form import area_field, field_id, text_field
from astronote.components.layout import panel
from astronote.components.phone import marked, phone_preview
from astronote.components.words import t
from astronote.state.composer import Composer

REST = 400
"""Milliseconds without a keystroke before what was typed is kept."""

TOKENS = (
    ("{{first_name}}", t("First name"), "first_name"),
    ("{{first_name|}}", t("First name, or …"), "first_name_or"),
    ("{{last_name}}", t("Last name"), "last_name"),
    ("{{shop_name}}", t("Shop name"), "shop_name"),
)


def text(
    state: type[Composer], label: str | rx.Var, name: str, help: str | rx.Var = "", **props
) -> rx.Component:
    """A one-line field of the state's ``values``."""
    return text_field(
        label,
        name,
        help=help,
        error=state.errors.get(name, ""),
        default_value=state.values[name],
        on_change=state.typed(name).debounce(REST),
        on_blur=state.typed(name),
        **props,
    )


def message(state: type[Composer], name: str) -> rx.Component:
    """The text area ``name`` with its token buttons, its size, and the way to GSM-7."""
    return rx.fragment(
        rx.el.div(_editor(state, name), _meter(state), class_name="a-stack"),
        rx.cond(state.sample.forced_by != "", _forced(state), rx.fragment()),
        _capitals(state),
    )


def _editor(state: type[Composer], name: str) -> rx.Component:
    return rx.el.div(
        area_field(
            t("Message"),
            name,
            error=state.errors.get(name, ""),
            rows="6",
            max_length=2000,
            default_value=state.values[name],
            on_change=state.typed(name).debounce(REST),
            on_blur=state.typed(name),
            placeholder=t("Hello {{first_name|there}}, …"),
        ),
        rx.el.div(
            rx.el.span(t("Insert"), class_name="a-small a-quiet"),
            *[_token(name, *token) for token in TOKENS],
            class_name="a-actions a-tokens",
        ),
        rx.el.p(
            t("A word can stand in where a name is not known; write it after the bar: "),
            rx.el.code("{{first_name|…}}"),
            class_name="a-help",
        ),
        class_name="a-editor",
    )


def _token(field: str, token: str, words: rx.Var, name: str) -> rx.Component:
    return rx.button(
        rx.icon("plus", size=13, aria_hidden=True),
        words,
        type="button",
        size="1",
        variant="soft",
        title=t("Insert {token} where the cursor is", token=token),
        on_click=rx.call_script(_insert(field, token)),
        custom_attrs={"data-testid": f"token-{name}"},
    )


def _insert(field: str, token: str) -> str:
    """Script: put ``token`` at the cursor, as if it had been typed; then the cursor stands
    behind it, or where its fallback goes."""
    at = token.find("|}}") + 1 or len(token)
    return (
        f"(()=>{{const e=document.getElementById({json.dumps(field_id(field))});"
        f"const t={json.dumps(token)};const a=e.selectionStart,b=e.selectionEnd;"
        "const v=Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype,'value');"
        "v.set.call(e,e.value.slice(0,a)+t+e.value.slice(b));e.focus();"
        f"e.setSelectionRange(a+{at},a+{at});"
        "e.dispatchEvent(new Event('input',{bubbles:true}))})()"
    )


def _meter(state: type[Composer]) -> rx.Component:
    sample = state.sample
    return rx.cond(
        state.is_blank,
        rx.el.p(t("The links are added at the end by themselves."), class_name="a-help"),
        rx.el.p(
            rx.el.span(sample.size, custom_attrs={"data-testid": "text-size"}),
            rx.el.span(
                sample.cost, class_name="a-strong", custom_attrs={"data-testid": "text-parts"}
            ),
            rx.el.span(sample.encoding, custom_attrs={"data-testid": "text-encoding"}),
            rx.el.span(t("links included")),
            class_name="a-meter a-small a-quiet a-number",
            aria_live="polite",
        ),
    )


def _forced(state: type[Composer]) -> rx.Component:
    return rx.el.p(
        rx.icon("info", size=15, aria_hidden=True),
        rx.el.span(
            rx.el.span(
                state.sample.forced_by,
                class_name="a-strong",
                custom_attrs={"data-testid": "forced-by"},
            ),
            t(
                " cannot be written in the basic SMS alphabet (GSM-7). "
                "The message goes out as UCS-2: 70 characters fit one part instead of 160."
            ),
        ),
        class_name="a-remark a-small",
    )


def _capitals(state: type[Composer]) -> rx.Component:
    offered = (state.sample.saving != "") | state.gsm
    return rx.cond(
        offered & ~state.is_blank,
        rx.el.div(
            rx.switch(
                checked=state.gsm,
                on_change=state.set_gsm,
                name="gsm",
                id=field_id("gsm"),
                custom_attrs={"data-testid": "input-gsm"},
            ),
            rx.el.label(
                rx.el.span(t("Write in capitals that fit GSM-7"), class_name="a-strong"),
                rx.cond(
                    state.sample.saving != "",
                    rx.el.span(": " + state.sample.saving, class_name="a-quiet"),
                ),
                html_for=field_id("gsm"),
            ),
            class_name="a-switch a-text",
        ),
    )


def offer(state: type[Composer]) -> rx.Component:
    """The offer's switch and fields."""
    return panel(
        rx.el.div(
            rx.el.div(
                rx.el.label(t("Offer"), html_for=field_id("offer"), class_name="a-h2"),
                rx.el.p(
                    t("A page with a code for the till, behind a link in the message."),
                    class_name="a-small a-quiet",
                ),
            ),
            rx.switch(
                checked=state.offer,
                on_change=state.set_offer,
                name="offer",
                id=field_id("offer"),
                custom_attrs={"data-testid": "input-offer"},
            ),
            class_name="a-panel-head",
        ),
        rx.cond(
            state.offer,
            _offer_fields(state),
        ),
    )


def _offer_fields(state: type[Composer]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            text(state, t("Title"), "title", t("“20% off everything”. Empty: your shop's name.")),
            text(state, t("Code"), "code", t("Shown on the page; may stay empty."), max_length=60),
            class_name="a-fields",
        ),
        area_field(
            t("Description"),
            "description",
            error=state.errors.get("description", ""),
            rows="2",
            max_length=1000,
            default_value=state.values["description"],
            on_change=state.typed("description").debounce(REST),
            on_blur=state.typed("description"),
        ),
        rx.el.div(
            text(state, t("Ends with the day"), "expiresOn", t("Empty: no end."), type="date"),
            text(
                state,
                t("Valid for days"),
                "validDays",
                t("From the day it is sent. Empty: no limit."),
                input_mode="numeric",
            ),
            text(
                state,
                t("Uses per message"),
                "maxRedemptions",
                t("Mostly 1."),
                input_mode="numeric",
            ),
            text(
                state,
                t("Uses in all"),
                "maxTotal",
                t("Empty: no limit."),
                input_mode="numeric",
            ),
            class_name="a-fields a-fields-small",
        ),
        class_name="a-panel-body",
    )


def preview(state: type[Composer]) -> rx.Component:
    """The final text on the phones of real recipients, one after the other."""
    return rx.el.aside(
        rx.el.div(
            _turn(state, "chevron-left", t("Previous recipient"), -1, "sample-previous"),
            rx.el.p(
                rx.el.span(t("Recipient"), class_name="a-hidden"),
                rx.el.span(
                    state.sample.name,
                    class_name="a-strong",
                    custom_attrs={"data-testid": "sample-name"},
                ),
                rx.el.span(state.position, class_name="a-help a-number"),
                class_name="a-small",
                aria_live="polite",
            ),
            _turn(state, "chevron-right", t("Next recipient"), 1, "sample-next"),
            class_name="a-turner",
        ),
        phone_preview(
            state.sender,
            rx.cond(
                state.is_blank,
                rx.el.span(t("Your message appears here.")),
                marked(state.sample.pieces),
            ),
        ),
        rx.cond(
            state.is_blank,
            rx.fragment(),
            rx.el.p(
                t("{cost} for this recipient", cost=state.sample.cost),
                class_name="a-small a-quiet a-number a-centre",
            ),
        ),
        class_name="a-phone-side",
        aria_label=t("Preview"),
    )


def _turn(state: type[Composer], icon: str, label: rx.Var, step: int, testid: str) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=16),
        type="button",
        variant="soft",
        color_scheme="gray",
        size="1",
        aria_label=label,
        on_click=state.turn(step),
        disabled=state.samples.length() < 2,
        custom_attrs={"data-testid": testid},
    )
