"""The FastAPI application: every route outside Reflex, assembled."""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI

from astronote.api import (
    api_keys,
    auth,
    automations,
    billing,
    campaigns,
    consent_wording,
    contacts,
    dashboard,
    health,
    imports,
    inbox,
    join_links,
    lists,
    logo,
    messages,
    metrics,
    offers,
    problems,
    sessions,
    shop,
    stripe_webhooks,
    team,
    text,
    unsubscribe,
    webhooks,
)
from astronote.api.description import describe
from astronote.api.idempotency import Idempotency
from astronote.api.middleware import ApiGate, RequestContext

ROUTERS = (
    health.router,
    metrics.router,
    auth.router,
    sessions.router,
    team.router,
    api_keys.router,
    shop.router,
    logo.router,
    join_links.router,
    consent_wording.router,
    billing.router,
    campaigns.router,
    automations.router,
    dashboard.router,
    inbox.router,
    messages.router,
    text.router,
    offers.router,
    unsubscribe.router,
    imports.router,
    contacts.router,
    lists.router,
    stripe_webhooks.router,
)


def create_api(extra: Iterable[APIRouter] = ()) -> FastAPI:
    """All of ``/api``, ``/public``, ``/tracking``, ``/webhooks``, and ``extra`` (the pages).

    ``extra`` comes first: its fixed paths win over patterns.
    """
    app = FastAPI(title="Astronote Retail", version="0.1.0", redirect_slashes=False)
    problems.install(app)
    describe(app)
    # Webhooks before all: they come thousands a second, and every route before theirs is tried.
    for router in (webhooks.router, *extra, *ROUTERS):
        app.include_router(router)
    # The last one added is the outermost.
    app.add_middleware(Idempotency)
    app.add_middleware(ApiGate)
    app.add_middleware(RequestContext)
    return app
