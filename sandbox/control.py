"""The control API: what a test or a demo needs to know or to cause. Loopback only.

What concerns the sandbox and every store is here; the rest, below a store, are its platform's own actions.
"""

import json
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.db import Json
from sandbox.faults import KINDS
from sandbox.problems import Problem
from sandbox.seeds import SEEDS, seed_world
from sandbox.world import World

LOGGED = ("platform", "store", "method", "path", "status")
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
STORE = "/_control/stores/<store>"
RULES = (
    ("GET", "/_control/state", "state"),
    ("POST", "/_control/reset", "reset"),
    ("PUT", "/_control/clock", "clock"),
    ("GET", "/_control/requests", "requests"),
    ("DELETE", "/_control/requests", "clear_requests"),
    ("GET", "/_control/deliveries", "deliveries"),
    ("POST", "/_control/deliveries/wait", "wait_deliveries"),
    ("PUT", "/_control/notices", "retry_factor"),
    ("POST", "/_control/stores", "create_store"),
    ("PATCH", STORE, "change_store"),
    ("DELETE", STORE, "remove_store"),
    ("POST", f"{STORE}/faults", "add_fault"),
    ("DELETE", f"{STORE}/faults", "clear_faults"),
    ("PUT", f"{STORE}/notices", "notice_faults"),
)


class Control:
    def __init__(self, world: World) -> None:
        self.world = world
        self._map = Map([Rule(path, endpoint=name, methods=[method]) for method, path, name in RULES])

    def respond(self, request: Request) -> Response:
        if request.remote_addr not in LOOPBACK and request.remote_addr is not None:
            return refusal(403, "The control API answers on the loopback only.")
        try:
            data = body_of(request)
            if request.path == "/_control/deliveries/wait" and request.method == "POST":
                return answer({"idle": self.world.deliveries.wait_idle(float(data.get("seconds", 10)))})
            with self.world.db.transaction():
                found = self._perform(request, data)
            return answer(found)
        except (NotFound, MethodNotAllowed):
            return refusal(404, "There is no such control.")
        except Problem as error:
            return refusal(error.status, error.message)

    def _perform(self, request: Request, data: Json) -> Json:
        try:
            name, values = self._map.bind("sandbox").match(request.path, request.method)
        except (NotFound, MethodNotAllowed):
            parts = request.path.split("/", 4)
            if len(parts) < 5 or parts[2] != "stores":
                raise
            store = self.world.open(parts[3], request.host_url)
            return self.world.platform_of(store.name).actions.perform(store, request.method, f"/{parts[4]}", data)
        found: Json = getattr(self, name)(request, data, **values)
        return found

    def state(self, request: Request, data: Json) -> Json:
        world = self.world
        return {
            "now": world.clock.timestamp(),
            "clock_offset_seconds": world.clock.offset_seconds,
            "retry_factor": world.deliveries.retry_factor,
            "notices_waiting": world.deliveries.waiting(),
            "faults": world.faults.listed(),
            "fault_kinds": KINDS,
            "stores": [store_state(world, store) for store in world.names()],
        }

    def reset(self, request: Request, data: Json) -> Json:
        seed = str(data.get("seed") or "demo")
        if seed not in SEEDS:
            raise Problem(422, f"A seed is one of {', '.join(sorted(SEEDS))}.")
        self.world.restart()
        seed_world(self.world, request.host_url, seed)
        return self.state(request, data)

    def clock(self, request: Request, data: Json) -> Json:
        clock = self.world.clock
        if "offset_seconds" in data:
            clock.offset_seconds = float(data["offset_seconds"])
        clock.offset_seconds += float(data.get("advance_seconds") or 0)
        return {"now": clock.timestamp(), "clock_offset_seconds": clock.offset_seconds}

    def requests(self, request: Request, data: Json) -> Json:
        wanted = {name: value for name, value in request.args.items() if name in LOGGED}
        found = self.world.log.listed(**wanted)
        return {"count": len(found), "requests": found}

    def clear_requests(self, request: Request, data: Json) -> Json:
        self.world.log.clear()
        return {}

    def deliveries(self, request: Request, data: Json) -> Json:
        found = [asdict(attempt) for attempt in self.world.deliveries.attempts]
        if store := request.args.get("store"):
            found = [attempt for attempt in found if attempt["store"] == store]
        return {"count": len(found), "waiting": self.world.deliveries.waiting(), "attempts": found}

    def retry_factor(self, request: Request, data: Json) -> Json:
        self.world.deliveries.retry_factor = float(data["retry_factor"])
        return {"retry_factor": self.world.deliveries.retry_factor}

    def create_store(self, request: Request, data: Json) -> Json:
        platform, store = str(data.pop("platform", "bigcommerce")), str(data.pop("store", ""))
        self.world.create_store(platform, store, request.host_url, str(data.pop("seed", "empty")), **data)
        return store_state(self.world, store)

    def change_store(self, request: Request, data: Json, store: str) -> Json:
        self.world.open(store, request.host_url).save_settings(**data)
        return store_state(self.world, store)

    def remove_store(self, request: Request, data: Json, store: str) -> Json:
        self.world.remove_store(store)
        return {}

    def add_fault(self, request: Request, data: Json, store: str) -> Json:
        return asdict(self.world.faults.add(store, data))

    def clear_faults(self, request: Request, data: Json, store: str) -> Json:
        self.world.faults.clear(None if store == "*" else store)
        return {}

    def notice_faults(self, request: Request, data: Json, store: str) -> Json:
        faults = self.world.deliveries.faults(store)
        faults.duplicates = int(data.get("duplicates", 0))
        faults.delay_seconds = float(data.get("delay_seconds", 0))
        faults.drop = int(data.get("drop", 0))
        faults.shuffle = int(data.get("shuffle", 0))
        return {name: getattr(faults, name) for name in ("duplicates", "delay_seconds", "drop", "shuffle")}


def answer(body: Json, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


def refusal(status: int, message: str) -> Response:
    return answer({"status": status, "title": message}, status)


def body_of(request: Request) -> Json:
    text = request.get_data(as_text=True)
    if not text:
        return {}
    if request.mimetype != "application/json":
        raise Problem(415, "Send application/json.")
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise Problem(400, "The body is not JSON.") from error
    if not isinstance(found, dict):
        raise Problem(422, "The body must be a JSON object.")
    return found


def store_state(world: World, store: str) -> Json:
    platform = world.platform_of(store)
    return {
        "store": store,
        "platform": platform.slug,
        "settings": world.settings(store),
        "counts": platform.counts(store),
        "hooks": world.db.all(store, "hook"),
    }
