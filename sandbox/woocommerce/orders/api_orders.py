"""``/orders``, their notes and their statuses."""

from sandbox.db import Json
from sandbox.woocommerce.batches import run_batch
from sandbox.woocommerce.calls import BATCH, CREATE, DELETE, EDIT, LIST, READ, Call, Routes, missing
from sandbox.woocommerce.lists import created, listed, page_of
from sandbox.woocommerce.orders import filters, records, writing
from sandbox.woocommerce.orders.checks import check_order
from sandbox.woocommerce.orders.shapes import note_shape, order_shape
from sandbox.woocommerce.orders.statuses import names_of
from sandbox.woocommerce.wire import ApiError, Reply

routes = Routes()
ONE = "/orders/<int:order_id>"


@routes.on(LIST, "/orders/statuses", since="9.9")
def list_statuses(call: Call) -> Reply:
    return Reply([{"slug": slug, "name": name} for slug, name in names_of(call.site).items()])


@routes.on(LIST, "/orders")
def list_orders(call: Call) -> Reply:
    page = page_of(call)
    found, total = filters.fetch(call, filters.order_filter(call), page, filters.order_sql(call, page))
    shapes = [_with_meta(call, order_shape(call.site, order, call.integer("dp"))) for order in found]
    defaults = {} if call.get("status") else {"status[0]": "any"}
    defaults["dp"] = call.text("dp", str(call.site.settings["number_of_decimals"]))
    return listed(call, shapes, total, page, {**defaults, "context": call.text("context", "view")})


def _with_meta(call: Call, shape: Json) -> Json:
    """``include_meta`` and ``exclude_meta`` (since 7.0)."""
    if call.site.has("7.0"):
        if wanted := call.words("include_meta"):
            shape["meta_data"] = [entry for entry in shape["meta_data"] if entry["key"] in wanted]
        elif unwanted := call.words("exclude_meta"):
            shape["meta_data"] = [entry for entry in shape["meta_data"] if entry["key"] not in unwanted]
    return shape


@routes.on(CREATE, "/orders")
def create_order(call: Call) -> Reply:
    """An unknown coupon is answered, not raised: the draft it leaves behind must stay."""
    check_order(call.site, call.sent)
    try:
        order = writing.create_order(call.site, call.sent)
    except ApiError as error:
        if isinstance(error.data, dict) and "new_draft_order_id" in error.data:
            return Reply(error.body(), error.status)
        raise
    return created(call.site, "/orders", order_shape(call.site, order, call.integer("dp")))


@routes.on(READ, ONE)
def get_order(call: Call, order_id: int) -> Reply:
    return Reply(_with_meta(call, order_shape(call.site, records.find(call.site, order_id), call.integer("dp"))))


@routes.on(EDIT, ONE)
def update_order(call: Call, order_id: int) -> Reply:
    order = records.find(call.site, order_id, 400)
    check_order(call.site, call.sent)
    return Reply(order_shape(call.site, writing.update_order(call.site, order, call.sent), call.integer("dp")))


@routes.on(DELETE, ONE)
def delete_order(call: Call, order_id: int) -> Reply:
    return Reply(_delete(call, order_id, force=call.flag("force")))


def _delete(call: Call, order_id: int, *, force: bool) -> Json:
    """The answer is the order as it was."""
    order = records.find(call.site, order_id)
    before = order_shape(call.site, order)
    if force:
        writing.remove(call.site, order)
    else:
        writing.trash(call.site, order)
    return before


@routes.on(BATCH, "/orders/batch")
def batch_orders(call: Call) -> Reply:
    site = call.site
    return run_batch(
        call,
        create=lambda sent: order_shape(site, writing.create_order(site, sent)),
        update=lambda number, sent: order_shape(
            site, writing.update_order(site, records.find(site, number, 400), sent)
        ),
        delete=lambda number: _delete(call, number, force=True),
    )


@routes.on(LIST, f"{ONE}/notes")
def list_notes(call: Call, order_id: int) -> Reply:
    """Latest second first; within one in the order they were written."""
    records.find(call.site, order_id)
    kind = call.choice("type", ("any", "customer", "internal"), "any")
    notes = call.site.all("order_note", order_id)
    if kind != "any":
        notes = [note for note in notes if note["customer_note"] == (kind == "customer")]
    notes.sort(key=lambda note: (-note["created"], note["id"]))
    return Reply([note_shape(call.site, order_id, note) for note in notes])


@routes.on(CREATE, f"{ONE}/notes")
def create_note(call: Call, order_id: int) -> Reply:
    """No date moves and nobody is told but, if wanted, the customer."""
    records.find(call.site, order_id)
    if not call.sent.get("note"):
        raise missing("note")
    text, to_customer = str(call.sent["note"]), call.flag("customer_note")
    note = records.add_note(call.site, order_id, text, to_customer=to_customer)
    return created(call.site, f"/orders/{order_id}/notes", note_shape(call.site, order_id, note))


def _note(call: Call, order_id: int, number: int) -> Json:
    records.find(call.site, order_id)
    found = next((note for note in call.site.all("order_note", order_id) if note["id"] == number), None)
    if found is None:
        raise ApiError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return found


@routes.on(READ, f"{ONE}/notes/<int:number>")
def get_note(call: Call, order_id: int, number: int) -> Reply:
    return Reply(note_shape(call.site, order_id, _note(call, order_id, number)))


@routes.on(DELETE, f"{ONE}/notes/<int:number>")
def delete_note(call: Call, order_id: int, number: int) -> Reply:
    note = _note(call, order_id, number)
    if not call.flag("force"):
        raise ApiError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    call.site.remove("order_note", number)
    return Reply(note_shape(call.site, order_id, note))
