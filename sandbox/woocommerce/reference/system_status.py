"""``/system_status`` and ``/data/currencies``: versions, settings and plugins at a glance."""

import uuid

from sandbox.db import Json
from sandbox.woocommerce.calls import LIST, READ, Call, Routes
from sandbox.woocommerce.catalog.shapes import SYMBOLS
from sandbox.woocommerce.lists import links
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
CURRENCIES = {"EUR": "Euro", "USD": "United States (US) dollar", "GBP": "Pound sterling", "CHF": "Swiss franc"}
HPOS = "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore"
POSTS = "WC_Order_Data_Store_CPT"
PAGES = (
    ("Shop base", "5", "", ""),
    ("Cart", "6", "[woocommerce_cart]", "woocommerce/cart"),
    ("Checkout", "7", "[woocommerce_checkout]", "woocommerce/checkout"),
    ("My account", "8", "[woocommerce_my_account]", ""),
    ("Terms and conditions", "", "", ""),
)
VISIBILITY = (
    "exclude-from-catalog",
    "exclude-from-search",
    "featured",
    "outofstock",
    *(f"rated-{n}" for n in range(1, 6)),
)


def environment(site: Site) -> Json:
    folder = "/srv/www/site/wp-content/uploads/wc-logs/"
    return {
        "home_url": site.url,
        "site_url": site.url,
        "store_id": str(uuid.uuid5(uuid.NAMESPACE_URL, site.name)),
        "version": site.settings["version"],
        "log_directory": folder,
        "log_directory_writable": True,
        "wp_version": site.settings["wordpress"],
        "wp_multisite": False,
        "wp_memory_limit": 536870912,
        "wp_debug_mode": False,
        "wp_cron": True,
        "language": "en_US",
        "external_object_cache": None,
        "server_info": "nginx/1.22.1",
        "server_architecture": "Linux x86_64",
        "php_version": "8.2.35",
        "php_post_max_size": 33554432,
        "php_max_execution_time": 120,
        "php_max_input_vars": 1000,
        "curl_version": "7.88.1, OpenSSL/3.0.19",
        "suhosin_installed": False,
        "max_upload_size": 33554432,
        "mysql_version": "10.11.19",
        "mysql_version_string": "10.11.19-MariaDB",
        "default_timezone": "UTC",
        "fsockopen_or_curl_enabled": True,
        "soapclient_enabled": False,
        "domdocument_enabled": True,
        "gzip_enabled": True,
        "mbstring_enabled": True,
        "remote_post_successful": False,
        "remote_post_response": False,
        "remote_get_successful": False,
        "remote_get_response": False,
    }


def database(site: Site) -> Json:
    size = {"data": "0.02", "index": "0.02", "engine": "InnoDB"}
    return {
        "wc_database_version": site.settings["version"],
        "database_prefix": "wp_",
        "maxmind_geoip_database": "",
        "database_tables": {"woocommerce": {"wp_woocommerce_order_items": size}, "other": {"wp_posts": size}},
        "database_size": {"data": 1.21, "index": 1.71},
    }


def plugin(slug: str, name: str, version: str) -> Json:
    return {
        "plugin": slug,
        "name": name,
        "version": version,
        "version_latest": version,
        "url": f"https://example.com/{slug.partition('/')[0]}/",
        "author_name": name,
        "author_url": "https://example.com",
        "network_activated": False,
    }


def store_settings(site: Site) -> Json:
    hpos = site.settings["storage"] == "hpos"
    names = ("external", "grouped", "simple", "variable")
    return {
        "api_enabled": False,
        "force_ssl": False,
        "currency": site.settings["currency"],
        "currency_symbol": SYMBOLS.get(site.settings["currency"], site.settings["currency"]),
        "currency_position": "left",
        "thousand_separator": ",",
        "decimal_separator": site.settings["decimal_separator"],
        "number_of_decimals": int(site.settings["number_of_decimals"]),
        "geolocation_enabled": False,
        "taxonomies": {name: name for name in names},
        "product_visibility_terms": {name: name for name in VISIBILITY},
        "woocommerce_com_connected": "no",
        "enforce_approved_download_dirs": True,
        "order_datastore": HPOS if hpos else POSTS,
        "HPOS_enabled": hpos,
        "HPOS_sync_enabled": False,
        "enabled_features": ["analytics", "order_attribution", *(["custom_order_tables"] if hpos else [])],
    }


def page_shape(name: str, number: str, shortcode: str, block: str) -> Json:
    there = bool(number)
    return {
        "page_name": name,
        "page_id": number,
        "page_set": there,
        "page_exists": there,
        "page_visible": there,
        "shortcode": shortcode,
        "block": block,
        "shortcode_required": bool(shortcode),
        "shortcode_present": bool(shortcode) and not block,
        "block_present": bool(block),
        "block_required": bool(block),
    }


def theme() -> Json:
    overrides = [{"file": "/srv/www/site/wp-content/plugins/woocommerce/templates/block-notices/error.php"}]
    return {
        "name": "Twenty Twenty-Five",
        "version": "1.3",
        "version_latest": 0,
        "author_url": "https://wordpress.org",
        "is_child_theme": False,
        "is_block_theme": True,
        "has_woocommerce_support": False,
        "has_woocommerce_file": False,
        "has_outdated_templates": False,
        "overrides": [{**entry, "version": "8.6.0", "core_version": "8.6.0"} for entry in overrides],
        "parent_name": "",
        "parent_version": "",
        "parent_version_latest": "",
        "parent_author_url": "",
    }


@routes.on(READ, "/system_status")
def get_system_status(call: Call) -> Reply:
    site = call.site
    plugins = [plugin("woocommerce/woocommerce.php", "WooCommerce", site.settings["version"])]
    plugins += [plugin(entry["plugin"], entry["name"], entry["version"]) for entry in site.settings["plugins"]]
    must_use = {"plugin": "site.php", "name": "site.php", "version": "", "url": "", "author_name": "", "author_url": ""}
    logging = {
        "logging_enabled": True,
        "default_handler": "Automattic\\WooCommerce\\Internal\\Admin\\Logging\\LogHandlerFileV2",
        "retention_period_days": 30,
        "level_threshold": "",
        "log_directory_size": "0 B",
    }
    body = {
        "environment": environment(site),
        "database": database(site),
        "active_plugins": plugins,
        "inactive_plugins": [plugin("hello.php", "Hello", "1.7.2")],
        "dropins_mu_plugins": {"dropins": [], "mu_plugins": [must_use]},
        "theme": theme(),
        "settings": store_settings(site),
        "security": {"secure_connection": site.url.startswith("https"), "hide_errors": True},
        "pages": [page_shape(*page) for page in PAGES],
        "post_type_counts": [{"type": "page", "count": "7"}, {"type": "post", "count": "2"}],
        "logging": logging,
    }
    return Reply(body)


def currency_shape(call: Call, code: str) -> Json:
    symbol = SYMBOLS.get(code, code)
    found = links(call.site, "/data/currencies", code, allow=("GET",))
    return {"code": code, "name": CURRENCIES.get(code, code), "symbol": symbol, "_links": found}


@routes.on(LIST, "/data/currencies")
def list_currencies(call: Call) -> Reply:
    return Reply([currency_shape(call, code) for code in CURRENCIES])


@routes.on(READ, "/data/currencies/current")
def get_current_currency(call: Call) -> Reply:
    return Reply(currency_shape(call, call.site.settings["currency"]))


@routes.on(READ, "/data/currencies/<code>")
def get_currency(call: Call, code: str) -> Reply:
    if code.upper() not in CURRENCIES:
        raise ApiError(
            404, "woocommerce_rest_data_invalid_currency", "There are no currencies matching these parameters."
        )
    return Reply(currency_shape(call, code.upper()))
