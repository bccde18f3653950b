"""``/payment_gateways``: the installed ones; orders may name others that are gone."""

from sandbox.db import Json
from sandbox.woocommerce.calls import EDIT, LIST, READ, Call, Routes
from sandbox.woocommerce.catalog.fields import truth
from sandbox.woocommerce.lists import links, listed_all
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
PATH = "/payment_gateways"
ALLOW = ("GET", "POST", "PUT", "PATCH")
BACS_TEXT = "Make your payment directly into our bank account. Please use your order number as the reference."
INSTALLED = (
    ("bacs", "Direct bank transfer", BACS_TEXT, "Take payments by bank transfer.", ("products",)),
    (
        "cheque",
        "Check payments",
        "Please send a check to the store's address.",
        "Take payments by check.",
        ("products",),
    ),
    ("cod", "Cash on delivery", "Pay with cash upon delivery.", "Let your shoppers pay upon delivery.", ("products",)),
)


def install(site: Site) -> None:
    for number, (slug, title, text, method_text, supports) in enumerate(INSTALLED, 1):
        add_gateway(site, number, slug, title, description=text, method_description=method_text, supports=supports)


def add_gateway(
    site: Site,
    number: int,
    slug: str,
    title: str,
    *,
    description: str = "",
    method_description: str = "",
    supports: tuple[str, ...] = ("products",),
    enabled: bool = False,
) -> Json:
    """``supports`` holds “refunds” where the gateway can pay back by itself."""
    body = {
        "id": number,
        "slug": slug,
        "title": title,
        "description": description,
        "enabled": enabled,
        "method_title": title,
        "method_description": method_description,
        "method_supports": list(supports),
    }
    return site.put("gateway", body)


def field(name: str, kind: str, value: str, **more: object) -> Json:
    label = name.replace("_", " ").capitalize()
    tip = f"{label}."
    return {
        "id": name,
        "label": label,
        "description": tip,
        "type": kind,
        "value": value,
        "default": value,
        "tip": tip,
        "placeholder": "",
        **more,
    }


def settings_of(body: Json) -> Json:
    found = {
        "title": field("title", "safe_text", body["title"]),
        "instructions": field("instructions", "textarea", "" if body["slug"] != "cod" else body["description"]),
    }
    if body["slug"] == "cod":
        methods = {
            "Flat rate": {"flat_rate": "Any &quot;Flat rate&quot; method"},
            "Free shipping": {"free_shipping": "Any &quot;Free shipping&quot; method"},
            "Local pickup": {"pickup_location": "Any &quot;Local pickup&quot; method"},
        }
        found["enable_for_methods"] = field("enable_for_methods", "multiselect", "", options=methods)
        virtual = {"description": "", "tip": ""}
        found["enable_for_virtual"] = field("enable_for_virtual", "checkbox", "yes", **virtual)
    return found


def shape(call: Call, body: Json) -> Json:
    section = f"{call.site.url}/wp-admin/admin.php?page=wc-settings&tab=checkout&section={body['slug']}"
    return {
        "id": body["slug"],
        "title": body["title"],
        "description": body["description"],
        "order": body["id"],
        "enabled": body["enabled"],
        "method_title": body["method_title"],
        "method_description": body["method_description"],
        "method_supports": body["method_supports"],
        "settings": settings_of(body),
        "needs_setup": False,
        "post_install_scripts": [],
        "settings_url": section,
        "connection_url": None,
        "setup_help_text": None,
        "required_settings_keys": [],
        "_links": links(call.site, PATH, body["slug"], allow=ALLOW),
    }


def find(call: Call, slug: str) -> Json:
    for body in call.site.all("gateway"):
        if body["slug"] == slug:
            return body
    raise ApiError(404, "woocommerce_rest_payment_gateway_invalid", "Resource does not exist.")


@routes.on(LIST, PATH)
def list_gateways(call: Call) -> Reply:
    return listed_all(call, [shape(call, body) for body in call.site.all("gateway")])


@routes.on(READ, f"{PATH}/<slug>")
def get_gateway(call: Call, slug: str) -> Reply:
    return Reply(shape(call, find(call, slug)))


@routes.on(EDIT, f"{PATH}/<slug>")
def update_gateway(call: Call, slug: str) -> Reply:
    body = find(call, slug)
    if call.sent.get("enabled") is not None:
        body["enabled"] = truth(call.sent["enabled"])
    body |= {name: str(call.sent[name]) for name in ("title", "description") if call.sent.get(name) is not None}
    return Reply(shape(call, call.site.put("gateway", body)))
