"""Few pages of an index instead of whole rows for the lists of 100 000 products.

SQLite has no trigram index: it reads every search text, and does so from an index that holds nothing else.
"""

from django.db import migrations, models


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE INDEX product_search_words ON inventory_product (search, sku_key, category_id)")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS product_search_words")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_purchase_closing_and_request")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(condition=models.Q(("status", "deprecated")), fields=["id"], name="product_deprecated"),
        ),
        migrations.RunPython(create, drop, elidable=False),
    ]
