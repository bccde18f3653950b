"""The tables of what there can be much of; everything else is a document."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS product (
    store TEXT NOT NULL, id INTEGER NOT NULL, sku_key TEXT NOT NULL, name_key TEXT NOT NULL,
    brand_id INTEGER NOT NULL, is_visible INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS product_name ON product (store, name_key);
CREATE INDEX IF NOT EXISTS product_sku ON product (store, sku_key);
CREATE INDEX IF NOT EXISTS product_modified ON product (store, modified);
CREATE TABLE IF NOT EXISTS variant (
    store TEXT NOT NULL, id INTEGER NOT NULL, product_id INTEGER NOT NULL, sku_key TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS variant_product ON variant (store, product_id, id);
CREATE UNIQUE INDEX IF NOT EXISTS variant_sku ON variant (store, sku_key) WHERE sku_key <> '';
CREATE TABLE IF NOT EXISTS stock (
    store TEXT NOT NULL, product_id INTEGER NOT NULL, variant_id INTEGER NOT NULL, location_id INTEGER NOT NULL,
    onhand INTEGER NOT NULL, safety INTEGER NOT NULL DEFAULT 0, warning INTEGER NOT NULL DEFAULT 0,
    bin TEXT NOT NULL DEFAULT '', PRIMARY KEY (store, product_id, variant_id, location_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    store TEXT NOT NULL, id INTEGER NOT NULL, status_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, is_deleted INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_modified ON orders (store, modified);
"""
TABLES = ("product", "variant", "stock", "orders")
