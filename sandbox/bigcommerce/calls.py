"""One API call and the table of routes that the nouns register themselves in."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.bigcommerce.shops import Account, Shop
from sandbox.bigcommerce.wire import ApiError, parse_date
from sandbox.db import Database, Json


@dataclass
class Call:
    shop: Shop
    request: Request
    account: Account
    version: int

    @property
    def db(self) -> Database:
        return self.shop.db

    def body(self) -> Any:
        """The JSON sent; 415 without the JSON content type, 400 when it is none."""
        if self.request.mimetype != "application/json":
            raise ApiError(415, "Unsupported media type: send application/json.")
        try:
            return json.loads(self.request.get_data(as_text=True))
        except ValueError as error:
            raise ApiError(400, "Input is invalid: the body is not JSON.") from error

    def json_object(self) -> Json:
        found = self.body()
        if not isinstance(found, dict):
            raise ApiError(422, "The body must be a JSON object.")
        return found

    def json_list(self, most: int) -> list[Json]:
        found = self.body()
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise ApiError(422, "The body must be an array of JSON objects.")
        if len(found) > most:
            text = f"The request payload is too large. The maximum items allowed in the array is {most}."
            raise ApiError(413, text)
        return found

    def arg(self, name: str) -> str | None:
        return self.request.args.get(name)

    def integer(self, name: str) -> int | None:
        text = self.arg(name)
        if text is None or text == "":
            return None
        try:
            return int(text)
        except ValueError as error:
            raise ApiError(400 if self.version == 2 else 422, f"The field '{name}' is invalid.") from error

    def integers(self, name: str) -> list[int] | None:
        text = self.arg(name)
        if text is None:
            return None
        try:
            return [int(part) for part in text.split(",") if part.strip()]
        except ValueError as error:
            raise ApiError(422, f"The filter {name} must be a list of integers.") from error

    def words(self, name: str) -> list[str]:
        text = self.arg(name)
        return [part.strip() for part in text.split(",") if part.strip()] if text else []

    def date(self, name: str) -> int | None:
        text = self.arg(name)
        if not text:
            return None
        moment = parse_date(text)
        if moment is None:
            raise ApiError(400 if self.version == 2 else 422, f"The field '{name}' is not a valid date.")
        return moment

    def flag(self, name: str) -> bool | None:
        text = self.arg(name)
        return None if text is None else text.lower() in ("true", "1")

    def page(self) -> int:
        return max(1, self.integer("page") or 1)

    def limit(self, default: int = 50, most: int = 250) -> int:
        """V2 refuses a page that is too large (413), V3 silently serves its largest."""
        wanted = self.integer("limit") or default
        if wanted > most and self.version == 2:
            raise ApiError(413, f"The maximum page size is {most}.")
        return max(1, min(wanted, most))


Endpoint = Callable[..., Response]


@dataclass
class Routes:
    """Routes of one noun; ``scope`` names the OAuth scope a token needs ("" = any token)."""

    scope: str = ""
    rules: list[Rule] = field(default_factory=list)

    def on(self, method: str, path: str, scope: str | None = None) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            target = (endpoint, self.scope if scope is None else scope)
            self.rules.append(Rule(path, endpoint=target, methods=[method]))
            return endpoint

        return register


def route_map(nouns: list[Routes]) -> Map:
    return Map([rule.empty() for noun in nouns for rule in noun.rules], strict_slashes=False)
