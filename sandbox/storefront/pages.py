"""Storefront pages."""

from werkzeug.wrappers import Request, Response

from sandbox.world import World


class Storefront:
    def __init__(self, world: World) -> None:
        self.world = world

    def respond(self, request: Request) -> Response:
        return Response("not found", status=404)
