"""Tables of products (variations are products with a parent) and of the terms they have.

Products have a row number of their own: without it SQLite reads a whole store rather than use the other indexes.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS woo_product (
    store TEXT NOT NULL, id INTEGER NOT NULL, parent_id INTEGER NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
    sku_key TEXT NOT NULL, gtin TEXT NOT NULL, slug TEXT NOT NULL, name_key TEXT NOT NULL, price REAL,
    stock_status TEXT NOT NULL, menu_order INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (store, id));
CREATE INDEX IF NOT EXISTS woo_product_parent ON woo_product (store, parent_id, id);
CREATE INDEX IF NOT EXISTS woo_product_sku ON woo_product (store, sku_key);
CREATE INDEX IF NOT EXISTS woo_product_gtin ON woo_product (store, gtin);
CREATE INDEX IF NOT EXISTS woo_product_slug ON woo_product (store, slug);
CREATE INDEX IF NOT EXISTS woo_product_modified ON woo_product (store, parent_id, modified);
CREATE INDEX IF NOT EXISTS woo_product_created ON woo_product (store, parent_id, created);
CREATE TABLE IF NOT EXISTS woo_term_product (
    store TEXT NOT NULL, term_id INTEGER NOT NULL, product_id INTEGER NOT NULL,
    PRIMARY KEY (store, term_id, product_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS woo_term_product_product ON woo_term_product (store, product_id);
"""
TABLES = ("woo_product", "woo_term_product")
