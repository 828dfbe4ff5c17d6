"""What may be done with a campaign: its buttons, and what they ask first.

Their test ids stand in ``campaigns_detail``.
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.words import t
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_send import SendState
from astronote.state.campaigns_test_send import TestSendState
from astronote.state.shell import ShellState


def buttons() -> list[rx.Component]:
    """Those that its status allows."""
    edit = f"/app/campaigns/{CampaignState.shown_id}/edit"
    return [
        _when_allowed("pause", _act(t("Pause"), "pause", CampaignState.pause, icon="pause")),
        _when_allowed(
            "cancel", _act(t("Cancel campaign"), "cancel", CampaignState.ask("cancel"), icon="x")
        ),
        _when_allowed(
            "resume", _act(t("Resume"), "resume", CampaignState.resume, icon="play", strong=True)
        ),
        _when_allowed("edit", _go(t("Edit"), "edit", edit)),
        _when_allowed("unschedule", _act(t("Unschedule"), "unschedule", CampaignState.unschedule)),
        _when_allowed("send", _go(t("Schedule"), "set-time", f"{edit}?step=schedule")),
        _when_allowed(
            "send",
            rx.button(
                rx.icon("send", size=15, aria_hidden=True),
                t("Send now"),
                loading=SendState.asking,
                disabled=~ShellState.can_send,
                on_click=SendState.ask(CampaignState.shown_id, "now"),
                custom_attrs={"data-testid": "send"},
            ),
        ),
        _more(),
    ]


def _when_allowed(what: str, button: rx.Component) -> rx.Component:
    return rx.cond(CampaignState.may[what], button, rx.fragment())


def _act(words: rx.Var, testid: str, event, icon: str = "", strong: bool = False) -> rx.Component:
    return rx.button(
        *([rx.icon(icon, size=15, aria_hidden=True)] if icon else []),
        words,
        variant="solid" if strong else "soft",
        color_scheme="iris" if strong else "gray",
        loading=CampaignState.working == testid,
        disabled=CampaignState.working != "",
        on_click=event,
        custom_attrs={"data-testid": testid},
    )


def _go(words: rx.Var, testid: str, href: str | rx.Var) -> rx.Component:
    return rx.link(
        rx.button(words, variant="soft", color_scheme="gray", tab_index=-1),
        href=href,
        custom_attrs={"data-testid": testid},
    )


def _more() -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.button(
                rx.icon("ellipsis", size=17),
                variant="soft",
                color_scheme="gray",
                aria_label=t("More actions"),
                custom_attrs={"data-testid": "more"},
            )
        ),
        rx.dropdown_menu.content(
            _when_allowed(
                "test",
                _item(t("Send a test…"), "test-send", TestSendState.ask(CampaignState.shown_id)),
            ),
            _item(t("Duplicate"), "duplicate", CampaignState.duplicate),
            _when_allowed(
                "edit", _item(t("Delete…"), "delete", CampaignState.ask("delete"), color="red")
            ),
            size="1",
            align="end",
        ),
    )


def _item(words: rx.Var, testid: str, event, **props) -> rx.Component:
    return rx.dropdown_menu.item(
        words, on_select=event, custom_attrs={"data-testid": testid}, **props
    )


def question() -> rx.Component:
    """Before cancelling or deleting."""
    cancels = CampaignState.asked == "cancel"
    return confirm_dialog(
        open=CampaignState.asked != "",
        title=rx.cond(cancels, t("Cancel this campaign?"), t("Delete this campaign?")),
        body=CampaignState.asked_words,
        confirm=rx.cond(cancels, t("Cancel the campaign"), t("Delete")),
        on_confirm=CampaignState.do_it,
        on_cancel=CampaignState.never_mind,
        busy=CampaignState.working != "",
        danger=True,
        testid="ask",
    )
