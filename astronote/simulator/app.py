"""The simulator as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from astronote.simulator import control, phones, provider
from astronote.simulator.config import SimulatorConfig
from astronote.simulator.engine import Engine

_STATIC = Path(__file__).parent / "static"


def create_app(config: SimulatorConfig) -> Starlette:
    """The application; its courier runs from lifespan start-up to shutdown."""
    engine = Engine(config)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        courier = asyncio.create_task(engine.courier.run())
        yield
        courier.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await courier

    app = Starlette(
        routes=[
            *provider.routes(),
            *control.routes(),
            *phones.routes(),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        lifespan=lifespan,
    )
    app.state.engine = engine
    return app
