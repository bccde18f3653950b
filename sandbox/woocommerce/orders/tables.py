"""The table of orders; refunds and notes are documents."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS woo_order (
    store TEXT NOT NULL, id INTEGER NOT NULL, status TEXT NOT NULL, customer_id INTEGER NOT NULL,
    created_via TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, goods TEXT NOT NULL,
    words TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (store, id));
CREATE INDEX IF NOT EXISTS woo_order_modified ON woo_order (store, modified);
CREATE INDEX IF NOT EXISTS woo_order_created ON woo_order (store, created);
CREATE INDEX IF NOT EXISTS woo_order_status ON woo_order (store, status, id);
"""
TABLES = ("woo_order",)
