"""The programs that the fault tests start, each in a process of its own."""

_PART = """
import os, threading
os.environ.setdefault("dramatiq_queue_prefetch", "256")
os.environ.setdefault("dramatiq_worker_timeout", "20")
import signal
from workers import run
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
def wait(seconds=None):
    # In short turns, so that the signal's handler gets to run.
    if seconds is not None:
        return stop.wait(seconds)
    while not stop.wait(0.2):
        pass
    return True
"""

WORKER = _PART + "run.worker(4, wait)"
"""A worker process with four threads."""

SCHEDULER = _PART + "run.scheduler(wait)"
"""A scheduler process."""

WEB = """
import asyncio, sys
from granian.server.embed import Server
from astronote.api.app import create_api
server = Server(create_api(), port=int(sys.argv[1]), interface="asgi", log_access=False)
asyncio.run(server.serve())
"""
"""The API and the webhooks on a port."""

QUICK = {"SCHEDULE_SWEEP_INTERVAL_MS": "500", "SEND_CLAIM_STALE_MINUTES": "0.1"}
"""Settings with which what died is found within seconds."""
