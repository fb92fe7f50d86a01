"""Rules of the house about code, held by walking the syntax trees."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.kit import registry
from tests.architecture.sources import ROOT, functions, length, modules, public_functions, tree

KEYS = frozenset(registry.keys())
# Also names of form fields and of kinds of contact: such a word decides by platform only where a platform is spoken of.
EVERYDAY = frozenset({"email"})
MAY_BRANCH = ("connectors/platforms/", "connectors/kit/registry.py", "inbox/operations/seeding.py", "sandbox/")


def test_imports_go_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


def branches(node, keys=KEYS):
    """Where a tree decides by the name of a platform: comparisons, patterns, and tables by key."""
    for one in ast.walk(node):
        deciding = []
        if isinstance(one, ast.Compare):
            deciding = [one]
        elif isinstance(one, ast.MatchValue):
            deciding = [one.value]
        elif isinstance(one, ast.Dict):
            deciding = [key for key in one.keys if key is not None]
        elif isinstance(one, ast.Subscript):
            deciding = [one.slice]
        elif isinstance(one, ast.Call) and getattr(one.func, "attr", "") in ("startswith", "endswith", "get"):
            deciding = one.args
        speaks = isinstance(one, ast.MatchValue) or re.search(r"platform|family|manifest", ast.unparse(one))
        telling = keys if speaks else keys - EVERYDAY
        for part in deciding:
            yield from (c.lineno for c in ast.walk(part) if isinstance(c, ast.Constant) and c.value in telling)


def test_no_branch_on_a_platform():
    found = {
        f"{name}:{line}" for name, path in modules().items() if not name.startswith(MAY_BRANCH)
        for line in branches(tree(path))
    }  # fmt: skip

    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "x == 'facebook'", "x in ('a', 'facebook')", "{'facebook': 1}", "t['facebook']", "t.get('facebook')",
        "channel.platform == 'email'", "manifest.key in ('email',)", "match platform:\n  case 'email': pass",
        "match x:\n  case 'facebook': pass", "match x:\n  case 'a' | 'facebook': pass", "k.startswith('facebook')",
    ],
)  # fmt: skip
def test_the_watch_for_branches_sees(code):
    assert list(branches(ast.parse(code), {"facebook", "email"})) != []


def test_an_everyday_word_is_no_platform():
    assert list(branches(ast.parse("kind == 'email'\nform.get('email')"), {"email"})) == []


def test_a_default_is_no_branch():
    assert list(branches(ast.parse("f('facebook', x='facebook')\ny = 'facebook'"), {"facebook"})) == []


# Operations and queries


def offered(folder):
    return {
        f"{name}:{one.name}": one
        for name, path in modules("tickets", "connectors", "inbox").items()
        if f"/{folder}/" in name
        for one in public_functions(path)
    }


def test_operations_and_queries_say_what_they_do():
    silent = {
        name for folder in ("operations", "queries") for name, one in offered(folder).items()
        if not ast.get_docstring(one)
    }  # fmt: skip

    assert silent == set()
    assert len(offered("operations")) > 15
    assert len(offered("queries")) > 8


def test_whoever_acts_comes_first_and_by_name():
    wrong = set()
    for folder in ("operations", "queries"):
        for name, one in offered(folder).items():
            names = [argument.arg for argument in one.args.kwonlyargs]
            positional = [argument.arg for argument in (*one.args.posonlyargs, *one.args.args)]
            if "actor" in positional or ("actor" in names and (positional or names[0] != "actor")):
                wrong.add(name)

    assert wrong == set()


def test_operations_do_not_ask_the_clock_who_get_the_time():
    wrong = {
        name for name, one in offered("operations").items()
        if any(a.arg == "now" for a in one.args.kwonlyargs)
        and any(isinstance(c, ast.Call) and getattr(c.func, "id", "") in ("now", "clock_now") for c in ast.walk(one))
    }  # fmt: skip

    assert wrong == set()


def test_names_of_operations_are_unique():
    names = [name.partition(":")[2] for name in offered("operations")]

    assert sorted(names) == sorted(set(names))


# Shape


def test_tasks_are_thin():
    files = {name: path for name, path in modules().items() if Path(name).name == "tasks.py"}
    tasks = [(name, one) for name, path in files.items() for one in functions(tree(path))]

    assert {f"{name}:{one.name}" for name, one in tasks if length(one) > 10} == set()
    assert {f"{name}:{one.name}" for name, one in tasks if one.args.kwarg is None} == set()  # unknown ids are ignored
    assert len(tasks) >= 5


def test_models_have_no_logic_in_save():
    files = {name: path for name, path in modules().items() if "models" in name.removesuffix(".py").split("/")}
    hooks = {"save", "delete", "clean", "full_clean", "__init__"}
    wrong = {f"{name}:{one.name}" for name, path in files.items() for one in functions(tree(path)) if one.name in hooks}

    assert wrong == set()
    assert len(files) >= 10


def test_no_django_signals():
    imported = {
        f"{name}: {node.module}" for name, path in modules().items() for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module in ("django.dispatch", "django.db.models.signals")
    }  # fmt: skip

    assert imported == set()


def test_files_fit_in_one_reading():
    ours = [*modules().values(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "static").rglob("*.[jc]*s")]

    assert {path.name: n for path in ours if (n := len(path.read_text().splitlines())) > 400} == {}


def test_functions_are_short():
    lengths = [length(one) for path in modules().values() for one in functions(tree(path))]

    assert statistics.median(lengths) <= 10
    assert sum(one > 40 for one in lengths) <= len(lengths) // 100


def test_modules_say_what_they_are():
    silent = {
        name for name, path in modules().items()
        if Path(name).name != "__init__.py" and not ast.get_docstring(tree(path))
    }  # fmt: skip

    assert silent == set()


def test_names_say_something():
    vague = {"utils", "helpers", "common", "misc", "manager"}

    assert {name for name in modules() if vague & set(name.removesuffix(".py").split("/"))} == set()


def test_nothing_is_left_for_later():
    wrong = {
        name for name, path in modules().items()
        for word in ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error") if word in path.read_text()
    }  # fmt: skip

    assert wrong == set()


def test_every_option_is_explained():
    """By its help, or, for a word in its place, by the docstring above it."""
    silent = set()
    for name, path in modules().items():
        for call in ast.walk(tree(path)):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "add_argument":
                first = call.args[0].value
                if first.startswith("-") and not any(
                    word.arg in ("help", "metavar", "default") for word in call.keywords
                ):
                    silent.add(f"{name}: {first}")

    assert silent == set()
