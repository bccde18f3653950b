"""Steps of `lean.py`: recording a download's pages, and the least that has the same effect."""

import json
import os
import pickle
import time
from collections.abc import Iterable, Iterator
from copy import copy
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import requests
from django.apps import apps
from django.db import connections, models, transaction
from urllib3 import HTTPResponse

from benchmarks.replay import Page, address_of
from channels.models import Channel
from channels.services.platforms import open_platform

FOLDER = Path(os.environ["BENCHMARK_FOLDER"])
_BATCH = 500
_APPS = ("inventory", "catalog", "channels")
_HEADERS = ("Content-Type", "Link", "X-WP-Total", "X-WP-TotalPages")


def keep_pages() -> dict[str, Page]:
    """Fills with everything that is fetched from now on, in order."""
    pages: dict[str, Page] = {}
    send = requests.Session.send

    def kept(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        answer = send(session, request, **kwargs)
        if request.method == "GET":
            body, headers = answer.content, {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
            pages[address_of(request.url or "")] = (answer.status_code, headers, body)
            answer = _unread(answer, body)
        return answer

    requests.Session.send = kept  # type: ignore[method-assign]
    return pages


def _unread(answer: requests.Response, body: bytes) -> requests.Response:
    """The same answer as a stream from its start."""
    fresh = copy(answer)
    fresh.raw = HTTPResponse(BytesIO(body), status=answer.status_code, headers=answer.headers, preload_content=False)
    fresh._content, fresh._content_consumed = False, False  # type: ignore[attr-defined]  # noqa: SLF001
    return fresh


def save_pages(pages: dict[str, Page]) -> None:
    (FOLDER / "pages.pickle").write_bytes(pickle.dumps(pages))


def lean() -> dict[str, Any]:
    """The floor: fetch, parse, and write the rows that our download wrote."""
    pages: dict[str, Page] = pickle.loads((FOLDER / "pages.pickle").read_bytes())
    rows = list(_new_rows())
    session, base = requests.Session(), os.environ["BENCHMARK_STORE"]
    started = time.perf_counter()
    for address in pages:
        json.loads(session.get(f"{base}{address}", timeout=60).content, parse_float=Decimal)
    fetched = time.perf_counter()
    for model, values in rows:
        for start in range(0, len(values), _BATCH):
            with transaction.atomic():
                made = [model(**each) for each in values[start : start + _BATCH]]
                managed(model).bulk_create(made)
    return {
        "fetching": (fetched - started) * 1000,
        "milliseconds": (time.perf_counter() - started) * 1000,
        "rows": sum(len(values) for _model, values in rows),
    }


def reading() -> dict[str, Any]:
    """The floor of looking at an unchanged catalog: its pages fetched and parsed into what the port speaks."""
    platform = open_platform(Channel.objects.get())
    started, cursor, seen = time.perf_counter(), "", 0
    while cursor or not seen:
        page = platform.products.page(cursor=cursor)
        cursor, seen = page.next_cursor, seen + len(page.products)
    return {"milliseconds": (time.perf_counter() - started) * 1000, "products": seen}


def _new_rows() -> Iterator[tuple[type[models.Model], list[dict[str, Any]]]]:
    """Rows that the recorded download added, table by table so that no key points at nothing."""
    connections.databases["filled"] = {**connections.databases["default"], "NAME": str(FOLDER / "filled.sqlite3")}
    for model in _in_order():
        known = set(managed(model).values_list("pk", flat=True))
        filled = managed(model).using("filled").order_by("pk").values()
        rows = [row for row in filled if row[model._meta.pk.attname] not in known]  # type: ignore[union-attr]
        if rows:
            yield model, rows


def managed(model: type[models.Model]) -> models.Manager[models.Model]:
    """All rows, whatever a model shows by default."""
    return model._base_manager  # noqa: SLF001


def _in_order() -> Iterable[type[models.Model]]:
    """Models of ours and their many-to-many tables, referred ones first."""
    found = [model for label in _APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    done: list[type[models.Model]] = []
    while found:
        ready = [model for model in found if not (_referred(model) & set(found)) - {model}]
        done += ready or found
        found = [model for model in found if model not in done]
    return done


def _referred(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.related_model}
