"""Rules of the house that a linter does not know (docs/architecture.md)."""

import ast
import re

import pytest
from django.apps import apps
from django.contrib import admin

from tests.house import tree

# Where a float is right, and why.
FLOATS_ALLOWED: dict[str, str] = {
    "channels/platforms/http.py": "seconds to wait",
    "channels/platforms/bigcommerce/dialect.py": "seconds to wait",
    "channels/platforms/woocommerce/dialect.py": "seconds to wait",
}
# Steps of activities and handlers are called by the registry as (channel, platform, what); so may services be.
POSITIONAL_ARGUMENTS = 3
STOCK_TABLES = ("Movement", "StockPosting", "StockLevel", "Allocation")
STOCK_WRITES = re.compile(
    rf"\b({'|'.join(STOCK_TABLES)})\.objects\.(create|bulk_create|get_or_create|update_or_create|bulk_update)\b"
    rf"|\b({'|'.join(STOCK_TABLES)})\.objects\.[^\n]*\.(update|delete)\("
)
READ_ONLY_IN_ADMIN = {"Movement", "StockPosting", "AuditEntry", "InboxEntry", "InboxMessage", "Notice"}


def test_money_and_quantities_never_become_floats() -> None:
    found = []
    for path in tree.python_files(*tree.APPS, "inventory_sync"):
        allowed = tree.name(path) in FLOATS_ALLOWED
        for node in ast.walk(tree.parsed(path)):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            is_field = isinstance(node, ast.Attribute) and node.attr == "FloatField"
            if (is_call and not allowed) or is_field:
                found.append(f"{tree.name(path)}:{node.lineno}")

    assert found == []


def test_only_the_stock_service_writes_stock() -> None:
    found = []
    for path in tree.python_files(*tree.APPS, "inventory_sync"):
        if tree.name(path).startswith("inventory/services/stock"):
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{tree.name(path)}:{text[: hit.start()].count(chr(10)) + 1}" for hit in STOCK_WRITES.finditer(text)]

    assert found == []


def test_services_take_their_facts_by_keyword() -> None:
    found = []
    for path in tree.python_files(*tree.APPS):
        if "/services/" not in tree.name(path):
            continue
        for node in tree.parsed(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if len(node.args.args) + len(node.args.posonlyargs) > POSITIONAL_ARGUMENTS:
                found.append(f"{tree.name(path)}::{node.name}")

    assert found == []


def test_migrations_are_named() -> None:
    migrations = [path for path in tree.tracked() if path.parent.name == "migrations" and path.stem != "__init__"]
    unnamed = [tree.name(path) for path in migrations if not re.fullmatch(r"\d{4}_(?!auto_)[a-z0-9_]+", path.stem)]

    assert migrations
    assert unnamed == []


def test_every_model_is_in_the_admin() -> None:
    models = [model for app in tree.APPS for model in apps.get_app_config(app).get_models()]
    inlined = {inline.model for model_admin in admin.site._registry.values() for inline in model_admin.inlines}
    missing = [model._meta.label for model in models if model not in admin.site._registry and model not in inlined]

    assert missing == []


@pytest.mark.req("APP-2")
def test_ledger_log_and_inbox_are_read_only_in_the_admin(rf) -> None:
    request = rf.get("/admin/")
    request.user = apps.get_model("inventory", "User")(username="support", is_staff=True, is_superuser=True)
    writable = []
    for model, model_admin in admin.site._registry.items():
        if model.__name__ not in READ_ONLY_IN_ADMIN:
            continue
        may = [
            model_admin.has_add_permission(request),
            model_admin.has_change_permission(request),
            model_admin.has_delete_permission(request),
        ]
        if any(may):
            writable.append(model._meta.label)

    assert writable == []


def test_what_the_second_database_leaves_out_opens_none() -> None:
    """`make test-postgres` ignores folders whose tests are the same on every database."""
    words = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
    folders = re.search(r"^WITHOUT_DATABASE := (.+)$", words, re.MULTILINE)
    assert folders is not None
    files = [path for folder in folders[1].split() for path in (tree.ROOT / folder).rglob("*.py")]
    assert files
    assert [tree.name(path) for path in files if "django_db" in path.read_text(encoding="utf-8")] == []
