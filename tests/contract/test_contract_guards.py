"""Contract: facts complete, code pure of Django, only declared hosts called, and no secret where it could be read."""

from __future__ import annotations

import io
import logging
import pkgutil
import subprocess
import sys
import traceback
from datetime import date

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter

import connectors.kit
from connectors.kit import registry
from connectors.kit.errors import ConnectorError
from connectors.kit.http import session_for
from connectors.kit.manifest import Action, Inbound

FORBIDDEN = ("django", "core", "analysis", "celery", "psycopg2", "connectors.models", "tickets.models", "sandbox")


def loaded_by(*modules: str) -> set[str]:
    """Which forbidden modules a fresh interpreter has after importing these."""
    imports = ", ".join(modules)
    program = f"import sys, {imports}\nprint(*sorted(set(sys.modules) & set({FORBIDDEN!r})))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_the_kit_loads_no_django():
    modules = [f"connectors.kit.{module.name}" for module in pkgutil.iter_modules(connectors.kit.__path__)]
    assert len(modules) >= 10
    assert loaded_by(*modules) == set()


def test_the_platform_loads_no_django(case):
    package = sys.modules[case.connector.parse.__module__].__package__
    assert loaded_by(package) == set()


def test_registry_knows_every_folder():
    import connectors.platforms

    folders = {module.name for module in pkgutil.iter_modules(connectors.platforms.__path__)}
    assert set(registry.keys()) == folders
    with pytest.raises(LookupError):
        registry.get("no_such_platform")


def test_the_manifest_is_complete(case):
    manifest = case.manifest
    assert manifest.key == case.key
    assert set(manifest.actions) | set(manifest.gaps) == set(Action)
    assert set(manifest.receives) | set(manifest.not_received) == set(Inbound)
    assert all(len(reason) > 20 for reason in [*manifest.gaps.values(), *manifest.not_received.values()])
    assert date(2026, 1, 1) <= manifest.checked
    assert all(source.startswith("https://") for source in manifest.sources)
    names = {setting.name for setting in manifest.required_settings}
    assert {"external_id", "name"} <= names
    kept = {setting.name for setting in manifest.required_settings if setting.secret}
    assert case.facts["credential"] in kept
    assert kept.isdisjoint({"external_id", "name"})


class Recorder(BaseAdapter):
    """A transport that notes where calls would go and answers nothing useful."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def send(self, request, **options):
        self.urls.append(request.url)
        response = requests.Response()
        response.status_code = 404
        response.url, response.request = request.url, request
        response.raw = urllib3.HTTPResponse(io.BytesIO(b"{}"), preload_content=False)
        return response

    def close(self) -> None:
        pass


def test_only_the_hosts_of_the_manifest_are_called(case):
    case.needs_http()
    session, recorder = session_for(case.manifest.hosts), Recorder()
    session.mount("https://", recorder)
    calls = case.needed_calls(case.account(session, None))
    for _, call in calls:
        with pytest.raises(ConnectorError):
            call()
    assert len(recorder.urls) == len(calls)
    for url in recorder.urls:
        scheme, _, rest = url.partition("://")
        assert scheme == "https"
        assert rest.partition("/")[0] in case.manifest.hosts


def told_by(error: BaseException) -> str:
    """Everything an error and all that hangs on it would show, chained exceptions and their arguments included."""
    text, waiting, seen = "".join(traceback.format_exception(error)), [error], set()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        text += f"{current!s} {current!r} {current.args!r} {vars(current)!r}"
        waiting += [current.__context__, current.__cause__]
    return text


def test_secrets_and_texts_appear_nowhere(case, fake, account, secrets, caplog):
    caplog.set_level(logging.DEBUG)
    texts = [each["part"]["text"] for each in case.facts["sends"] if each["part"]["text"]]
    calls = case.needed_calls(account)
    shown = [repr(account), *(repr(case.part(each["part"])) for each in case.facts["sends"])]
    faults = [*fake.faults, *case.facts["errors"]]
    for fault in faults:
        fake.fault = fault
        for _, call in calls:
            try:
                call()
            except ConnectorError as error:
                shown.append(told_by(error))
    assert len(fake.calls) == len(calls) * len(faults)
    everything = "\n".join([*shown, *(record.getMessage() for record in caplog.records)])
    for secret in secrets:
        assert secret not in everything
        assert not any(secret in target for target in fake.targets)
    for text in texts:
        assert text not in everything
        assert not any(text in target for target in fake.targets)
    assert "text of the platform" not in everything


def test_the_credential_travels_in_a_header_or_body(case, fake, account, secrets):
    for _, call in case.needed_calls(account):
        call()
    for call in fake.calls:
        assert any(secret in value for value in [*call.headers.values(), call.body] for secret in secrets)
