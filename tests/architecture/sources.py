"""Our own source files, as text and as syntax trees."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "analysis", "tickets", "connectors", "inbox", "sandbox")


@cache
def modules(*packages):
    """Every module of these packages (all of ours by default), without migrations, by its path in the repository."""
    found = (path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path for path in sorted(found) if "migrations" not in path.parts}


@cache
def tree(path):
    """The syntax tree of a module."""
    return ast.parse(path.read_text())


def functions(node):
    """Every function below a node, with those inside classes and functions."""
    return [one for one in ast.walk(node) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def public_functions(path):
    """The functions a module offers."""
    return [one for one in tree(path).body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
            and not one.name.startswith("_")]  # fmt: skip


def length(function):
    """Its lines of code: without decorators, docstring, comments and empty lines."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return sum(node.end_lineno - node.lineno + 1 for node in body)
