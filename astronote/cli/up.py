"""`astronote up`: the whole product on one machine."""

import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from astronote.cli import environment
from astronote.cli.addresses import is_ready, origin, refuse_used_port, resolves_short_links
from astronote.cli.environment import ROOT, Refused
from astronote.cli.stop_signal import StopSignal
from astronote.cli.supervisor import Part, PartFailed, Supervisor
from astronote.settings import settings

if TYPE_CHECKING:
    from astronote.integrations.embedded import Storage

LOOK_SECONDS = 0.2
SLOW_START_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    port: int
    host: str
    demo: bool
    workers: int
    sim_port: int | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    port: Annotated[int, typer.Option(help="Port of app, API and public pages.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    demo: Annotated[bool, typer.Option(help="Make the demo shops if there are none.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    sim_port: Annotated[int, typer.Option(help="Port of the SMS simulator.")] = 3001,
) -> None:
    """Start everything: storage, web, workers, scheduler and SMS simulator."""
    stop = StopSignal()
    data_dir = environment.prepare()
    simulated = not settings().mitto_api_key.get_secret_value()
    plan = Plan(port, host, demo, workers, sim_port if simulated else None)
    with _only_one(data_dir), environment.storage(tied=True) as servers:
        refuse_used_port(host, port, "--port")
        if plan.sim_port is not None:
            refuse_used_port("127.0.0.1", plan.sim_port, "--sim-port")
        _export_addresses(plan)
        served, sign_in = _prepare_product(plan)
        supervisor = Supervisor(_parts(plan, served), data_dir / "logs", _say)
        stop.only_note()
        try:
            supervisor.start()
            _watch(supervisor, servers, stop, plan, sign_in)
        except PartFailed as failure:
            raise Refused(str(failure)) from failure
        finally:
            _say("Stopping; work in hand is finished first.")
            supervisor.stop()
    _say("Stopped.")


def _prepare_product(plan: Plan) -> tuple[Path, str]:
    from astronote import frontend

    _say("Preparing the database and the front end.")
    # A process of its own: the models it imports do not stay in this one's memory.
    migrating = subprocess.Popen(
        environment.command("migrate", *(["--seed"] if plan.demo else [])),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        served = frontend.build()
        said, _ = migrating.communicate()
    except frontend.BuildFailed as failure:
        raise Refused(str(failure)) from failure
    finally:
        if migrating.poll() is None:
            migrating.terminate()
            migrating.wait()
    if migrating.returncode != 0:
        raise Refused("The database could not be prepared; the lines above say why.")
    return served, said.strip()


def _parts(plan: Plan, served: Path) -> list[Part]:
    from astronote import frontend

    web = frontend.granian_command(plan.host, plan.port)
    web_env = frontend.serve_env(served, os.environ.get("REDIS_URL", ""))
    numbered = [f"worker-{n}" for n in range(2, plan.workers + 1)]
    parts = [
        Part("web", web, ROOT, web_env, stage=0),
        *(Part(n, environment.command("worker"), ROOT, stage=1) for n in ["worker", *numbered]),
        Part("scheduler", environment.command("scheduler"), ROOT, stage=1),
    ]
    if plan.sim_port is not None:
        options = ["--port", str(plan.sim_port), "--webhook-base", origin(plan.host, plan.port)]
        simulator = environment.command("mitto-sim", *options)
        # Last of all, so that a worker's batch in hand gets its answer.
        parts.append(Part("mitto-sim", simulator, ROOT, stage=2))
    return parts


def _watch(
    supervisor: Supervisor, servers: "Storage | None", stop: StopSignal, plan: Plan, sign_in: str
) -> None:
    started = time.monotonic()
    greeted = warned = False
    while not stop.wait(LOOK_SECONDS):
        if servers is not None and not servers.is_running():
            _say("The storage ended; starting it again.")
            _start_again(servers)
        supervisor.look()
        if not greeted and is_ready(plan.host, plan.port):
            greeted = True
            _greet(plan, sign_in)
            if not resolves_short_links(settings().public_base):
                _say(f"Warning: short links do not work at {settings().public_base}.")
        elif not (greeted or warned) and time.monotonic() - started > SLOW_START_SECONDS:
            warned = True
            _say(f"Not ready yet; the logs are in {settings().astronote_data_dir / 'logs'}.")


def _start_again(servers: "Storage") -> None:
    from astronote.integrations.embedded import StorageFailed

    try:
        servers.ensure_running()
    except StorageFailed as error:
        raise Refused(str(error)) from error


def _export_addresses(plan: Plan) -> None:
    if "public_web_base_url" not in settings().model_fields_set:
        os.environ["PUBLIC_WEB_BASE_URL"] = origin(plan.host, plan.port)
    if plan.sim_port is not None:
        os.environ["MITTO_API_BASE"] = origin("127.0.0.1", plan.sim_port)
        if not settings().payments_possible and not settings().production:
            # The keys are made up, so they open nothing but the simulator's till.
            os.environ["STRIPE_API_BASE"] = os.environ["MITTO_API_BASE"]
    os.environ["ASTRONOTE_RUN"] = secrets.token_hex(8)
    os.environ["WEBHOOK_SECRET"] = settings().webhook_secret.get_secret_value()
    settings.cache_clear()


def _greet(plan: Plan, sign_in: str) -> None:
    lines = ["", "Astronote is ready.", f"  the app        {origin(plan.host, plan.port)}/app"]
    if sign_in:
        lines.append(f"  demo sign-in   {sign_in}")
    if plan.sim_port is not None:
        lines.append(f"  SMS simulator  {origin('127.0.0.1', plan.sim_port)}")
    lines += [f"  logs           {settings().astronote_data_dir / 'logs'}", "Stop with Ctrl-C.", ""]
    _say("\n".join(lines))


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"`astronote up` already runs with the data in {data_dir}.") from error
        yield


def _say(sentence: str) -> None:
    print(sentence, flush=True)
