"""The list of all stores, and what every store's pages need: the style sheet, pictures of products."""

from werkzeug.wrappers import Request, Response

from sandbox.pages.frame import HERE, Pages
from sandbox.pages.pictures import product_png


class Index(Pages):
    rules = (
        ("GET", "/", "index"),
        ("GET", "/_static/product-<int:number>.png", "picture"),
        ("GET", "/_static/store.css", "stylesheet"),
    )

    def index(self, request: Request) -> Response:
        shops = [self.world.open(store, request.host_url) for store in self.world.names()]
        return self.render("index.html", shops=shops, shop=None, done="")

    def picture(self, request: Request, number: int) -> Response:
        response = Response(product_png(number), content_type="image/png")
        response.headers["Cache-Control"] = "max-age=86400"
        return response

    def stylesheet(self, request: Request) -> Response:
        return Response((HERE / "static" / "store.css").read_bytes(), content_type="text/css; charset=utf-8")
