"""The route table: every page of the app, who may see it, what loads with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from astronote.components.layout import NavItem
from astronote.components.words import t
from astronote.pages import (
    account,
    api_keys,
    automations,
    billing,
    campaigns,
    campaigns_detail,
    campaigns_wizard,
    contact_page,
    contacts,
    dashboard,
    imports,
    inbox,
    joining,
    links,
    lists,
    messages,
    not_found,
    operator,
    redeem,
    settings,
    team,
)
from astronote.state.account import AccountState
from astronote.state.api_keys import KeysState
from astronote.state.automations import AutomationsState
from astronote.state.billing import BillingState
from astronote.state.campaigns import CampaignsState
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_messages import CampaignMessagesState
from astronote.state.campaigns_wizard import WizardState
from astronote.state.contact_page import ContactState
from astronote.state.contacts import ContactsState
from astronote.state.dashboard import DashboardState
from astronote.state.imports import ImportState
from astronote.state.inbox import InboxState
from astronote.state.joining import JoiningState
from astronote.state.joining_rules import JoiningRulesState
from astronote.state.links import LinksState
from astronote.state.lists import ListsState
from astronote.state.messages import MessagesState
from astronote.state.operator import OperatorState
from astronote.state.operator_events import OperatorEventsState
from astronote.state.operator_money import OperatorMoneyState
from astronote.state.payments import PaymentsState
from astronote.state.redeem import RedeemState
from astronote.state.settings import SettingsState
from astronote.state.team import TeamState


@dataclass(frozen=True)
class Route:
    """One page.

    Args:
        path: its route, ``/app/campaigns/[campaign_id]`` where a part varies.
        title: of the browser's tab, before "· Astronote", in English; a sentence with Greek.
        view: what the content column shows.
        on_load: events of its own; the frame's are added to every page.
        who: "staff" is everybody signed in, "owner" the shop's owners alone, "operator" who
            runs the installation; to others that page does not exist.
        icon: its icon in the sidebar; '' keeps it out of there.
        section: the sidebar entry that is marked; when '', the one its path lies under.
    """

    path: str
    title: str
    view: Callable[[], rx.Component]
    on_load: Sequence[Any] = ()
    who: Literal["staff", "owner", "operator"] = "staff"
    icon: str = ""
    section: str = ""


ROUTES: tuple[Route, ...] = (
    Route(
        "/app",
        "Dashboard",
        dashboard.page,
        on_load=[DashboardState.load],
        icon="layout-dashboard",
    ),
    # In the order of the sidebar: Campaigns, Contacts, Lists, Automations, Inbox, Messages,
    # Redeem, Links, Billing, Settings. An entry appears with its page.
    Route(
        "/app/campaigns",
        "Campaigns",
        campaigns.page,
        on_load=[CampaignsState.load, CampaignsState.watch],
        icon="send",
    ),
    Route(
        "/app/campaigns/new",
        "New campaign",
        campaigns_wizard.page,
        on_load=[WizardState.load],
    ),
    Route(
        "/app/campaigns/[campaign_id]",
        "Campaign",
        campaigns_detail.page,
        on_load=[CampaignMessagesState.load, CampaignState.load, CampaignState.watch],
    ),
    Route(
        "/app/campaigns/[campaign_id]/edit",
        "Edit campaign",
        campaigns_wizard.page,
        on_load=[WizardState.load],
    ),
    Route("/app/contacts", "Contacts", contacts.page, on_load=[ContactsState.load], icon="users"),
    Route(
        "/app/contacts/import",
        "Import contacts",
        imports.page,
        on_load=[ImportState.load],
    ),
    Route(
        "/app/contacts/[contact_id]",
        "Contact",
        contact_page.page,
        on_load=[ContactState.load],
    ),
    Route("/app/lists", "Lists", lists.page, on_load=[ListsState.load], icon="list"),
    Route(
        "/app/automations",
        "Automations",
        automations.page,
        on_load=[AutomationsState.load],
        icon="zap",
    ),
    Route(
        "/app/inbox",
        "Inbox",
        inbox.page,
        on_load=[InboxState.load, InboxState.watch],
        icon="inbox",
    ),
    Route(
        "/app/messages",
        "Messages",
        messages.page,
        on_load=[MessagesState.load],
        icon="message-square",
    ),
    Route("/app/redeem", "Redeem", redeem.page, on_load=[RedeemState.load], icon="ticket-check"),
    Route("/app/links", "Links", links.page, on_load=[LinksState.load], icon="link"),
    Route(
        "/app/billing",
        "Billing",
        billing.page,
        on_load=[BillingState.load, PaymentsState.load],
        who="owner",
        icon="credit-card",
    ),
    Route(
        "/app/settings",
        "Settings",
        settings.page,
        on_load=[SettingsState.load],
        who="owner",
        icon="settings",
    ),
    Route(
        "/app/settings/joining",
        "Joining",
        joining.page,
        on_load=[JoiningState.load, JoiningRulesState.load],
        who="owner",
    ),
    Route(
        "/app/settings/team",
        "Team",
        team.page,
        on_load=[TeamState.load],
        who="owner",
    ),
    Route(
        "/app/settings/keys",
        "API keys",
        api_keys.page,
        on_load=[KeysState.load],
        who="owner",
    ),
    Route(
        "/app/account",
        "Your account",
        account.page,
        on_load=[AccountState.load],
        section="/app/settings",
    ),
    Route(
        "/app/operator",
        "Operator",
        operator.page,
        on_load=[OperatorState.load, OperatorEventsState.load, OperatorMoneyState.load],
        who="operator",
        icon="shield",
    ),
    Route("404", "Page not found", not_found.page, section="-"),
)


def sidebar() -> list[NavItem]:
    """The entries whose pages exist, in the table's order."""
    return [NavItem(t(r.title), r.icon, r.path, r.who) for r in ROUTES if r.icon]


def section(route: Route) -> str:
    """The path of the sidebar's entry that is marked on this page."""
    above = [r.path for r in ROUTES if r.icon and f"{route.path}/".startswith(f"{r.path}/")]
    return route.section or max(above, key=len)


def owner_paths() -> list[str]:
    """Routes that only owners may use."""
    return [r.path for r in ROUTES if r.who == "owner"]
