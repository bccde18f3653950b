"""What a webhook can be told of, and what a delivery of it says."""

from collections.abc import Callable

from sandbox.db import Json
from sandbox.woocommerce.catalog.shapes import product_of
from sandbox.woocommerce.orders import records
from sandbox.woocommerce.orders.shapes import order_shape
from sandbox.woocommerce.reference.coupons import coupon_shape
from sandbox.woocommerce.reference.customers import person_shape
from sandbox.woocommerce.sites import STAFF_ROLES, Site
from sandbox.woocommerce.wire import ApiError

EVENTS = ("created", "updated", "deleted", "restored")
ACTION, PING = "action", "ping"
HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "customer.restored": [],
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
}
"""Which of WordPress' hooks each topic listens to, as the API shows them."""
CANNOT_VIEW = ApiError(403, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")


def is_topic(topic: str) -> bool:
    resource, _, event = topic.partition(".")
    return topic in HOOKS or (resource == ACTION and event.startswith(("woocommerce_", "wc_")))


def hooks_of(topic: str) -> list[str]:
    resource, _, event = topic.partition(".")
    return [event] if resource == ACTION else HOOKS[topic]


def payload(site: Site, topic: str, number: int, user_id: int) -> Json:
    """The object as it is when it is sent, seen by the user who made the webhook; the API's refusal where it cannot."""
    resource, _, event = topic.partition(".")
    if resource == ACTION:
        return {"action": event, "arg": number}
    if event == "deleted":
        return {"id": number}
    try:
        if role_of(site, user_id) not in STAFF_ROLES:
            raise CANNOT_VIEW
        return SHAPES[resource](site, number)
    except ApiError as error:
        return error.body()


def role_of(site: Site, user_id: int) -> str:
    """As the store's keys have it (tests demote a user there), else as its list of people."""
    for key in site.api_keys():
        if key.user_id == user_id:
            return key.role
    person = site.get("customer", user_id)
    return str(person["role"]) if person is not None else ""


def _product(site: Site, number: int) -> Json:
    return product_of(site, number)


def _order(site: Site, number: int) -> Json:
    return order_shape(site, records.find(site, number))


def _person(site: Site, number: int) -> Json:
    body = site.get("customer", number)
    if body is None:
        raise ApiError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return person_shape(site, body, next(iter(site.api_keys()), None))


def _coupon(site: Site, number: int) -> Json:
    body = site.get("coupon", number)
    if body is None:
        raise ApiError(404, "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.")
    return coupon_shape(site, body)


SHAPES: dict[str, Callable[[Site, int], Json]] = {
    "order": _order,
    "product": _product,
    "customer": _person,
    "coupon": _coupon,
}
