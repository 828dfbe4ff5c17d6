"""Pages for shoppers, and for signing in: plain HTML that needs no JavaScript."""

from astronote.public import (
    assets,
    invitations,
    joining,
    joining_json,
    links,
    my_shops,
    offers,
    preferences,
    redeeming,
    sign_in,
    unsubscribe,
)
from astronote.public.failures import install
from astronote.public.links import lane

routers = (
    links.pages,
    links.router,
    assets.router,
    unsubscribe.router,
    preferences.router,
    joining.router,
    joining_json.router,
    offers.router,
    redeeming.router,
    redeeming.pages,
    sign_in.router,
    my_shops.router,
    invitations.router,
)
"""Every route of this package, for the composition root."""

__all__ = ["install", "lane", "routers"]
