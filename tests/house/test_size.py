"""Budgets of size (docs/architecture.md): what passes them is split by noun."""

import ast
from pathlib import Path

from tests.house import tree

FILE_LINES = 400
FUNCTION_LINES = 40
TEMPLATE_LINES = 150
POSITIONAL_ARGUMENTS = 6
CATCH_ALL_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}

# Path, or path::function, and why it may be longer.
EXCEPTIONS: dict[str, str] = {}


def too_long(path: Path, limit: int) -> str | None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    return f"{tree.name(path)}: {lines} lines" if lines > limit and tree.name(path) not in EXCEPTIONS else None


def test_files_stay_short() -> None:
    sources = [
        path for path in tree.tracked() if path.suffix in {".py", ".js", ".css"} and "migrations" not in path.parts
    ]

    assert [found for path in sources if (found := too_long(path, FILE_LINES))] == []


def test_templates_stay_short() -> None:
    assert [found for path in tree.templates() if (found := too_long(path, TEMPLATE_LINES))] == []


def test_functions_stay_short() -> None:
    found = [
        f"{tree.name(path)}::{function.name}: {tree.length(function)} lines"
        for path in tree.python_files(*tree.PACKAGES, "benchmarks")
        for function in tree.functions(tree.parsed(path))
        if tree.length(function) > FUNCTION_LINES and f"{tree.name(path)}::{function.name}" not in EXCEPTIONS
    ]

    assert found == []


def test_functions_take_few_positional_arguments() -> None:
    def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        return len([argument for argument in names if argument not in {"self", "cls"}])

    found = [
        f"{tree.name(path)}::{function.name}"
        for path in tree.python_files(*tree.PACKAGES)
        for function in tree.functions(tree.parsed(path))
        if positional(function) > POSITIONAL_ARGUMENTS
    ]

    assert found == []


def test_no_module_is_a_catch_all() -> None:
    assert [
        tree.name(path) for path in tree.python_files(*tree.PACKAGES, "tests") if path.stem in CATCH_ALL_NAMES
    ] == []


def test_every_exception_is_still_needed() -> None:
    gone = [entry for entry in EXCEPTIONS if not (tree.ROOT / entry.partition("::")[0]).exists()]

    assert gone == []
