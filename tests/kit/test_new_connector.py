"""A new platform's folder: in order from the first moment, and never half written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from connectors.kit.manifest import Action, Inbound
from connectors.scaffold.writing import ConnectorRefused, write_connector

REPOSITORY = Path(__file__).parents[2]
TODAY = date(2026, 11, 20)
PURE = ("connectors/__init__.py", "connectors/kit", "connectors/platforms", "tickets/__init__.py", "tickets/intake")
LINE = '    "torgprat": "connectors.platforms.torgprat",\n'
WRITTEN = [
    "connectors/platforms/torgprat/__init__.py",
    "connectors/platforms/torgprat/manifest.py",
    "connectors/platforms/torgprat/parse.py",
    "connectors/platforms/torgprat/client.py",
    "connectors/platforms/torgprat/README.md",
    "tests/contract/fixtures/torgprat/platform.json",
    "tests/contract/fixtures/torgprat/payloads/nothing.json",
    "connectors/kit/registry.py",
]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The pure part of the repository and its contract suite: no Django, no database, no settings."""
    for each in (*PURE, "tests/contract", "pyproject.toml"):
        source, target = REPOSITORY / each, tmp_path / each
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def run(root: Path, *command: str, ends: int = 0, **extra: str) -> str:
    """What a command says; it must end as told."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_", "SAMSVAR_"))
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=plain | extra,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == ends, done.stdout + done.stderr
    return done.stderr if ends else done.stdout


def keys(root: Path) -> list[str]:
    told = run(
        root, "-c", "from connectors.kit import registry\nfor k in registry.keys(): print(registry.get(k).manifest.key)"
    )
    return told.split()


def test_it_writes_the_folder_the_fixtures_and_the_line(checkout):
    before = files(checkout)

    written = write_connector(checkout, name="torgprat", title="Torgprat", today=TODAY)

    after = files(checkout)
    assert [str(path) for path in written] == WRITTEN
    assert {path for path in after if after[path] != before.get(path)} == set(WRITTEN)
    registry = after["connectors/kit/registry.py"].decode()
    assert registry.replace(LINE, "") == before["connectors/kit/registry.py"].decode()
    everything = b"".join(after[path] for path in WRITTEN).decode()
    assert not re.search(r"NotImplemented|TODO|FIXME|\$", everything)
    assert everything.count(": NOT_DONE,") == len(Action)
    assert everything.count(": NOT_READ,") == len(Inbound)


def test_the_registry_stays_in_order_and_loads(checkout):
    known = keys(checkout)

    for name in ("zz_last", "aa_first", "f"):
        write_connector(checkout, name=name, today=TODAY)

    lines = re.findall(r'^    "(\w+)": ', (checkout / "connectors/kit/registry.py").read_text(), re.MULTILINE)
    assert lines == sorted([*known, "zz_last", "aa_first", "f"])
    assert keys(checkout) == lines


def test_title_and_family_are_taken_as_given(checkout):
    write_connector(checkout, name="aa_chat", title="Torg & Prat (Chat)", family="meta", today=TODAY)
    write_connector(checkout, name="torg_prat", today=TODAY)

    told = run(
        checkout, "-c",
        "from connectors.kit import registry\n"
        "for key in ('aa_chat', 'torg_prat'): m = registry.get(key).manifest; print(m.name, m.family, m.checked)\n"
        "print(*(c.manifest.key for c in registry.of_family('meta')))",
    )  # fmt: skip

    first, second, sisters = told.splitlines()
    assert (first, second) == ("Torg & Prat (Chat) meta 2026-11-20", "Torg prat torg_prat 2026-11-20")
    assert sisters.split()[-1] == "aa_chat"  # it has no webhooks, so it must not be the one that answers the door


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": ""}, "name must be"),
        ({"name": "Torgprat"}, "name must be"),
        ({"name": "1torg"}, "name must be"),
        ({"name": "_torg"}, "name must be"),
        ({"name": "torg-prat"}, "name must be"),
        ({"name": "torgprät"}, "name must be"),
        ({"name": "../torg"}, "name must be"),
        ({"name": "torg\n"}, "name must be"),
        ({"name": "class"}, "name must be"),
        ({"name": "t" * 41}, "name must be"),
        ({"name": "facebook"}, "already"),
        ({"name": "torg", "family": "Meta"}, "family must be"),
        ({"name": "torg", "title": 'a"b'}, "title must be"),
        ({"name": "torg", "title": "a\nb"}, "title must be"),
        ({"name": "torg", "title": "a\\"}, "title must be"),
        ({"name": "torg", "title": "$key"}, "title must be"),
        ({"name": "torg", "title": "t" * 41}, "title must be"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(checkout, facts, sentence):
    before = files(checkout)

    with pytest.raises(ConnectorRefused) as refused:
        write_connector(checkout, **facts, today=TODAY)

    said = str(refused.value)
    assert sentence in said
    assert said.endswith(".")
    assert said.count(". ") == 0
    assert files(checkout) == before


@pytest.mark.parametrize("left_over", ["connectors/platforms/torg", "tests/contract/fixtures/torg"])
def test_a_folder_that_is_there_is_not_written_over(checkout, left_over):
    (checkout / left_over).mkdir()
    (checkout / left_over / "mine.txt").write_text("mine")
    before = files(checkout)

    with pytest.raises(ConnectorRefused, match=f"^There is already a folder {left_over}\\.$"):
        write_connector(checkout, name="torg", today=TODAY)

    assert files(checkout) == before


def test_a_registry_of_another_shape_is_left_alone(checkout):
    registry = checkout / "connectors/kit/registry.py"
    registry.write_text(registry.read_text().replace("_PLATFORMS = {", "_PLATFORMS = dict(a=1) | {"))
    before = files(checkout)

    with pytest.raises(ConnectorRefused, match="not as it should be"):
        write_connector(checkout, name="torg", today=TODAY)

    assert files(checkout) == before


def test_the_command_needs_no_database(checkout):
    # given addresses where nobody listens
    for app in ("analysis", "core", "tickets", "connectors", "privacy", "inbox"):
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / app, checkout / app, dirs_exist_ok=True, ignore=leave_out)
    shutil.copy(REPOSITORY / "manage.py", checkout)
    settings = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SAMSVAR_DEMO": "1",
        **dict.fromkeys(("SAMSVAR_SECRET_KEY", "SAMSVAR_KEYS", "SAMSVAR_HASH_KEY"), "unused" * 6),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    # when
    said = run(checkout, "manage.py", "new_connector", "torgprat", "--title", "Torg & Prat", **settings)
    before = files(checkout)
    again = run(checkout, "manage.py", "new_connector", "torgprat", ends=1, **settings)
    bad = run(checkout, "manage.py", "new_connector", "Torg", ends=1, **settings)

    # then
    assert said.splitlines() == [*WRITTEN, "Go on with docs/guides/add-a-connector.md."]
    assert LINE in (checkout / "connectors/kit/registry.py").read_text()
    assert again == "CommandError: There is already a platform torgprat.\n"
    assert (bad.startswith("CommandError: The name must be"), bad.count("\n")) == (True, 1)
    assert files(checkout) == before


@pytest.mark.slow
def test_the_new_folder_passes_lint_types_and_the_contract_suite_at_once(checkout):
    title = "Torg & Prat, the forum of all the north"  # nearly as long as allowed
    write_connector(checkout, name="torgprat", title=title, family="t" * 40, today=TODAY)
    folder = "connectors/platforms/torgprat"

    assert run(checkout, "-m", "ruff", "check", folder) == "All checks passed!\n"
    assert "already formatted" in run(checkout, "-m", "ruff", "format", "--check", folder)
    types = run(checkout, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", folder)
    assert types == "Success: no issues found in 4 source files\n"
    suite = [f"tests/contract/test_contract_{part}.py" for part in ("guards", "inbound", "outbound", "polling")]
    told = run(
        checkout, "-m", "pytest", "-c", os.devnull, "--rootdir=.", "--import-mode=importlib", "-o", "pythonpath=.",
        "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:asyncio", "-W", "error", "-q",
        "-k", "torgprat or registry", *suite,
    )  # fmt: skip
    assert "26 passed, 44 skipped" in told  # what is skipped is what the manifest does not declare
