"""The history of one contact's consent, on its own page.

For tests: the names are in ``pages/contact_page.py``.
"""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.state.consent_words import ConsentView
from astronote.state.contact_page import ContactState
from astronote.state.message_sheet import MessageSheetState


def history() -> rx.Component:
    """Every change of consent, newest first, with the proof as a file."""
    state = ContactState
    return panel(
        rx.el.div(
            rx.el.h2(t("Consent history"), class_name="a-h2"),
            rx.cond(
                state.history.length() > 0,
                download_link(t("Proof (CSV)"), state.proof, testid="consent-proof", size="1"),
            ),
            class_name="a-panel-head",
        ),
        rx.cond(
            state.history.length() == 0,
            empty_state(
                "file-check",
                t("Nothing recorded yet"),
                t("Every change of consent is kept here with its wording, as proof."),
                testid="no-consent",
            ),
            rx.el.ol(
                rx.foreach(state.history, _change),
                class_name="a-panel-body a-timeline",
                custom_attrs={"data-testid": "consent-history"},
            ),
        ),
    )


def _change(past: rx.Var[ConsentView]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(past.what, class_name="a-strong"),
            rx.el.span(when(past.at, past.at_exact), class_name="a-quiet a-small"),
            class_name="a-history-line",
        ),
        rx.cond(past.text != "", rx.el.q(past.text, class_name="a-break")),
        rx.el.div(
            rx.el.span(t("By {whom}", whom=past.by)),
            rx.cond(past.basis != "", rx.el.span(past.basis)),
            rx.cond(past.version != "", rx.el.span(past.version)),
            rx.cond(
                past.message_id > 0,
                rx.el.button(
                    t("The message that led to it"),
                    type="button",
                    class_name="a-plain",
                    on_click=MessageSheetState.show(past.message_id),
                    custom_attrs={"data-testid": "consent-message"},
                ),
            ),
            class_name="a-meter a-small a-quiet",
        ),
        class_name="a-stack a-text",
    )
