"""Variables of the environment that only BigCommerce has."""

from collections.abc import Mapping

import environ
from django.conf import settings


def variables(env: environ.Env) -> Mapping[str, str]:
    """Where its API lives, and our own app there, if there is one, which stores may install."""
    return {
        "BIGCOMMERCE_API_URL": env.str("BIGCOMMERCE_API_URL", default="https://api.bigcommerce.com").rstrip("/"),
        "BIGCOMMERCE_LOGIN_URL": env.str("BIGCOMMERCE_LOGIN_URL", default="https://login.bigcommerce.com").rstrip("/"),
        "BIGCOMMERCE_APP_CLIENT_ID": env.str("BIGCOMMERCE_APP_CLIENT_ID", default=""),
        "BIGCOMMERCE_APP_CLIENT_SECRET": env.str("BIGCOMMERCE_APP_CLIENT_SECRET", default=""),
    }


def for_sandbox(url: str) -> Mapping[str, str]:
    """The sandbox's own app is installed by its control panel."""
    return {
        "BIGCOMMERCE_API_URL": url,
        "BIGCOMMERCE_LOGIN_URL": url,
        "BIGCOMMERCE_APP_CLIENT_ID": "sandbox-app-client-id",
        "BIGCOMMERCE_APP_CLIENT_SECRET": "sandbox-app-client-secret-0123456789",
    }


def setting(name: str) -> str:
    """What a variable is now. The settings take variables of platforms over by name, so they are looked up by name."""
    return str(getattr(settings, name))
