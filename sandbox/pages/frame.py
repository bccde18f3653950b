"""How a page is found, rendered and secured."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.problems import Problem

if TYPE_CHECKING:
    from sandbox.world import World

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def amount(value: Any) -> str:
    return f"{Decimal(str(value)):,.2f}"


class Pages:
    """``rules`` are method, path and the name of the method that answers; ``templates`` is a folder of its own."""

    rules: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    templates: ClassVar[Path] = HERE / "templates"
    filters: ClassVar[dict[str, Callable[..., Any]]] = {}
    done: ClassVar[dict[str, str]] = {}
    """What ``?done=`` after a form means."""
    piecewise: ClassVar[frozenset[str]] = frozenset()
    """Pages that commit by themselves, because they talk to others or do things one after the other."""

    def __init__(self, world: "World") -> None:
        self.world = world
        rules = [Rule(path, endpoint=name, methods=[method]) for method, path, name in self.rules]
        self._map = Map(rules, strict_slashes=False)
        loader = FileSystemLoader([self.templates, HERE / "templates"])
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._templates.filters.update(amount=amount, **self.filters)

    def respond(self, request: Request) -> Response:
        try:
            name, values = self._map.bind("sandbox").match(request.path, request.method)
        except (NotFound, MethodNotAllowed):
            return self.problem(404, "There is no such page.")
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
            return self.problem(403, "This form was sent from another site.")
        page: Callable[..., Response] = getattr(self, name)
        try:
            if name in self.piecewise:
                return page(request, **values)
            with self.world.db.transaction():
                return page(request, **values)
        except Problem as error:
            return self.problem(error.status, error.message)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        text = self._templates.get_template(template).render(**values)
        response = Response(text, status=status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def problem(self, status: int, message: str) -> Response:
        return self.render("problem.html", status, message=message, shop=None, done="")

    def page(self, request: Request, shop: Any, template: str, **values: Any) -> Response:
        """A page of a store, with the word on what a form before it did."""
        done = self.done.get(request.args.get("done", ""), "")
        return self.render(template, shop=shop, done=done, path=request.path, **values)
