"""What platforms read from the environment; the settings take it over. Imported before Django is ready."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import environ

from channels import platforms


def platform_variables(env: environ.Env) -> Mapping[str, str]:
    """Settings that only one platform has, by name: `variables` of each platform's module `environment`."""
    return {name: value for module in _modules() for name, value in module.variables(env).items()}


def sandbox_variables(url: str) -> Mapping[str, str]:
    """What makes every platform's adapter talk with the sandbox stores at `url`."""
    return {name: value for module in _modules() for name, value in module.for_sandbox(url).items()}


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(platforms.__path__):
        name = f"{platforms.__name__}.{found.name}.environment"
        if found.ispkg and find_spec(name) is not None:
            yield import_module(name)
