"""The source tree as the house tests read it: which files there are, which floor each stands on."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("inventory", "channels", "catalog", "orders")
PACKAGES = ("inventory_sync", *APPS, "sandbox")
# Which app may know which: a higher number may import a lower one (docs/adr/0001).
FLOORS = {"lib": 0, "inventory": 1, "channels": 2, "catalog": 3, "orders": 4, "shell": 5, "inventory_sync": 5}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, also those not yet committed; nothing that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*packages: str) -> list[Path]:
    """Python files of these top-level packages, without migrations."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and name(path).split("/")[0] in packages and "migrations" not in path.parts
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def templates() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".html" and "sandbox" not in path.relative_to(ROOT).parts[0]]


def floor_of_python(path: Path) -> int:
    parts = name(path).split("/")
    if parts[:2] == ["inventory_sync", "lib"]:
        return FLOORS["lib"]
    return FLOORS[parts[0]]


def floor_of_template(path: Path) -> int:
    """`templates/<app>/…`; the frame's own folders may name everything."""
    folder = name(path).split("/")[1]
    return FLOORS.get(folder, FLOORS["shell"])


def docstrings(module: ast.Module) -> set[ast.expr]:
    """The constants that are documentation, not values."""
    found: set[ast.expr] = set()
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for statement in body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(statement.value)
    return found


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the last statement, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
