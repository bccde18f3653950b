"""Records exchanges with a sandbox store and checks each against the published descriptions."""

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import requests
from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from sandbox.exchanges import KEPT_BODY, Exchange
from tests.platforms.specs.descriptions import Descriptions, Json, Operation
from tests.platforms.specs.fields import undescribed_fields

V2_ERROR = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["status", "message"],
        "properties": {"status": {"type": "integer"}, "message": {"type": "string"}},
    },
}
V3_ERROR = {
    "type": "object",
    "required": ["status", "title", "type", "errors"],
    "properties": {"status": {"type": "integer"}, "title": {"type": "string"}, "errors": {"type": "object"}},
}


PLATFORM = "bigcommerce"
FORM = "multipart/form-data"


class SpecRecorder:
    """Give it to ``sandbox.world.log.observers``; faulty answers are counted apart and not checked.

    Exchanges of other platforms are none of its business.
    """

    def __init__(self, known: Descriptions) -> None:
        self.known = known
        self.validated: Counter[str] = Counter()
        self.skipped = 0
        self.problems: list[str] = []

    def __call__(self, exchange: Exchange) -> None:
        if exchange.platform != PLATFORM:
            return
        if exchange.fault or exchange.status is None:
            self.skipped += 1
            return
        if exchange.path in self.known.overlay.get("elsewhere", ()):
            self.skipped += 1
            return
        operation = self.known.find(exchange.method, exchange.path)
        if operation is None:
            self._unknown(exchange)
            return
        self.validated[operation.name] += 1
        found = self._answer(operation, exchange)
        if exchange.status < 400:
            found += [*self._query(operation, exchange), *self._request(operation, exchange)]
        self.problems += [f"{operation.name} → {exchange.status}: {text}" for text in found]

    @property
    def count(self) -> int:
        return sum(self.validated.values())

    def summary(self) -> str:
        return f"{self.count} exchanges validated against the published descriptions"

    def check(self) -> None:
        """Fail with every violation and where it is."""
        problems = list(dict.fromkeys(self.problems))
        assert not problems, f"{len(problems)} violations of the published descriptions:\n" + "\n".join(problems[:40])

    def replay(self, sandbox_url: str) -> None:
        """Check the log of a sandbox that runs in a process of its own; cut-off bodies are left out."""
        answer = requests.get(f"{sandbox_url}/_control/requests", timeout=30)
        for entry in answer.json()["requests"]:
            exchange = Exchange(**entry)
            if max(len(exchange.body), len(exchange.answer)) < KEPT_BODY:
                self(exchange)

    def _unknown(self, exchange: Exchange) -> None:
        if exchange.status not in (401, 403, 404, 405, 429):
            self.problems.append(f"{exchange.method} {exchange.path} is described nowhere")

    def _errors(self, operation: Operation, schema: Json, value: Any, pointer: str, where: str) -> list[str]:
        reference = {"$ref": f"urn:{operation.file}#{pointer}"} if pointer else schema
        validator = OAS30Validator(reference, registry=self.known.registry, format_checker=oas30_format_checker)
        found = []
        for error in validator.iter_errors(value):
            deepest = best_match([error]) or error
            place = "/".join(str(part) for part in deepest.absolute_path)
            found.append(f"{where} /{place}: {deepest.message[-160:]}")
        return found

    def _query(self, operation: Operation, exchange: Exchange) -> list[str]:
        found = []
        parameters = operation.parameters()
        for name, value in parse_qsl(exchange.query, keep_blank_values=True):
            schema = self._parameter(operation, name, parameters)
            if schema is None:
                found.append(f"query: the parameter {name} is not described")
                continue
            resolved = operation.resolve(schema)
            converted = converted_value(resolved, value, operation)
            found += self._errors(operation, with_document(operation, resolved), converted, "", f"query {name}")
        return found

    def _parameter(self, operation: Operation, name: str, parameters: dict[str, Json]) -> Json | None:
        corrected = self.known.overlay["parameters"]
        for key in (f"{operation.name} {name}", f"* {name}"):
            if key in corrected and (key.startswith("GET") or name in parameters):
                found: Json = corrected[key]
                return found
        return parameters[name].get("schema", {}) if name in parameters else None

    def _request(self, operation: Operation, exchange: Exchange) -> list[str]:
        if exchange.content_type == FORM:
            return self._form(operation, exchange)
        schema = operation.request_schema()
        if schema is None:
            return ["request: a body is sent where none is described"] if exchange.body else []
        value = json.loads(exchange.body)
        pointer = f"{self._pointer(operation)}/requestBody/content/application~1json/schema"
        if "$ref" in operation.body["requestBody"]:
            pointer = f"{operation.body['requestBody']['$ref'][1:]}/content/application~1json/schema"
        found = self._errors(operation, schema, value, pointer, "request")
        return found + self._fields(operation, schema, value, "request")

    def _form(self, operation: Operation, exchange: Exchange) -> list[str]:
        """A form's parts are described as properties; the file's content is not looked at."""
        schema = operation.form_schema()
        if schema is None:
            return ["request: a form is sent where none is described"]
        known = operation.properties(schema)
        sent = re.findall(r'form-data; name="([^"]*)"', exchange.body)
        return [f"request /{name}: this part of the form is not described" for name in sent if name not in known]

    def _answer(self, operation: Operation, exchange: Exchange) -> list[str]:
        status = int(exchange.status or 0)
        described = operation.answer(status)
        if status == 204:
            lists = self.known.overlay["empty_lists"] and exchange.method == "GET"
            fine = not exchange.answer and (described is not None or lists)
            return [] if fine else ["answer: 204 with a body, or where it is not described"]
        value = json.loads(exchange.answer)
        if status >= 400:
            shape = V2_ERROR if operation.base == "/v2" else V3_ERROR
            allowed = described is not None or status in self.known.overlay["errors"]
            return self._errors(operation, shape, value, "", "answer") if allowed else ["answer: the status"]
        if described is None:
            return ["answer: this status is not described"]
        return self._described(operation, described, value, status)

    def _described(self, operation: Operation, described: Json, value: Any, status: int) -> list[str]:
        content = described.get("content") or {}
        if "application/json" not in content:
            return []
        schema = content["application/json"].get("schema")
        if schema is None:
            return []
        raw = operation.body["responses"].get(str(status), operation.body["responses"].get(status))
        pointer = f"{self._pointer(operation)}/responses/{status}/content/application~1json/schema"
        if "$ref" in raw:
            pointer = f"{raw['$ref'][1:]}/content/application~1json/schema"
        found = self._errors(operation, schema, value, pointer, "answer")
        return found + self._fields(operation, schema, value, "answer")

    def _fields(self, operation: Operation, schema: Json, value: Any, where: str) -> list[str]:
        extra = undescribed_fields(operation, schema, value)
        known = self.known.overlay["undescribed"]
        allowed = {name for key in ("*", operation.file, operation.name) for name in known.get(key, ())}
        return [f"{where} /{place}: this field is not described" for place in extra if place not in allowed]

    @staticmethod
    def _pointer(operation: Operation) -> str:
        return f"/paths/{operation.template.replace('~', '~0').replace('/', '~1')}/{operation.method}"


def converted_value(schema: Json, text: str, operation: Operation) -> Any:
    """A query value as its schema types it; lists are separated by commas."""
    kind = schema.get("type")
    if kind == "array":
        items = operation.resolve(schema.get("items") or {})
        return [converted_value(items, part, operation) for part in text.split(",")]
    if kind in ("integer", "number"):
        try:
            return int(text) if kind == "integer" else float(text)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def with_document(operation: Operation, schema: Json) -> Json:
    """A parameter's schema with its references made absolute."""
    return json.loads(json.dumps(schema, default=str).replace('"#/', f'"urn:{operation.file}#/'))  # type: ignore[no-any-return]
