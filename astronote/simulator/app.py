"""The simulator as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from astronote.simulator import control, phones, provider, till_api, till_pages
from astronote.simulator.config import SimulatorConfig
from astronote.simulator.engine import Engine
from astronote.simulator.till import Till
from astronote.simulator.till_courier import TillCourier
from astronote.simulator.till_store import TillStore

_STATIC = Path(__file__).parent / "static"


def create_app(config: SimulatorConfig) -> Starlette:
    """The application; its couriers run from lifespan start-up to shutdown."""
    engine = Engine(config)
    secret = config.stripe_webhook_secret.split(",")[0].strip()
    till = Till(
        TillStore(config.stripe_state), TillCourier(config.webhook_base, secret), config.origin
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        couriers = [asyncio.create_task(c.run()) for c in (engine.courier, till.courier)]
        yield
        for courier in couriers:
            courier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await courier

    app = Starlette(
        routes=[
            *provider.routes(),
            *control.routes(),
            *phones.routes(),
            *till_api.routes(),
            *till_pages.routes(),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        lifespan=lifespan,
    )
    app.state.engine = engine
    app.state.till = till
    return app
