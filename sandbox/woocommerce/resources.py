"""All resources of the API below ``/wc/v3``; the first that knows a path answers it."""

from sandbox.woocommerce.calls import Routes
from sandbox.woocommerce.catalog import api_attributes, api_products, api_terms, api_variations
from sandbox.woocommerce.hooks import api as hooks_api
from sandbox.woocommerce.orders import api_orders, api_refunds, api_tracking
from sandbox.woocommerce.reference import coupons, customers, gateways, settings, shipping, system_status, taxes

RESOURCES: list[Routes] = [
    api_products.routes,
    api_variations.routes,
    api_terms.routes,
    api_attributes.routes,
    taxes.routes,
    customers.routes,
    coupons.routes,
    gateways.routes,
    shipping.routes,
    settings.routes,
    system_status.routes,
    api_orders.routes,
    api_refunds.routes,
    api_tracking.routes,
    api_tracking.second_routes,
    hooks_api.routes,
]
