"""docker-compose.yml and the Dockerfile: what they promise, and that their commands and names make a working system."""

import hashlib
import hmac
import json
import re
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
import yaml

from inbox.environment import SETTINGS
from tests.operations.conftest import CHECKOUT

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, one in SERVICES.items() if one["image"].startswith("samsvar:")}
DOCKERFILE = (CHECKOUT / "deploy/Dockerfile").read_text()
STAGES = re.split(r"(?m)^(?=FROM )", DOCKERFILE)[1:]
NAMES = {s.name for s in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS}
HOST = "inbox.example"
PAGE = "104000000000001"


def test_the_services_are_these():
    workers = {f"worker-{queue}" for queue in ("ingest", "send", "slow")}

    assert set(SERVICES) == {"db", "valkey", "migrate", "web", "beat", "listen", *workers}
    assert {"migrate", "web", "beat", "listen", *workers} == OURS


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_closed(name):
    one = SERVICES[name]

    assert one["read_only"] is True
    assert one["user"] not in ("", "root", "0", "0:0")
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert any(entry.startswith(("/tmp", "/data")) for entry in one["tmpfs"])
    assert re.fullmatch(r"\d+[mg]", one["mem_limit"])
    assert not {"privileged", "network_mode", "pid", "devices", "env_file"} & set(one)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_comes_back(name):
    one = SERVICES[name]
    if name == "migrate":
        waiting = {other for other in SERVICES if "migrate" in SERVICES[other].get("depends_on", {})}
        assert waiting == OURS - {"migrate"}
        conditions = {SERVICES[other]["depends_on"]["migrate"]["condition"] for other in waiting}
        assert conditions == {"service_completed_successfully"}
        assert one["restart"] == "on-failure"
    else:
        assert one["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert one["restart"] == "unless-stopped"


def test_only_web_is_published_and_only_to_this_machine():
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}

    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["db"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]


def test_every_name_is_a_setting():
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= NAMES, name


def test_secrets_come_from_files_that_are_given():
    secret = {setting.name for setting in SETTINGS if setting.secret} | {"DATABASE_URL"}
    for name in OURS:
        environment = SERVICES[name]["environment"]
        given = {path.removeprefix("/run/secrets/") for key, path in environment.items() if key.endswith("_FILE")}
        assert not secret & set(environment), name
        assert {f"{one}_FILE" for one in secret} <= set(environment), name
        assert given - {"/tmp/alive"} == set(SERVICES[name]["secrets"]), name
    assert {file["file"] for file in COMPOSE["secrets"].values()} == {
        f"./secrets/{name}" for name in COMPOSE["secrets"]
    }


def test_images_are_pinned():
    assert SERVICES["db"]["image"] == "pgvector/pgvector:0.8.1-pg18"
    assert re.fullmatch(r"valkey/valkey:\d+\.\d+-alpine", SERVICES["valkey"]["image"])
    assert [re.match(r"FROM (\S+)", stage)[1] for stage in STAGES] == ["python:3.11-slim", "python:3.11-slim"]


def test_every_queue_has_its_worker_and_there_is_one_beat():
    from inbox.alive import QUEUES
    from inbox.celery import app

    commands = {name: one["command"] for name, one in SERVICES.items() if "celery" in one.get("command", [])}
    served = {command[command.index("--queues") + 1] for command in commands.values() if "--queues" in command}

    assert served == set(QUEUES)
    assert {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()} <= served
    assert sum("beat" in command for command in commands.values()) == 1


def test_the_image_is_small_hashed_and_nobodys():
    build, final = STAGES

    assert "--require-hashes -r requirements.txt" in build
    assert "collectstatic" in build
    assert "requirements-dev" not in DOCKERFILE
    assert re.search(r"(?m)^USER 10001:10001$", final)
    assert not re.search(r"(?m)^ENV .*(KEY|SECRET|TOKEN|PASSWORD)", DOCKERFILE)
    assert not re.search(r"(?m)^COPY (--from=build )?\. ", DOCKERFILE)


def test_everything_the_image_copies_is_there_and_nothing_it_needs_is_left_out():
    copied = {word for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", DOCKERFILE) for word in line.split()[:-1]}
    allowed = {
        line[1:] for line in (CHECKOUT / "deploy/Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    packages = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} - {"bench", "sandbox", "tests"}

    assert {name for name in copied if not (CHECKOUT / name).exists()} == set()
    assert copied <= allowed
    assert packages <= copied


def test_secret_files_are_made_once(tmp_path):
    sys.path.insert(0, str(CHECKOUT / "deploy"))
    try:
        from make_secrets import make_secrets
    finally:
        sys.path.pop(0)

    made = make_secrets(tmp_path / "secrets")
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    assert set(made) == set(before) == set(COMPOSE["secrets"])
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert make_secrets(tmp_path / "secrets") == []
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == before
    assert before["database_password"].strip() in before["database_url"]


class Deployment:
    """What docker compose would start, started here: its commands, its names, its secret files."""

    def __init__(self, folder, house, database, broker, port):
        sys.path.insert(0, str(CHECKOUT / "deploy"))
        from make_secrets import make_secrets

        sys.path.pop(0)
        self.folder, self.house, self.port = folder, house, port
        make_secrets(folder / "secrets")
        (folder / "secrets" / "database_url").chmod(0o600)
        (folder / "secrets" / "database_url").write_text(database)
        self.broker = broker
        self.houses = {}

    def environment(self, name):
        """The service's own, with addresses and paths that exist here."""
        environment = dict(SERVICES[name]["environment"])
        for key, value in environment.items():
            value = value.replace("/run/secrets/", f"{self.folder}/secrets/")
            value = value.replace("/tmp/alive", f"{self.folder}/{name}.alive")
            environment[key] = re.sub(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)\}", lambda found: found[1] or HOST, value)
        environment |= {"REDIS_URL": self.broker, "SAMSVAR_HOME": str(self.folder / "state")}
        environment["SAMSVAR_STATIC_ROOT"] = str(self.folder / "static")
        environment["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser privileges"  # no image here
        if name == "web":
            environment |= {"HOST": "127.0.0.1", "PORT": str(self.port)}
        return environment

    def start(self, name):
        self.houses[name] = self.house(self.environment(name))
        return self.houses[name].start(name, *self._command(name))

    def run(self, name):
        one = self.house(self.environment(name))
        assert SERVICES[name]["command"][:2] == ["python", "manage.py"]
        return one.manage(*SERVICES[name]["command"][2:])

    def _command(self, name):
        first, *rest = SERVICES[name]["command"]
        assert first == "python"
        return [sys.executable, *rest]

    def is_healthy(self, name):
        """The service's own health check."""
        kind, first, *rest = SERVICES[name]["healthcheck"]["test"]
        assert (kind, first) == ("CMD", "python")
        words = [word.replace("/tmp/alive", f"{self.folder}/{name}.alive") for word in rest]
        environment = self.houses[name].environment
        return subprocess.run([sys.executable, *words], cwd=CHECKOUT, env=environment, timeout=20).returncode == 0


def started(deployment):
    for name in ("web", "worker-ingest", "worker-send", "worker-slow", "beat"):
        deployment.start(name)


@pytest.fixture
def http(free_port):
    """As the TLS proxy asks."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=f"http://127.0.0.1:{free_port}", headers=headers) as client:
        yield client


def test_the_compose_set_up_works(new_database, servers, house, tmp_path, free_port, http, comment_body, wait_until):
    deployment = Deployment(tmp_path, house, new_database(), servers[1].replace("db=0", "db=3"), free_port)
    deployment.run("migrate")
    shell = house(deployment.environment("web"))
    shell.manage("collectstatic", "--no-input", "-v", "0")  # the image's build does this
    started(deployment)

    wait_until(lambda: http.get("/readyz").status_code == 200, 90, "the deployment is ready")
    for name in deployment.houses:
        wait_until(lambda name=name: deployment.is_healthy(name), 30, f"{name} is healthy")
    made = [f"{key}={value}" for key, value in
            {"external_id": PAGE, "name": "Fjord", "app_secret": "app-secret", "verify_token": "verify",
             "access_token": "access"}.items()]  # fmt: skip
    shell.manage("shell", "-c", _MAKE_LEAD)
    channel = json.loads(shell.manage("channel", "add", "facebook", "--set", *made, "--json").stdout)
    token = json.loads(shell.manage("token", "create", "--user", "lead@fjord.example", "--json").stdout)["token"]

    body = comment_body(f"{PAGE}_77", "Hvor er pakken?", at=datetime.now(UTC))
    signature = "sha256=" + hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    taken = http.post(channel["webhook_path"], content=body, headers={"X-Hub-Signature-256": signature})
    refused = http.post(channel["webhook_path"], content=body, headers={"X-Hub-Signature-256": "sha256=" + "0" * 64})

    def tickets():
        answer = http.get("/api/v1/tickets/", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200 and answer.json()["results"]

    assert (taken.status_code, refused.status_code) == (200, 401)
    assert len(wait_until(tickets, 30, "the ticket is there")) == 1
    plain = httpx.get(f"http://127.0.0.1:{free_port}/sign-in", headers={"Host": HOST})
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/sign-in")
    secure = http.get("/sign-in")
    assert secure.status_code == 200
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert http.get("/metrics").status_code == 401
    measured = http.get("/metrics", headers={
        "Authorization": f"Bearer {(tmp_path / 'secrets/metrics_token').read_text().strip()}"}).text  # fmt: skip
    assert 'samsvar_webhook_requests_total{family="meta",status="200"} 1.0' in measured
    assert 'samsvar_webhook_requests_total{family="meta",status="401"} 1.0' in measured
    assert 'samsvar_deliveries{state="new"} 0.0' in measured
    assert {
        queue for queue in ("ingest", "send", "slow") if f'samsvar_worker_age_seconds{{queue="{queue}"}}' in measured
    } == {"ingest", "send", "slow"}
    findings = json.loads(shell.manage("doctor", "--json", ok=False).stdout)["findings"]
    assert [one for one in findings if one["level"] == "wrong"] == []
    lines = [line for one in deployment.houses.values() for line in one.printed().splitlines()]
    assert all(json.loads(line)["at"] for line in lines), lines

    codes = {name: one.stop()[name] for name, one in deployment.houses.items()}
    assert set(codes.values()) <= {0, -15}, codes


_MAKE_LEAD = """
from core.users.models import User
from tickets.models import Team
User.objects.create(email="lead@fjord.example", name="Lead", role="lead")
Team.objects.create(name="First line", slug="first-line")
"""
