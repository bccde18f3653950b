"""Pictures of products: what is taken, how it is shown to stores, and what changes with it."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from inventory.models import AuditEntry, ProductImage
from inventory.queries import lists
from inventory.services.images import (
    MOST_BYTES,
    ImageRefused,
    KeptImage,
    change_images,
    image_bytes,
    image_ending,
    public_url,
)
from inventory.services.product_details import ImageDraft, write_images
from inventory.signals import product_changed
from tests.factories.inventory import NOW, ProductFactory, UserFactory, organization
from tests.inventory.doors import page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3), color: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


def upload(content: bytes, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_the_content_says_what_a_file_is(kind: str, ending: str) -> None:
    assert image_ending(picture(kind), name="whatever.exe") == ending


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<html><script>alert(1)</script>",
        b"",
        b"GIF89a",
        picture(size=(90, 90))[:70],
        picture("BMP"),
        picture("TIFF"),
        b"%PDF-1.7",
    ],
    ids=["svg", "html", "empty", "head-only", "cut-off", "bmp", "tiff", "pdf"],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(ImageRefused) as caught:
        image_ending(content, name="photo.png")
    assert "“photo.png” is no image that can be used" in caught.value.message


def test_images_that_burst_are_refused_before_they_are_decoded() -> None:
    for width, height in ((6000, 5000), (12_000, 12_000), (60_000, 60_000)):
        with pytest.raises(ImageRefused):
            image_ending(bomb(width, height), name="bomb.png")
    with pytest.raises(ImageRefused) as caught:
        image_ending(bomb(6000, 5000), name="bomb.png")
    assert "6000 × 5000 pixels" in caught.value.message


def test_a_large_file_is_refused_unread() -> None:
    class Large(SimpleUploadedFile):
        def read(self, *_args: int) -> bytes:
            pytest.fail("it was read")

    large = Large("large.png", b"")
    large.size = MOST_BYTES + 1
    with pytest.raises(ImageRefused) as caught:
        change_images(ProductFactory(), kept=[], files=[large], user=None, now=NOW)
    assert "larger than 10 MB" in caught.value.message


def test_files_are_kept_under_names_that_nobody_can_guess(media: Path, django_capture_on_commit_callbacks) -> None:
    product = ProductFactory()
    change_images(product, kept=[], files=[upload(picture(), "../../evil.html")], user=None, now=NOW)
    (row,) = product.images.all()
    assert len(Path(row.file.name).stem) == 32
    assert row.file.name.endswith(".png")
    assert files(media) == [row.file.name]
    assert (row.url, image_bytes(row)) == ("", picture())
    assert public_url(row) == f"http://localhost:8000/media/{row.file.name}"
    assert lists.first_images([product.pk]) == {product.pk: f"/media/{row.file.name}"}


def test_order_captions_and_removal(media: Path, django_capture_on_commit_callbacks) -> None:
    product = ProductFactory()
    told: list[frozenset[int]] = []

    def hear(product_ids: frozenset[int], **_kwargs: object) -> None:
        told.append(product_ids)

    product_changed.connect(hear)
    two = [upload(picture(color=color)) for color in ("red", "blue")]
    change_images(
        product, kept=[], files=two, addresses=[ImageDraft(url="https://a.example/c.png")], user=None, now=NOW
    )
    first, second, third = product.images.all()
    with django_capture_on_commit_callbacks(execute=True):
        kept = [KeptImage(pk=third.pk, place=1, caption=" Front "), KeptImage(pk=first.pk, place=2, caption="")]
        change_images(product, kept=kept, user=None, now=NOW)
    assert [(row.pk, row.position, row.caption) for row in product.images.all()] == [
        (third.pk, 0, "Front"),
        (first.pk, 1, ""),
    ]
    assert files(media) == [first.file.name]
    assert told == [frozenset({product.pk})] * 2
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "Changed the images"
    assert [second.file.name in words for words in entry.changes["images"][0]] == [False, True, False]
    kept = [KeptImage(pk=row.pk, place=row.position, caption=row.caption) for row in product.images.all()]
    change_images(product, kept=kept, user=None, now=NOW)
    assert (AuditEntry.objects.count(), len(told)) == (2, 2)
    product_changed.disconnect(hear)


def test_one_bad_file_changes_nothing(media: Path) -> None:
    product = ProductFactory()
    product.images.create(url="https://a.example/a.png")
    with pytest.raises(ImageRefused):
        change_images(product, kept=[], files=[upload(picture()), upload(SVG)], user=None, now=NOW)
    assert product.images.get().url == "https://a.example/a.png"
    assert files(media) == []


def test_a_file_named_by_its_address_stays_a_file(media: Path, django_capture_on_commit_callbacks) -> None:
    """What an export says of it, an import may say again."""
    product = ProductFactory()
    change_images(product, kept=[], files=[upload(picture()), upload(picture())], user=None, now=NOW)
    _first, second = product.images.all()
    with django_capture_on_commit_callbacks(execute=True):
        write_images({product.pk: [ImageDraft(url="https://a.example/a.png"), ImageDraft(url=public_url(second))]})
    assert [row.address for row in product.images.all()] == ["https://a.example/a.png", second.address]
    assert files(media) == [second.file.name]
    assert write_images({product.pk: [ImageDraft(url="https://b.example/b.png")]}, only_where_none=True) == {}


# -- pages


def test_staff_change_images_of_a_product(staff, media: Path, django_capture_on_commit_callbacks) -> None:
    product = ProductFactory()
    address = reverse("inventory:product_images", args=[product.pk])
    answer = staff.post(
        address,
        {"uploads": [upload(picture()), upload(picture("JPEG"))], "addresses": "https://a.example/c.png | Back"},
    )
    assert answer.url == reverse("inventory:edit_product", args=[product.pk])
    first, second, third = product.images.all()
    assert [Path(row.file.name).suffix for row in (first, second)] == [".png", ".jpg"]
    assert (third.url, third.caption) == ("https://a.example/c.png", "Back")
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(
            address,
            {
                f"place_{first.pk}": "3",
                f"place_{second.pk}": "1",
                f"caption_{second.pk}": "Front",
                f"place_{third.pk}": "2",
                f"remove_{third.pk}": "on",
            },
        )
    assert [(row.pk, row.caption) for row in product.images.all()] == [(second.pk, "Front"), (first.pk, "")]
    assert f'src="{second.address}"' in page(staff, "product", product.pk)
    assert f'src="{second.address}"' in page(staff, "products")
    assert f'src="{first.address}"' in page(staff, "images_section", product.pk)
    assert address in page(staff, "edit_product", product.pk)


def test_a_refused_file_is_said_at_its_field(staff, media: Path) -> None:
    product = ProductFactory()
    address = reverse("inventory:product_images", args=[product.pk])
    answer = staff.post(address, {"uploads": upload(SVG, "logo.svg"), "addresses": "not an address"})
    assert answer.status_code == 422
    assert "is no web address" in answer.content.decode()
    answer = staff.post(address, {"uploads": upload(SVG, "logo.svg")})
    assert answer.status_code == 422
    assert "“logo.svg” is no image" in answer.content.decode()
    assert (ProductImage.objects.count(), files(media)) == (0, [])


def test_editing_a_product_leaves_its_images(staff, media: Path) -> None:
    product = ProductFactory()
    change_images(product, kept=[], files=[upload(picture())], user=None, now=NOW)
    answer = staff.post(
        reverse("inventory:edit_product", args=[product.pk]),
        {
            "sku": product.sku,
            "name": "Renamed",
            "type": "stock",
            "status": "active",
            "weight_unit": "kg",
            "length_unit": "cm",
            "drop_ship": "never",
            "version": product.version,
        },
    )
    assert answer.status_code == 302
    assert product.images.count() == 1


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_stores_load_files_without_signing_in(client, kind: str, content_type: str) -> None:
    product = ProductFactory()
    change_images(product, kept=[], files=[upload(picture(kind))], user=None, now=NOW)
    answer = client.get(product.images.get().address)
    assert (answer.status_code, answer.content) == (200, picture(kind))
    assert answer["Content-Type"] == content_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "products/2026/11/short.png",
        f"products/2026/11/{'a' * 32}.png",
        f"products/2026/11/{'a' * 32}.svg",
        f"products/2026/11/{'a' * 32}.html",
        f"products/2026/11/..%2f..%2f{'a' * 26}.png",
        "products/../secret.png",
        "other/file.png",
    ],
)
def test_nothing_else_is_served(client, media: Path, path: str) -> None:
    (media / "secret.png").write_bytes(picture())
    default_storage.save("other/file.png", upload(picture()))
    default_storage.save("products/2026/11/short.png", upload(picture()))
    default_storage.save(f"products/2026/11/{'a' * 32}.svg", upload(SVG))
    assert client.get(f"/media/{path}").status_code == 404


def test_only_who_may_change_products_changes_images(client) -> None:
    product = ProductFactory()
    addresses = [reverse(f"inventory:{name}", args=[product.pk]) for name in ("product_images", "images_section")]
    assert [client.get(address).status_code for address in addresses] == [302, 302]
    organization()
    client.force_login(UserFactory())
    assert [client.get(address).status_code for address in addresses] == [403, 403]
    assert client.post(addresses[0], {"addresses": "https://a.example/a.png"}).status_code == 403


@pytest.mark.req("APP-13")
def test_a_picture_added_meanwhile_keeps_its_caption(staff) -> None:
    product = ProductFactory()
    write_images({product.pk: [ImageDraft(url="https://img.example/a.png", caption="Front")]})
    seen = {"caption_{pk}": "Front", "place_{pk}": "1"}
    form = {name.format(pk=product.images.get().pk): value for name, value in seen.items()}
    ProductImage.objects.create(product=product, position=1, url="https://img.example/b.png", caption="Back")

    staff.post(reverse("inventory:product_images", args=[product.pk]), {**form, "addresses": ""})

    assert list(product.images.order_by("position").values_list("caption", flat=True)) == ["Front", "Back"]


def test_of_several_files_none_is_kept_where_one_is_refused(media: Path) -> None:
    product = ProductFactory()
    with pytest.raises(ImageRefused, match=r"b\.png"):
        change_images(product, kept=(), files=[upload(picture()), upload(b"no picture", "b.png")], user=None, now=NOW)
    assert (files(media), product.images.count()) == ([], 0)
