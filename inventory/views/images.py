"""Pictures of products: the form that changes them, and the files themselves."""

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from inventory.forms.images import ImagesForm
from inventory.models import Product
from inventory.services.images import TYPES, ImageRefused, change_images
from inventory.views import parameters
from inventory_sync.lib.access import public, requires

YEAR = 365 * 24 * 60 * 60


@requires("inventory.change_product")
@require_http_methods(["GET", "HEAD", "POST"])
def product_images(request: HttpRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    form = ImagesForm(request.POST or None, request.FILES or None, product=product)
    if request.method == "POST" and form.is_valid() and _saved(request, form, product):
        messages.success(request, _("The images are saved."))
        return redirect("inventory:edit_product", product.pk)
    context = {"form": form, "product": product}
    return render(request, "inventory/product_images.html", context, status=422 if form.errors else 200)


@requires("inventory.change_product")
@require_safe
def images_section(request: HttpRequest, pk: int) -> HttpResponse:
    """The same form as a part of the product's page."""
    product = get_object_or_404(Product, pk=pk)
    return render(request, "inventory/_images.html", {"form": ImagesForm(product=product), "product": product})


def _saved(request: HttpRequest, form: ImagesForm, product: Product) -> bool:
    data = form.cleaned_data
    try:
        change_images(
            product,
            kept=form.kept(),
            files=data["uploads"],
            addresses=data["addresses"],
            user=parameters.staff(request),
            now=timezone.now(),
        )
    except ImageRefused as error:
        form.add_error("uploads", error.message)
        return False
    return True


@public("stores load pictures of products from here; their names cannot be guessed")
@require_safe
def picture(request: HttpRequest, folder: str, name: str, ending: str) -> HttpResponse:
    """A file never changes, so it is kept by browsers and stores. Only types that are no documents are served."""
    try:
        with default_storage.open(f"products/{folder}/{name}.{ending}") as file:
            response = HttpResponse(file.read(), content_type=TYPES[ending])
    except FileNotFoundError as error:
        raise Http404 from error
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
