"""The wizard's first step.

For tests: ``input-name``, ``input-messageText``, ``token-first_name``, ``token-last_name``,
``token-shop_name``, ``text-size``, ``text-parts``, ``text-encoding``, ``forced-by``,
``input-gsm``, ``input-offer``, ``input-title``, ``input-description``, ``input-code``,
``input-expiresOn``, ``input-maxRedemptions``, ``input-maxTotal``, ``phone-text``,
``sample-name``, ``sample-previous``, ``sample-next``, ``error-<field>``.
"""

import json

import reflex as rx

from astronote.components.form import area_field, field_id, text_field
from astronote.components.layout import panel
from astronote.components.phone import phone_preview
from astronote.pages.campaigns_parts import REST
from astronote.state.campaigns_basics import BasicsState

TOKENS = (
    ("{{first_name}}", "First name", "first_name"),
    ("{{last_name}}", "Last name", "last_name"),
    ("{{shop_name}}", "Shop name", "shop_name"),
)


def view() -> rx.Component:
    """Name, message and offer at the left, the phone at the right."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(
                "What do you want to say?", id="wizard-title", class_name="a-h2", tab_index=-1
            ),
            _message(),
            _offer(),
            class_name="a-stack",
        ),
        preview(),
        class_name="a-with-phone",
    )


def _text(label: str, name: str, help: str = "", **props) -> rx.Component:
    return text_field(
        label,
        name,
        help=help,
        error=BasicsState.errors.get(name, ""),
        default_value=BasicsState.values[name],
        on_change=BasicsState.typed(name).debounce(REST),
        on_blur=BasicsState.typed(name),
        **props,
    )


def _message() -> rx.Component:
    return panel(
        rx.el.div(
            _text("Name", "name", "Only you see it.", max_length=120, auto_focus=True),
            rx.el.div(_editor(), _meter(), class_name="a-stack"),
            rx.cond(BasicsState.sample.forced_by != "", _forced(), rx.fragment()),
            _capitals(),
            class_name="a-panel-body",
        )
    )


def _editor() -> rx.Component:
    return rx.el.div(
        area_field(
            "Message",
            "messageText",
            error=BasicsState.errors.get("messageText", ""),
            rows="6",
            max_length=2000,
            default_value=BasicsState.values["messageText"],
            on_change=BasicsState.typed("messageText").debounce(REST),
            on_blur=BasicsState.typed("messageText"),
            placeholder="Hello {{first_name|there}}, …",
        ),
        rx.el.div(
            rx.el.span("Insert", class_name="a-small a-quiet"),
            *[_token(*token) for token in TOKENS],
            class_name="a-actions a-tokens",
        ),
        rx.el.p(
            "Where a name is not known, a word can stand in: ",
            rx.el.code("{{first_name|there}}"),
            " writes “there”.",
            class_name="a-help",
        ),
        class_name="a-editor",
    )


def _token(token: str, words: str, name: str) -> rx.Component:
    return rx.button(
        rx.icon("plus", size=13, aria_hidden=True),
        words,
        type="button",
        size="1",
        variant="soft",
        title=f"Insert {token} where the cursor is",
        on_click=rx.call_script(_insert(token)),
        custom_attrs={"data-testid": f"token-{name}"},
    )


def _insert(token: str) -> str:
    """Script: put ``token`` at the cursor, as if it had been typed."""
    return (
        f"(()=>{{const e=document.getElementById({json.dumps(field_id('messageText'))});"
        f"const t={json.dumps(token)};const a=e.selectionStart,b=e.selectionEnd;"
        "const v=Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype,'value');"
        "v.set.call(e,e.value.slice(0,a)+t+e.value.slice(b));e.focus();"
        "e.setSelectionRange(a+t.length,a+t.length);"
        "e.dispatchEvent(new Event('input',{bubbles:true}))})()"
    )


def _meter() -> rx.Component:
    sample = BasicsState.sample
    return rx.cond(
        BasicsState.is_blank,
        rx.el.p("The links are added at the end by themselves.", class_name="a-help"),
        rx.el.p(
            rx.el.span(sample.size, custom_attrs={"data-testid": "text-size"}),
            rx.el.span(
                sample.cost, class_name="a-strong", custom_attrs={"data-testid": "text-parts"}
            ),
            rx.el.span(sample.encoding, custom_attrs={"data-testid": "text-encoding"}),
            rx.el.span("links included"),
            class_name="a-meter a-small a-quiet a-number",
            aria_live="polite",
        ),
    )


def _forced() -> rx.Component:
    return rx.el.p(
        rx.icon("info", size=15, aria_hidden=True),
        rx.el.span(
            rx.el.span(
                BasicsState.sample.forced_by,
                class_name="a-strong",
                custom_attrs={"data-testid": "forced-by"},
            ),
            " cannot be written in the basic SMS alphabet (GSM-7). "
            "The message goes out as UCS-2: 70 characters fit one part instead of 160.",
        ),
        class_name="a-remark a-small",
    )


def _capitals() -> rx.Component:
    offered = (BasicsState.sample.saving != "") | BasicsState.gsm
    return rx.cond(
        offered & ~BasicsState.is_blank,
        rx.el.div(
            rx.switch(
                checked=BasicsState.gsm,
                on_change=BasicsState.set_gsm,
                id="field-gsm",
                custom_attrs={"data-testid": "input-gsm"},
            ),
            rx.el.label(
                rx.el.span("Write in capitals that fit GSM-7", class_name="a-strong"),
                rx.cond(
                    BasicsState.sample.saving != "",
                    rx.el.span(": " + BasicsState.sample.saving, class_name="a-quiet"),
                ),
                html_for="field-gsm",
            ),
            class_name="a-switch a-text",
        ),
    )


def _offer() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                rx.el.label("Offer", html_for="field-offer", class_name="a-h2"),
                rx.el.p(
                    "A page with a code for the till, behind a link in the message.",
                    class_name="a-small a-quiet",
                ),
            ),
            rx.switch(
                checked=BasicsState.offer,
                on_change=BasicsState.set_offer,
                id="field-offer",
                custom_attrs={"data-testid": "input-offer"},
            ),
            class_name="a-panel-head",
        ),
        rx.cond(
            BasicsState.offer,
            rx.el.div(
                _text("Title", "title", "“20% off everything”. Empty: your shop's name."),
                area_field(
                    "Description",
                    "description",
                    error=BasicsState.errors.get("description", ""),
                    rows="2",
                    max_length=1000,
                    default_value=BasicsState.values["description"],
                    on_change=BasicsState.typed("description").debounce(REST),
                    on_blur=BasicsState.typed("description"),
                ),
                rx.el.div(
                    _text("Code", "code", "Shown on the page; may stay empty.", max_length=60),
                    _text("Ends with the day", "expiresOn", "Empty: no end.", type="date"),
                    _text("Uses per message", "maxRedemptions", "Mostly 1.", input_mode="numeric"),
                    _text("Uses in all", "maxTotal", "Empty: no limit.", input_mode="numeric"),
                    class_name="a-fields a-fields-small",
                ),
                class_name="a-panel-body",
            ),
        ),
    )


def preview() -> rx.Component:
    """The final text on the phones of real recipients, one after the other."""
    return rx.el.aside(
        rx.el.div(
            _turn("chevron-left", "Previous recipient", -1, "sample-previous"),
            rx.el.p(
                rx.el.span("As ", class_name="a-quiet"),
                rx.el.span(
                    BasicsState.sample.name,
                    class_name="a-strong",
                    custom_attrs={"data-testid": "sample-name"},
                ),
                rx.el.span(" gets it", class_name="a-quiet"),
                rx.el.span(BasicsState.position, class_name="a-help a-number"),
                class_name="a-small",
                aria_live="polite",
            ),
            _turn("chevron-right", "Next recipient", 1, "sample-next"),
            class_name="a-turner",
        ),
        phone_preview(
            BasicsState.sender,
            rx.cond(BasicsState.is_blank, "Your message appears here.", BasicsState.sample.text),
        ),
        rx.cond(
            BasicsState.is_blank,
            rx.fragment(),
            rx.el.p(
                BasicsState.sample.cost,
                " for this recipient",
                class_name="a-small a-quiet a-number a-centre",
            ),
        ),
        class_name="a-phone-side",
        aria_label="Preview",
    )


def _turn(icon: str, label: str, step: int, testid: str) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=16),
        type="button",
        variant="soft",
        color_scheme="gray",
        size="1",
        aria_label=label,
        on_click=BasicsState.turn(step),
        disabled=BasicsState.samples.length() < 2,
        custom_attrs={"data-testid": testid},
    )
