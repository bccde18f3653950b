"""The published descriptions, read once, corrected by ``overlay.yml``, and found by method and path."""

import functools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

Json = dict[str, Any]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
METHODS = ("get", "put", "post", "delete", "patch")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def specs_folder() -> Path:
    shared = Path(os.environ.get("SHARED_DIR") or ROOT.parent / "shared")
    return shared / "platforms" / "bigcommerce" / "specs"


@dataclass(frozen=True)
class Operation:
    file: str
    base: str
    template: str
    method: str
    document: Json = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.base}{self.template}"

    @property
    def item(self) -> Json:
        found: Json = self.document["paths"][self.template]
        return found

    @property
    def body(self) -> Json:
        found: Json = self.item[self.method]
        return found

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            place: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                place = place[part.replace("~1", "/").replace("~0", "~")]
            node = place
        return node

    def parameters(self) -> dict[str, Json]:
        listed = [*self.item.get("parameters", []), *self.body.get("parameters", [])]
        found = [self.resolve(entry) for entry in listed]
        return {entry["name"]: entry for entry in found if entry["in"] == "query"}

    def request_schema(self) -> Json | None:
        content = self.resolve(self.body.get("requestBody") or {}).get("content") or {}
        schema: Json | None = content.get("application/json", {}).get("schema")
        return schema

    def form_schema(self) -> Json | None:
        content = self.resolve(self.body.get("requestBody") or {}).get("content") or {}
        schema: Json | None = content.get("multipart/form-data", {}).get("schema")
        return schema

    def properties(self, schema: Any) -> set[str]:
        """Names of all properties, those of its parts too."""
        found = self.resolve(schema)
        return set(found.get("properties") or {}).union(
            *(self.properties(part) for part in [*found.get("allOf", []), *found.get("anyOf", [])])
        )

    def answer(self, status: int) -> Json | None:
        responses = self.body["responses"]
        found: Json | None = self.resolve(responses.get(str(status), responses.get(status)))
        return found


class Descriptions:
    def __init__(self, folder: Path) -> None:
        self.overlay: Json = yaml.load((HERE / "overlay.yml").read_text(), Loader=LOADER)
        self._routes: list[tuple[re.Pattern[str], str, Operation]] = []
        registry: Registry[Any] = Registry()
        for entry in self.overlay["descriptions"]:
            document = yaml.load((folder / entry["file"]).read_text(), Loader=LOADER)
            also = {one["property"]: one["schema"] for one in self.overlay["also"] if one["file"] == entry["file"]}
            document = corrected(document, also, entry["file"] in self.overlay["overlapping"])
            self._patch(entry["file"], document)
            resource = Resource(contents=document, specification=DRAFT4)
            registry = registry.with_resource(f"urn:{entry['file']}", resource)
            self._add(entry, document)
        self.registry = registry

    def _patch(self, file: str, document: Json) -> None:
        for patch in self.overlay["patches"]:
            if patch["file"] != file:
                continue
            *path, last = [part.replace("~1", "/") for part in patch["at"].strip("/").split("/")]
            place: Any = document
            for part in path:
                place = place[int(part) if isinstance(place, list) else part]
            place[int(last) if isinstance(place, list) else last] = patch["to"]

    def _add(self, entry: Json, document: Json) -> None:
        for template, item in document["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(entry["base"] + template)) + "/?")
            for method in METHODS:
                if method in item:
                    operation = Operation(entry["file"], entry["base"], template, method, document)
                    self._routes.append((pattern, method.upper(), operation))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation with the fewest placeholders that fits."""
        for alias, real in self.overlay["aliases"].items():
            shape = re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(alias))
            found = re.fullmatch(shape, path)
            if found:
                path = re.sub(r"\{[^}]+\}", "{}", real).format(*found.groups())
        fitting = [one for pattern, verb, one in self._routes if verb == method and pattern.fullmatch(path)]
        return min(fitting, key=lambda one: one.template.count("{"), default=None)


def corrected(node: Any, also: dict[str, Json], overlapping: bool) -> Any:
    """``x-nullable`` read as ``nullable``, null beside an enumeration, and the overlay's general corrections."""
    if isinstance(node, list):
        return [corrected(value, also, overlapping) for value in node]
    if not isinstance(node, dict):
        return node
    found = {name: corrected(value, also, overlapping) for name, value in node.items()}
    if found.get("x-nullable") is True:
        found["nullable"] = True
    if found.get("nullable") is True and isinstance(found.get("enum"), list) and None not in found["enum"]:
        found["enum"] = [*found["enum"], None]
    if overlapping and isinstance(found.get("oneOf"), list):
        found["anyOf"] = found.pop("oneOf")
    if isinstance(found.get("properties"), dict):
        for name, schema in found["properties"].items():
            if name in also:
                found["properties"][name] = {"anyOf": [schema, also[name]]}
    return found


@functools.cache
def descriptions() -> Descriptions | None:
    """None where the folder of the published descriptions is missing."""
    folder = specs_folder()
    return Descriptions(folder) if folder.is_dir() else None
