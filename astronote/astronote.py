"""The composition root: states, pages, API and gate become one application.

Granian calls ``serve`` as a factory in each of its processes. Importing this module opens
no connection: Linux forks after the import.
"""

import asyncio
import contextlib
import dataclasses
import gc
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

import reflex as rx
from fastapi import FastAPI
from starlette.types import ASGIApp

from astronote import logs, public
from astronote.api import webhooks
from astronote.api.app import create_api
from astronote.components.connection import connection_note
from astronote.components.layout import frame
from astronote.components.words import t
from astronote.front import Bundle, Front
from astronote.lane import Lane
from astronote.pages import ROUTES, Route, owner_paths, section, sidebar
from astronote.services.heartbeat import Heartbeat
from astronote.state.base import unexpected
from astronote.state.gate import Gate
from astronote.state.shell import ShellState
from astronote.words import LANGUAGE_COOKIE

THREADS = 20
"""Services at once in one process; the connection pool is as large (``DB_POOL_SIZE``)."""

# Before anything is painted: pages are built in English, and a reader of Greek waits for the
# state rather than see English words change.
_SPEAK = f"if(/(^|; ){LANGUAGE_COOKIE}=el/.test(document.cookie))document.documentElement.lang='el'"

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def _process() -> AsyncIterator[None]:
    """What each server process sets up for itself."""
    logs.set_up()
    # asyncio's own default is six threads on two cores.
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="service")
    asyncio.get_running_loop().set_default_executor(executor)
    # What was imported stays for good. Looked through at every full collection, it would
    # stop all requests for more than a tenth of a second each time.
    gc.collect()
    gc.freeze()
    heartbeat = Heartbeat("web")
    heartbeat.start()
    yield
    await asyncio.to_thread(heartbeat.stop)
    executor.shutdown(wait=False, cancel_futures=True)


def _report_from_browser(exception: Exception) -> None:
    log.warning("a page failed in the browser: %s", exception)


def _add_page(made: rx.App, route: Route) -> None:
    made.add_page(
        partial(_framed, route),
        route=route.path,
        title=t(route.title).to(str) + " · Astronote",
        on_load=[ShellState.load, *route.on_load],
    )


def _framed(route: Route) -> rx.Component:
    return frame(route.view(), sidebar(), active=section(route))


def _api() -> FastAPI:
    """The API with the pages for shoppers and for signing in, whose errors are pages too."""
    api = create_api(public.routers)
    public.install(api)
    return api


def _around() -> dict[tuple[int, str], Any]:
    """What goes around every page: Reflex's own, but with our word for a lost connection."""
    wraps = {found.name: found for found in dataclasses.fields(rx.App)}["app_wraps"]
    made: dict[tuple[int, str], Any] = cast("Any", wraps.default_factory)()
    return made | {(5, "Overlay"): lambda stateful: connection_note() if stateful else None}


def _make() -> rx.App:
    made = rx.App(
        html_lang="en",
        stylesheets=["/astronote.css"],
        head_components=[
            rx.el.link(rel="icon", href="/favicon.ico", sizes="any"),
            rx.el.script(src="/upload.js", defer=True),
            rx.el.script(src="/scan.js", defer=True),
            rx.el.script(custom_attrs={"dangerouslySetInnerHTML": {"__html": _SPEAK}}),
            rx.el.script(src="/guard.js", defer=True),
        ],
        toaster=rx.toast.provider(position="bottom-right", close_button=True),
        api_transformer=[Bundle, _api(), Front],
        app_wraps=_around(),
        backend_exception_handler=unexpected,
        frontend_exception_handler=_report_from_browser,
    )
    made.add_middleware(Gate(owner_paths()))
    made.register_lifespan_task(_process)
    if made.sio is not None:
        # The same origin, whatever host and port it is. (An empty list would switch the
        # check off.)
        made.sio.eio.cors_allowed_origins = None
    for route in ROUTES:
        _add_page(made, route)
    return made


def serve() -> ASGIApp:
    """What the web server runs: the app, and the lane before it."""
    return Lane(app(), [*webhooks.lane, *public.lane])


app = _make()
