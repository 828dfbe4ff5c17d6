"""One contact, in a drawer beside list or page, and what is asked before it changes for good."""

import reflex as rx

from astronote.components.agreement import agreement
from astronote.components.dialog import confirm_dialog, side_sheet
from astronote.components.feedback import note
from astronote.components.figures import when
from astronote.components.form import check, form_error, select_field, submit, text_field
from astronote.components.words import t
from astronote.state.consent_words import ConsentView
from astronote.state.contact_form import ContactFormState

GENDERS = [
    ("", t("Not known")),
    ("male", t("Man")),
    ("female", t("Woman")),
    ("other", t("Other")),
]


def drawer(history: bool = True) -> rx.Component:
    """The form, and the ``history`` of the contact's consent where the page has it not."""
    state = ContactFormState
    return side_sheet(
        rx.form(
            rx.el.div(
                form_error(state.errors.get("", "")),
                *_fields(),
                _consent(),
                _buttons(),
                class_name="a-form",
            ),
            key=state.opened.to_string(),
            on_submit=state.save,
            reset_on_submit=False,
        ),
        rx.cond(state.history.length() > 0, _history()) if history else rx.fragment(),
        open=state.open,
        title=state.title,
        on_close=state.close,
        testid="contact-sheet",
    )


def _fields() -> list[rx.Component]:
    state = ContactFormState
    return [
        _text(
            t("Phone"),
            "phone",
            t("With + and the country code, or a local mobile number"),
            required=True,
            type="tel",
            auto_complete="off",
        ),
        rx.el.div(
            _text(t("First name"), "firstName"),
            _text(t("Last name"), "lastName"),
            class_name="a-pair",
        ),
        _text(t("E-mail"), "email", type="email"),
        rx.el.div(
            select_field(
                t("Gender"),
                "gender",
                GENDERS,
                error=state.errors.get("gender", ""),
                default_value=state.values["gender"],
            ),
            _text(t("Birthday"), "birthday", type="date"),
            class_name="a-pair",
        ),
        _text(t("Tags"), "tags", t("Separated by commas")),
    ]


def _buttons() -> rx.Component:
    state = ContactFormState
    return rx.el.div(
        submit(t("Save"), state.saving, custom_attrs={"data-testid": "save-contact"}),
        rx.button(
            t("Cancel"), type="button", variant="soft", color_scheme="gray", on_click=state.close
        ),
        rx.cond(
            state.contact_id > 0,
            rx.button(
                t("Delete"),
                type="button",
                variant="ghost",
                color_scheme="red",
                on_click=state.ask_delete(state.contact_id),
                class_name="a-push",
            ),
        ),
        class_name="a-actions",
    )


def _text(label: rx.Var, name: str, help: str | rx.Var = "", **props) -> rx.Component:
    return text_field(
        label,
        name,
        help=help,
        error=ContactFormState.errors.get(name, ""),
        default_value=ContactFormState.values[name],
        **props,
    )


def _consent() -> rx.Component:
    state = ContactFormState
    return rx.el.fieldset(
        rx.el.legend(t("Messages"), class_name="a-label"),
        rx.cond(
            state.by_person,
            note(
                t("This person opted out. Only they can come back, by joining again."),
                icon="lock",
                color="amber",
            ),
            check(
                t("Subscribed: may receive messages"),
                "isSubscribed",
                default_checked=state.subscribed,
                on_change=state.set_subscribed,
            ),
        ),
        rx.cond(
            state.subscribed & ~state.was_subscribed,
            agreement(
                state.errors,
                t("The words they read or heard. Kept with the contact as proof."),
            ),
        ),
        form_error(state.errors.get("isSubscribed", "")),
        class_name="a-group",
    )


def _history() -> rx.Component:
    def line(past: rx.Var[ConsentView]) -> rx.Component:
        return rx.el.li(
            rx.el.span(past.what),
            rx.el.span(when(past.at, past.at_exact), class_name="a-quiet"),
            rx.cond(past.text != "", rx.el.q(past.text, class_name="a-quiet a-history-text")),
            class_name="a-history-line a-small",
        )

    return rx.el.section(
        rx.el.h3(t("Consent history"), class_name="a-h3"),
        rx.el.ul(rx.foreach(ContactFormState.history, line), class_name="a-form"),
        class_name="a-history",
        custom_attrs={"data-testid": "consent-history"},
    )


def questions() -> rx.Component:
    """Before deleting, erasing and unsubscribing."""
    state = ContactFormState
    return rx.fragment(
        confirm_dialog(
            open=state.asked == "erase",
            title=t("Erase {name}?", name=state.asked_name),
            body=t(
                "This erases 1 contact for good: name, phone, e-mail, birthday and everything "
                "else known, with what was written in {sent} to them and in {received} from "
                "them. Counts in your figures stay. The number is kept only as a code that "
                "nobody can read, so that it is never messaged again unless the person joins "
                "anew. This cannot be undone.",
                sent=state.asked_sent,
                received=state.asked_received,
            ),
            confirm=t("Erase for good"),
            on_confirm=state.do_it,
            on_cancel=state.never_mind,
            busy=state.working,
            danger=True,
            testid="erase-contact",
        ),
        confirm_dialog(
            open=state.asked == "delete",
            title=t("Delete {name}?", name=state.asked_name),
            body=t(
                "This removes 1 contact from your shop and from its lists. Past messages stay in "
                "the figures. If this person opted out, that is remembered."
            ),
            confirm=t("Delete contact"),
            on_confirm=state.do_it,
            on_cancel=state.never_mind,
            busy=state.working,
            danger=True,
            testid="delete-contact",
        ),
        confirm_dialog(
            open=state.asked == "unsubscribe",
            title=t("Unsubscribe {name}?", name=state.asked_name),
            body=t("1 contact will get no more messages until you subscribe them again."),
            confirm=t("Unsubscribe"),
            on_confirm=state.do_it,
            on_cancel=state.never_mind,
            busy=state.working,
            testid="unsubscribe-contact",
        ),
    )
