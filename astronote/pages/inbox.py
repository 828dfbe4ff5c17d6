"""The inbox: conversations at the left, the chosen one at the right; on a phone, one of them.

For tests: ``conversation`` (with ``data-key``), ``conversation-unread``, ``thread``,
``entry`` (with ``data-direction``), ``entry-status``, ``marked``, ``input-text``,
``reply-size``, ``reply-send``, ``error-text``, ``thread-back``, ``cannot-receive``,
``cannot-reply``, ``no-thread``.
"""

import reflex as rx

from astronote.components.feedback import empty_state, note
from astronote.components.figures import when
from astronote.components.form import area_field, submit
from astronote.components.gate import gate
from astronote.components.layout import page_header
from astronote.components.table import listing, pagination
from astronote.components.words import t
from astronote.state.inbox import InboxState
from astronote.state.inbox_views import ConversationLine, EntryLine


def page() -> rx.Component:
    """Everything."""
    return rx.fragment(
        page_header(t("Inbox"), t("What people wrote to you, and your answers")),
        gate(),
        rx.cond(InboxState.loading | InboxState.can_receive, rx.fragment(), _cannot_receive()),
        rx.el.div(
            rx.el.section(
                _list(), class_name="a-panel a-inbox-list", aria_label=t("Conversations")
            ),
            rx.el.section(
                rx.cond(InboxState.key != "", _thread(), _no_thread()),
                class_name="a-panel a-inbox-thread",
                aria_label=t("Conversation"),
            ),
            class_name=rx.cond(InboxState.key != "", "a-inbox a-inbox-open", "a-inbox"),
        ),
    )


def _cannot_receive() -> rx.Component:
    return rx.el.div(
        note(
            t(
                "Your messages come from “{name}”, a name. Phones cannot answer a name, so people "
                "can reach this inbox only at a number. With a number as your sender name, in "
                "the settings, they can simply reply.",
                name=InboxState.sender,
            )
        ),
        class_name=rx.cond(InboxState.key != "", "a-inbox-aside", ""),
        custom_attrs={"data-testid": "cannot-receive"},
    )


def _list() -> rx.Component:
    return listing(
        loading=InboxState.loading,
        error=InboxState.error,
        is_empty=InboxState.rows.length() == 0,
        on_retry=InboxState.load,
        columns=2,
        empty=empty_state(
            "inbox",
            t("No messages yet"),
            t("What people text to your number appears here, and you can answer."),
        ),
        filled=rx.fragment(
            rx.el.ul(rx.foreach(InboxState.rows, _conversation)),
            pagination(
                InboxState.shown,
                has_previous=InboxState.has_previous,
                has_next=InboxState.has_next,
                on_previous=InboxState.previous_page,
                on_next=InboxState.next_page,
            ),
        ),
    )


def _conversation(row: rx.Var[ConversationLine]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.span(row.name, class_name="a-strong a-clip"),
                rx.el.span(when(row.at, row.at_exact), class_name="a-help"),
                class_name="a-line",
            ),
            rx.el.span(
                rx.el.span(row.text, class_name="a-small a-quiet a-clip"),
                rx.cond(row.marked, _marked(), rx.fragment()),
                rx.cond(
                    row.unread != "",
                    rx.el.span(
                        row.unread,
                        " ",
                        rx.el.span(t("unread"), class_name="a-hidden"),
                        class_name="a-unread a-number",
                        custom_attrs={"data-testid": "conversation-unread"},
                    ),
                    rx.fragment(),
                ),
                class_name="a-line",
            ),
            type="button",
            on_click=InboxState.open(row.key),
            class_name=rx.cond(
                InboxState.key == row.key,
                "a-conversation a-conversation-on",
                "a-conversation",
            ),
            custom_attrs={
                "data-testid": "conversation",
                "data-key": row.key,
                "aria-current": rx.cond(InboxState.key == row.key, "true", "false"),
            },
        ),
        key=row.key,
    )


def _marked() -> rx.Component:
    return rx.badge(
        t("Opt-out word"),
        color_scheme="amber",
        variant="soft",
        radius="full",
        high_contrast=True,
        title=t(
            "The text holds a word like STOP but is no opt-out. Unsubscribe the person if that "
            "is what is meant."
        ),
        custom_attrs={"data-testid": "marked"},
    )


def _no_thread() -> rx.Component:
    return empty_state(
        "messages-square",
        t("Choose a conversation"),
        t("It opens here, with everything you and the person wrote."),
        testid="no-thread",
    )


def _thread() -> rx.Component:
    return rx.fragment(
        rx.el.header(
            rx.icon_button(
                rx.icon("arrow-left", size=16),
                variant="ghost",
                color_scheme="gray",
                aria_label=t("All conversations"),
                on_click=InboxState.back,
                class_name="a-inbox-back",
                custom_attrs={"data-testid": "thread-back"},
            ),
            rx.el.div(
                rx.el.h2(InboxState.name, class_name="a-h2"),
                rx.cond(
                    InboxState.name != InboxState.phone,
                    rx.el.p(InboxState.phone, class_name="a-small a-quiet a-number"),
                    rx.fragment(),
                ),
            ),
            class_name="a-panel-head a-inbox-head",
        ),
        rx.el.div(
            # Turned around, so that it begins at its end, where the newest is.
            rx.el.ol(rx.foreach(InboxState.entries, _entry), class_name="a-entries"),
            class_name="a-entries-scroll",
            role="log",
            aria_label=t("Messages"),
            tab_index=0,
            custom_attrs={"data-testid": "thread"},
        ),
        rx.cond(InboxState.is_subscribed, _reply(), _cannot_reply()),
    )


def _entry(entry: rx.Var[EntryLine]) -> rx.Component:
    return rx.el.li(
        rx.cond(entry.day != "", rx.el.p(entry.day, class_name="a-help a-centre"), rx.fragment()),
        rx.el.div(
            rx.cond(entry.label != "", rx.el.span(entry.label, class_name="a-help"), rx.fragment()),
            rx.el.p(entry.text, class_name="a-bubble", title=entry.at),
            rx.cond(entry.marked, _marked(), rx.fragment()),
            rx.cond(
                entry.status_words != "",
                rx.el.span(
                    entry.status_words,
                    class_name="a-help",
                    custom_attrs={"data-testid": "entry-status"},
                ),
                rx.fragment(),
            ),
            class_name=rx.cond(entry.direction == "in", "a-said", "a-said a-said-out"),
        ),
        key=entry.key,
        custom_attrs={"data-testid": "entry", "data-direction": entry.direction},
    )


def _reply() -> rx.Component:
    return rx.form(
        area_field(
            rx.cond(InboxState.writes_first, t("Your message"), t("Your answer")),
            "text",
            help=rx.cond(
                InboxState.size != "",
                InboxState.size,
                rx.cond(
                    InboxState.writes_first,
                    t("Sent as an SMS, with the line to unsubscribe, as you write first."),
                    t("Sent as an SMS, at any time of day."),
                ),
            ),
            error=InboxState.reply_error,
            rows="3",
            max_length=2000,
            value=InboxState.draft,
            on_change=InboxState.typed,
        ),
        rx.el.div(
            submit(
                t("Send"),
                busy=InboxState.working,
                disabled=InboxState.draft.strip() == "",
                custom_attrs={"data-testid": "reply-send"},
            ),
            class_name="a-actions a-inbox-send",
        ),
        on_submit=InboxState.reply,
        reset_on_submit=False,
        class_name="a-inbox-reply",
    )


def _cannot_reply() -> rx.Component:
    return rx.el.div(
        note(
            rx.cond(
                InboxState.contact_id > 0,
                t("This person is not subscribed, so you cannot write to them."),
                t(
                    "This number belongs to none of your contacts. Add it, with the person's "
                    "consent, to answer."
                ),
            ),
            icon="ban",
            color="amber",
        ),
        class_name="a-inbox-reply",
        custom_attrs={"data-testid": "cannot-reply"},
    )
