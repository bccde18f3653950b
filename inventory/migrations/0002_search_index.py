"""Trigram indexes of the search columns, on PostgreSQL only; SQLite scans 100 000 rows fast enough."""

from django.db import migrations, transaction
from django.db.utils import DatabaseError

INDEXES = {
    "product_search_trgm": "inventory_product",
    "customer_search_trgm": "inventory_customer",
}


def create(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        print(f"\n  pg_trgm is not available ({error}): search works, without its index")
        return
    with connection.cursor() as cursor:
        for name, table in INDEXES.items():
            cursor.execute(f"CREATE INDEX {name} ON {table} USING gin (search gin_trgm_ops)")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [migrations.RunPython(create, drop, elidable=False)]
