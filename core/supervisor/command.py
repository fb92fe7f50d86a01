"""`manage.py up`: from a data folder to a running tree, and back to nothing."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.embedded import CannotStart, Postgres, Valkey, resolve_home
from core.embedded.processes import StopRequested, end_with_parent
from core.supervisor.environment import HomeLock, requested_home, tree_environment
from core.supervisor.orphans import end_orphans
from core.supervisor.output import Output
from core.supervisor.services import Service, ServiceProcess, default_services
from core.supervisor.signals import StopSignals
from core.supervisor.tree import Part, Tree
from core.supervisor.web_socket import ReadinessProbe, base_url, listen

PREPARE = Service("prepare", (sys.executable, "manage.py", "prepare"))
_SLOW_START_SECONDS = 60.0


def up(
    argv: Sequence[str],
    environment: Mapping[str, str] | None = None,
    prepare: Service = PREPARE,
    services: Callable[[Path], Sequence[Service]] = default_services,
) -> int:
    """Start everything, keep it running until a signal, end everything.

    Takes: argv, the words after `up`; environment, by default the process's own; prepare, run to its end before the
    services; services, made from the data folder.
    Gives: the exit code, 0 after an asked-for end, 1 when the start failed.
    """
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole inbox until Ctrl-C.")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the process that started this ends")
    if parser.parse_args(argv).stop_with_parent:
        end_with_parent(signal.SIGTERM)
    output = Output()
    stop = StopSignals()
    stop.install(output)
    try:
        return _run(os.environ if environment is None else environment, prepare, services, output, stop)
    except CannotStart as problem:
        output.say(str(problem))
        return 1
    finally:
        stop.release()


def _run(
    given: Mapping[str, str],
    prepare: Service,
    services: Callable[[Path], Sequence[Service]],
    output: Output,
    stop: StopSignals,
) -> int:
    requested = requested_home(given)
    home = resolve_home(requested)
    lock = HomeLock(home)
    listener = listen(given)
    if home != requested.expanduser().resolve():
        output.say(f"The data lie in {home}: the database server cannot walk to {requested}.")
    host, port = listener.getsockname()[:2]
    settled = tree_environment(home, host, port, given)
    children = {**given, **settled}
    tree = Tree(home, output, stop)

    def process(service: Service) -> ServiceProcess:
        return ServiceProcess(service, children, output, listener.fileno())

    try:
        if end_orphans(home, tree.pause):
            output.say("Ended what an earlier run had left behind.")
        tree.start_servers(_servers(home, given))
        code = tree.run_once(process(prepare))
        if code:
            output.say(f"The preparation failed (exit code {code}); nothing was started.")
            return 1
        tree.start_services([process(service) for service in services(home)])
        probe = ReadinessProbe(listener, output)
        _wait_for_readiness(tree, probe, output)
        output.say(_welcome(home, base_url(listener)))
        while True:
            tree.step()
    except StopRequested:
        output.say("Stopping.")
        return 0
    finally:
        tree.end()
        listener.close()
        lock.release()


def _servers(home: Path, given: Mapping[str, str]) -> list[Part]:
    servers: list[Part] = []
    if not given.get("DATABASE_URL"):
        servers.append(Postgres(home))
    if not given.get("REDIS_URL"):
        servers.append(Valkey(home))
    return servers


def _wait_for_readiness(tree: Tree, probe: ReadinessProbe, output: Output) -> None:
    started = time.monotonic()
    said = False
    while not probe.ready:
        probe.step()
        tree.step(0.1)
        if not said and time.monotonic() - started > _SLOW_START_SECONDS:
            output.say(f"Not ready yet (/readyz: {probe.last_answer}); still waiting.")
            said = True


def _welcome(home: Path, address: str) -> str:
    """One line: the address and the sign-ins that the seed wrote down."""
    try:
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        path = str(demo.get("url_path", "/"))
        people = [f"{each['email']} / {each['password']} ({each['role']})" for each in demo["sign_ins"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"Ready: {address}/"
    return f"Ready: {address}{path} sign in as " + ", ".join(people)
