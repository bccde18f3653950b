"""One product in one store: the dialog of the Catalog tab, and its panel on the product page."""

import json
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.forms import StockForm
from catalog.models import ListingItem
from catalog.queries import plans
from catalog.queries.catalog import CatalogRow, listings_of, rows_of, status_of, variations_of
from catalog.queries.levels import product_buffers
from catalog.queries.products import last_refusal, plan_for, unit_of
from catalog.queries.sending import why_not_sent
from catalog.services import updates
from catalog.services.buffers import set_buffers
from catalog.services.selection import Selection
from catalog.views.explain import explained
from catalog.views.plan import KINDS, begin, plan_state, send
from catalog.views.selected import start_update
from catalog.views.tab import tab_context
from channels.access import requires_channel
from channels.models import Channel
from channels.ports import Capability
from channels.queries import channels_for, web_address
from channels.registry import platform_spec
from inventory.models import Product, User
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError


@requires_channel("catalog.view_listing")
@require_safe
def product(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """The dialog: alone for the script, else over the tab."""
    return _answer(request, channel, "catalog/_product.html", _dialog(request, channel, product_id))


def _answer(
    request: HttpRequest, channel: Channel, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    if request.headers.get("HX-Target") == "layer":
        return render(request, template, context, status=status)
    page = {**tab_context(request, channel), **context, "dialog_open": True, "dialog": template}
    return render(request, "catalog/catalog.html", page, status=status)


def _dialog(request: HttpRequest, channel: Channel, product_id: int, form: StockForm | None = None) -> dict[str, Any]:
    row = _row(channel, product_id)
    item, found = row.item, row.product
    unit = unit_of(found, item)
    variations = variations_of(channel, found)
    return {
        "channel": channel,
        "row": row,
        "item": item,
        "form": form or stock_form(channel, row),
        **explained(channel, found, item),
        "not_sent": why_not_sent(found, item, channel),
        "variations": variations,
        "new_variations": _unlisted(channel, item, variations),
        "store_url": web_address(item.listing.url) if item else "",
        "back_url": reverse("catalog:catalog", args=[channel.pk]),
        "can_save": request.user.has_perm("catalog.change_listingitem"),
        "sends_by_itself": channel.settings.update_stock and not channel.read_only,
        "refusal": last_refusal(channel, unit),
        **_changes(request, channel, product_id),
    }


def _unlisted(channel: Channel, item: ListingItem | None, variations: list[CatalogRow]) -> list[CatalogRow]:
    """A30: variations made after their family was listed, where the store cannot take them."""
    if item is None or item.listing.family_id is None:
        return []
    if platform_spec(channel.platform).can(Capability.ADDS_VARIATIONS):
        return []
    return [row for row in variations if row.item is None]


def _row(channel: Channel, product_id: int) -> CatalogRow:
    rows = rows_of(channel, [product_id])
    if not rows:
        raise Http404
    return rows[0]


def stock_form(channel: Channel, row: CatalogRow, data: Any = None) -> StockForm:
    own = product_buffers(channel, [row.product.pk]).get(row.product.pk)
    return StockForm(
        data,
        has_send=row.item is not None and row.sync.is_counted,
        has_buffer=channel.settings.use_buffer and row.sync.is_counted,
        initial={
            "send": bool(row.item and row.item.sync_stock),
            "own_buffer": own is not None,
            "buffer": channel.settings.buffer if own is None else own,
        },
        prefix=None,
    )


def _changes(request: HttpRequest, channel: Channel, product_id: int) -> dict[str, Any]:
    """What listing or updating would change at the store, as far as it was asked."""
    plan = plan_for(channel, product_id, cast("User", request.user))
    if plan is None:
        return {"product_id": product_id, "plan": None}
    item = plan.items.order_by("pk").first()
    return {
        "product_id": product_id,
        **plan_state(plan),
        "plan_row": plans.as_row(item) if item else None,
    }


@requires_channel("catalog.view_listing")
@require_safe
def changes(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """The part of the dialog that waits for the store; the dialog follows once it has answered."""
    get_object_or_404(Product, pk=product_id)
    context = {"channel": channel, **_changes(request, channel, product_id)}
    if context["plan"] is None or not (context["reader"] or context["is_sending"]):
        context = _dialog(request, channel, product_id)
        answer = render(request, "catalog/_product.html", context)
        answer.headers["HX-Retarget"] = "#layer"
        answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    return render(request, "catalog/_changes.html", context)


@requires_channel("catalog.view_listing")
@require_POST
def save(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """BUF-5: saves switch and buffer, which sends nothing; then compares with the store, or sends what was compared."""
    row = _row(channel, product_id)
    form = stock_form(channel, row, request.POST)
    if request.user.has_perm("catalog.change_listingitem"):
        if not form.is_valid():
            return _answer(
                request, channel, "catalog/_product.html", _dialog(request, channel, product_id, form), status=422
            )
        try:
            _keep(request, channel, row, form)
        except ProductError as error:
            messages.error(request, error.message)
            return redirect("catalog:product", channel.pk, product_id)
    return _go_on(request, channel, product_id)


def _keep(request: HttpRequest, channel: Channel, row: CatalogRow, form: StockForm) -> None:
    data, user, now = form.cleaned_data, cast("User", request.user), timezone.now()
    if "send" in data:
        updates.switch_sending(channel, product_id=row.product.pk, send=data["send"], user=user, now=now)
    if "own_buffer" in data:
        quantity = data["buffer"] if data["own_buffer"] else None
        set_buffers(channel, product_ids=[row.product.pk], quantity=quantity, user=user, now=now)


def _go_on(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    wanted = request.POST.get("do", "save")
    here = reverse("catalog:product", args=[channel.pk, product_id])
    if wanted == "save":
        messages.success(request, _("Saved. The store gets it with the next update."))
        return redirect("catalog:catalog", channel.pk)
    if not request.user.has_perm("catalog.list_product"):
        raise PermissionDenied
    if wanted == "check":
        begin(request, channel, kind=plans.LIST, selection=Selection(product_ids=(product_id,)), back=here)
        return redirect(here)
    plan = plan_for(channel, product_id, cast("User", request.user))
    if plan is None or str(plan.pk) != request.POST.get("plan"):
        messages.warning(request, _("The comparison is no longer the newest one. Look at it again."))
    else:
        send(request, channel, plan)
    return redirect(here)


@requires_channel("catalog.view_listing")
@require_POST
def act(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """A29: hide, show, remove; A30: remove and list again. Each is previewed before anything happens."""
    get_object_or_404(Product, pk=product_id)
    name = request.POST.get("do", "")
    kind = plans.LIST if name == "relist" else KINDS.get(name)
    if kind is None or not request.user.has_perms(plans.permissions_of(kind, relist=name == "relist")):
        raise PermissionDenied
    return begin(
        request,
        channel,
        kind=kind,
        selection=Selection(product_ids=(product_id,)),
        back=reverse("catalog:product", args=[channel.pk, product_id]),
        relist=name == "relist",
    )


@requires_channel("catalog.change_listingitem")
@require_POST
def switch(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-2: on or off."""
    get_object_or_404(ListingItem, channel=channel, product_id=product_id)
    send_it = f"send_{product_id}" in request.POST or request.POST.get("send") == "on"
    updates.switch_sending(
        channel, product_id=product_id, send=send_it, user=cast("User", request.user), now=timezone.now()
    )
    text = _("Its stock is sent to the store.") if send_it else _("Its stock is not sent any more.")
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": "ok"}})
        return response
    messages.success(request, text)
    return redirect("catalog:product", channel.pk, product_id)


@requires_channel("catalog.push_stock")
@require_POST
def update(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-5 for one product."""
    get_object_or_404(ListingItem, channel=channel, product_id=product_id)
    return start_update(request, channel, Selection(product_ids=(product_id,)))


@requires_channel("catalog.unlink_listing")
@require_POST
def unlink(request: HttpRequest, channel: Channel, product_id: int) -> HttpResponse:
    """LST-6, confirmed in the dialog."""
    now = timezone.now()
    if updates.unlink_products(channel, product_ids=[product_id], user=cast("User", request.user), now=now):
        messages.success(request, _("Unlinked. The product stays here and in the store."))
    else:
        messages.info(request, _("It was not linked."))
    return redirect("catalog:catalog", channel.pk)


@requires("catalog.view_listing")
@require_safe
def panel(request: HttpRequest, product_id: int) -> HttpResponse:
    """Where a product is listed, on its own page."""
    get_object_or_404(Product, pk=product_id)
    channels = {channel.pk: channel for channel in channels_for(request.user)}
    items = list(listings_of(product_id, list(channels)))
    listed = {item.channel_id for item in items}
    others = [channel for pk, channel in channels.items() if pk not in listed]
    shown = [(item, status_of(item)) for item in items]
    context = {"items": shown, "others": others, "product_id": product_id}
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "catalog/_panel.html" if is_part else "catalog/panel.html", context)
