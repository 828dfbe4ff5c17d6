"""Serving the simulator: one process, one event loop."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket

from granian.constants import Interfaces
from granian.server.embed import Server

from astronote.simulator.app import create_app
from astronote.simulator.config import SimulatorConfig


def run(config: SimulatorConfig) -> None:
    """Serve until SIGTERM or Ctrl-C; raises OSError when the port is taken."""
    _refuse_taken_port(config.host, config.port)
    # Messages are many, long-lived and in no cycles: rarer collections are plenty.
    gc.set_threshold(50_000, 20, 50)
    asyncio.run(_serve(config))


async def _serve(config: SimulatorConfig) -> None:
    server = Server(
        create_app(config),
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for stopping in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stopping, server.stop)
    print(f"Mitto simulator: http://{config.host}:{config.port}", flush=True)
    await server.serve()


def _refuse_taken_port(host: str, port: int) -> None:
    # The server shares a port that is taken (SO_REUSEPORT): two simulators would silently
    # divide the messages among themselves.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
