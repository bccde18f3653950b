"""Whose sale an order becomes (SPEC CUS-3, SET-5, MPW-1, MPW-3, MPW-15, MPW-20, A56)."""

from datetime import datetime

from catalog.services.customers import link_company, link_customer
from channels.ports import Capability
from channels.registry import platform_spec
from channels.remote import RemoteCustomer
from inventory.enums import AddressType
from inventory.models import Address, Customer
from inventory.services.customers import AddressDraft, find_or_create_customer
from orders.models import CapturedOrder


def names_customer(order: CapturedOrder) -> bool:
    """Whether the order says who bought; otherwise it is the default customer's."""
    return bool(order.customer_name or _company(order))


def _company(order: CapturedOrder) -> str:
    """The company that is the customer itself, on platforms that put companies first."""
    is_first = platform_spec(order.channel.platform).can(Capability.COMPANY_FIRST)
    return order.customer_company.strip() if is_first else ""


def customer_of(order: CapturedOrder, *, default: Customer, now: datetime) -> Customer:
    """The order's own customer, made if new; a guest is found by e-mail; an order without a name is the default's.

    On platforms that put companies first the order's company is the customer and the person its contact (MPW-1).
    """
    person = RemoteCustomer(
        id=order.customer_remote_id,
        first_name=order.customer_name,
        company=order.customer_company,
        email=order.customer_email,
        phone=order.customer_phone,
    )
    if _company(order):
        return link_company(order.channel, person, contact=order.customer_name, addresses=_drafts(order), now=now)
    if order.customer_remote_id:
        return link_customer(order.channel, person, name=order.customer_name, addresses=_drafts(order), now=now)
    if not order.customer_name:
        return default
    guest, _is_new = find_or_create_customer(
        name=order.customer_name,
        email=order.customer_email,
        company=order.customer_company,
        phone=order.customer_phone,
        addresses=_drafts(order),
        now=now,
    )
    return guest


def fill_addresses(order: CapturedOrder, customer: Customer, *, is_default: bool) -> None:
    """Billing is shipping where it is missing (MPW-3); without a customer the default one's addresses (MPW-15)."""
    if is_default:
        order.billing = order.billing or _address_of(customer, AddressType.BILLING)
        order.shipping = order.shipping or _address_of(customer, AddressType.SHIPPING)
    order.billing = order.billing or order.shipping


def _address_of(customer: Customer, type_: AddressType) -> dict[str, str]:
    row = Address.objects.filter(customer=customer, type=type_).order_by("-is_default", "pk").first()
    if row is None:
        return {}
    lines = {name: getattr(row, name) for name in ("line_1", "line_2", "city", "state", "postcode", "country")}
    return {"company": customer.company, "contact": customer.name, "email": customer.email, **lines}


def _drafts(order: CapturedOrder) -> list[AddressDraft]:
    """CUS-2; the shipping address of one order is not kept with the customer when it is the billing one."""
    drafts = []
    if order.billing:
        drafts.append(_draft(order.billing, AddressType.BILLING))
    if order.shipping:
        drafts.append(_draft(order.shipping, AddressType.SHIPPING))
    return drafts


def _draft(address: dict[str, str], type_: AddressType) -> AddressDraft:
    return AddressDraft(
        type=type_,
        line_1=address.get("line_1", ""),
        line_2=address.get("line_2", ""),
        city=address.get("city", ""),
        state=address.get("state", ""),
        postcode=address.get("postcode", ""),
        country=address.get("country", ""),
    )
