"""``/wc-auth/v1``: sign in, agree, and the keys are on their way."""

import hashlib
from html import escape

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.pages.frame import Pages
from sandbox.problems import Problem
from sandbox.woocommerce.auth.granting import drop_key, make_key, send_key
from sandbox.woocommerce.auth.requests import SCOPES, Denied, Wish, wish_of
from sandbox.woocommerce.sites import Site

STORE = "/woo/<store>"
BASE = f"{STORE}/wc-auth/v1"
USER, PASSWORD = "admin", "sandbox-staff"
COOKIE = "wordpress_logged_in"
DENIED = (
    '<!DOCTYPE html> <html lang="en-US"> <head> <title>Access denied</title> </head> '
    '<body id="error-page"> <div class="wp-die-message">Error: {}</div></body> </html>'
)
RULES = (
    ("GET", f"{BASE}/authorize", "authorize"),
    ("GET", f"{BASE}/login", "login"),
    ("POST", f"{BASE}/login", "sign_in"),
    ("GET", f"{BASE}/access_granted", "access_granted"),
    ("GET", f"{STORE}/wp-login.php", "sign_out"),
)


def denied(message: str) -> Response:
    return Response(DENIED.format(escape(message)), status=401, content_type="text/html; charset=UTF-8")


def token(site: Site, purpose: str) -> str:
    """Proof that this store made it: the cookie's value, and what a link to grant a key carries."""
    return hashlib.sha256(f"{site.name}-{site.settings['store_id']}-{purpose}".encode()).hexdigest()[:40]


class AuthPages(Pages):
    """Mixed into the storefront; ``site_of`` finds the store that an address names."""

    def site_of(self, request: Request, store: str) -> Site:
        site = self.world.open(store, request.host_url)
        if not isinstance(site, Site):
            raise Problem(404, f"There is no store {store}.")
        return site

    def authorize(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        try:
            wish = wish_of(request.args)
        except Denied as error:
            return denied(str(error))
        if not signed_in(site, request):
            return redirect(f"{site.url}/wc-auth/v1/login/?{wish.query()}", 302)
        agree = f"{site.url}/wc-auth/v1/access_granted/?{wish.query(blanks_as_plus=True)}"
        return self.page(
            request,
            site,
            "consent.html",
            wish=wish,
            access=SCOPES[wish.scope],
            user=USER,
            approve=f"{agree}&wc_auth_nonce={nonce(site, wish)}",
            logout=f"{site.url}/wp-login.php?action=logout&{wish.query(blanks_as_plus=True)}",
        )

    def login(self, request: Request, store: str) -> Response:
        return self._login_page(request, self.site_of(request, store), "")

    def _login_page(self, request: Request, site: Site, problem: str) -> Response:
        try:
            wish = wish_of(request.args)
        except Denied as error:
            return denied(str(error))
        return self.page(request, site, "login.html", wish=wish, user=USER, password=PASSWORD, problem=problem)

    def sign_in(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        given = (request.form.get("username", "").strip(), request.form.get("password", ""))
        if given != (USER, PASSWORD):
            return self._login_page(request, site, "The username or the password is not right.")
        try:
            wish = wish_of(request.args)
        except Denied as error:
            return denied(str(error))
        response = redirect(f"{site.url}/wc-auth/v1/authorize/?{wish.query(blanks_as_plus=True)}", 302)
        response.set_cookie(COOKIE, token(site, COOKIE), path=site.home, httponly=True, samesite="Lax")
        return response

    def sign_out(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        response = redirect(f"{site.url}/wc-auth/v1/login/?{request.query_string.decode()}", 302)
        response.delete_cookie(COOKIE, path=site.home)
        return response

    def access_granted(self, request: Request, store: str) -> Response:
        """Insert the key, send it, and take it back when the application did not take it."""
        with self.world.db.transaction():
            site = self.site_of(request, store)
            try:
                wish = wish_of(request.args)
                if not signed_in(site, request) or request.args.get("wc_auth_nonce") != nonce(site, wish):
                    raise Denied("You don't have permissions to access this page!")
            except Denied as error:
                return denied(str(error))
            entry = make_key(site, wish.scope, f"{wish.app_name} - API ({site.local(site.now)})")
        try:
            send_key(site, wish, entry)
        except Denied as error:
            with self.world.db.transaction():
                drop_key(self.site_of(request, store), entry["consumer_key"])
            return denied(str(error))
        return redirect(wish.back(success=True), 302)


def signed_in(site: Site, request: Request) -> bool:
    return request.cookies.get(COOKIE) == token(site, COOKIE)


def nonce(site: Site, wish: Wish) -> str:
    return token(site, wish.query())[:10]
