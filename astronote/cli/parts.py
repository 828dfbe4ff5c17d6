"""One part of the product each, for production, where every part is started by itself."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from astronote.cli import environment
from astronote.cli.environment import ROOT, Refused
from astronote.cli.stop_signal import StopSignal
from astronote.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(web)
    app.command()(worker)
    app.command()(scheduler)
    anything = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("mitto-sim", context_settings=anything)(mitto_sim)
    app.command()(work)


def web(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    processes: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
) -> None:
    """The web server: app, API and public pages on one port."""
    from astronote import frontend

    stop = StopSignal()
    with environment.storage() as servers:
        try:
            served = frontend.build()
        except frontend.BuildFailed as failure:
            raise Refused(str(failure)) from failure
        command = frontend.granian_command(host, port, processes)
        env = os.environ | frontend.serve_env(served, settings().redis_address)
        if servers is None:
            os.chdir(ROOT)
            os.execve(command[0], command, env)  # noqa: S606
        stop.only_note()
        process = subprocess.Popen(command, cwd=ROOT, env=env)
        while process.poll() is None and not stop.wait(0.2):
            pass
        process.terminate()
        sys.exit(process.wait())


def worker(
    threads: Annotated[int | None, typer.Option(help="Jobs at once (WORKER_THREADS).")] = None,
) -> None:
    """Do the work of all queues until stopped; the batch in hand is finished first."""
    from astronote import logs

    # Dramatiq reads these when it is imported: pick up in 8 ms instead of 210.
    os.environ.setdefault("dramatiq_queue_prefetch", "256")
    # An idle worker asks its dozen queues this often (ms): at 20 it keeps an eighth of a core.
    os.environ.setdefault("dramatiq_worker_timeout", "100")
    logs.set_up()
    stop = StopSignal()
    with environment.storage():
        from workers import run

        stop.only_note()
        run.worker(threads or settings().worker_threads, stop.wait)


def scheduler() -> None:
    """Fire what is due; any number may run."""
    from astronote import logs

    logs.set_up()
    stop = StopSignal()
    with environment.storage():
        from workers import run

        stop.only_note()
        run.scheduler(stop.wait)


def mitto_sim(context: typer.Context) -> None:
    """The simulator of the SMS provider, with the shoppers' phones at its address.

    Takes the options of `python -m astronote.simulator`.
    """
    from astronote.simulator.__main__ import main

    environment.prepare()
    sys.exit(main([*simulator_options(), *context.args]))


def simulator_options() -> list[str]:
    """What the simulator must know of this installation, as its command line.

    One word each: a secret may begin with a dash. It is no command line of a process,
    where everybody on the machine could read it.
    """
    known = {
        "webhook-secret": settings().webhook_secret.get_secret_value(),
        "webhook-base": settings().public_base,
        "stripe-webhook-secret": settings().stripe_webhook_secret.get_secret_value(),
        "stripe-state": settings().astronote_data_dir / "stripe-stand-in.json",
    }
    return [f"--{name}={value}" for name, value in known.items()]


def work(
    once: Annotated[bool, typer.Option("--once", help="End when nothing is left to do.")] = False,
) -> None:
    """Do from the database what is due, without a queue (QUEUE_DISABLED=1)."""
    from astronote import logs

    logs.set_up()
    stop = StopSignal()
    with environment.storage():
        from workers import run

        stop.only_note()
        while run.drain() or not once:
            if stop.wait(0.0 if once else settings().schedule_sweep_interval_ms / 1000):
                break
