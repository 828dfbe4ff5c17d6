"""The tables, one file a noun."""

from astronote.models.accounts import (
    ApiKey,
    AuditEvent,
    IdempotencyKey,
    Membership,
    Shop,
    UserAccount,
    UserSession,
)
from astronote.models.base import metadata
from astronote.models.billing import CreditReservation, CreditTransaction, Subscription, Wallet
from astronote.models.campaigns import Automation, Campaign, CampaignCount
from astronote.models.contacts import (
    ConsentEvent,
    ConsentWording,
    Contact,
    ContactList,
    GlobalSuppression,
    ListMembership,
    Suppression,
    SuppressionLift,
)
from astronote.models.imports import ImportJob, ImportRow
from astronote.models.links import (
    LinkClick,
    LinkDay,
    LinkMiss,
    NfcScan,
    OfferViewEvent,
    PublicLinkToken,
    PublicSignupEvent,
    Redemption,
    ShortLink,
)
from astronote.models.messages import (
    ConversationMessage,
    JobFire,
    Message,
    MessageBatch,
    MessageEvent,
    WebhookEvent,
)

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Automation",
    "Campaign",
    "CampaignCount",
    "ConsentEvent",
    "ConsentWording",
    "Contact",
    "ContactList",
    "ConversationMessage",
    "CreditReservation",
    "CreditTransaction",
    "GlobalSuppression",
    "IdempotencyKey",
    "ImportJob",
    "ImportRow",
    "JobFire",
    "LinkClick",
    "LinkDay",
    "LinkMiss",
    "ListMembership",
    "Membership",
    "Message",
    "MessageBatch",
    "MessageEvent",
    "NfcScan",
    "OfferViewEvent",
    "PublicLinkToken",
    "PublicSignupEvent",
    "Redemption",
    "Shop",
    "ShortLink",
    "Subscription",
    "Suppression",
    "SuppressionLift",
    "UserAccount",
    "UserSession",
    "Wallet",
    "WebhookEvent",
    "metadata",
]
