"""The product's settings with the environment of a test: nothing of a developer's `.env` or database leaks in.

SQLite by default; DATABASE_URL=postgres://… runs the same tests there (tests/private_postgres.py starts one).
"""

import os
import tempfile
from pathlib import Path

TEST_CREDENTIAL_KEY = "dGVzdC1vbmx5LWtleS1uZXZlci1mb3ItYS1zdG9yZSE="

os.environ.update(
    {
        "DEBUG": "False",
        "SECRET_KEY": "test-only-secret-key-with-fifty-characters-or-more-0123456789",
        "CREDENTIAL_KEYS": TEST_CREDENTIAL_KEY,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "PUBLIC_URL": "http://localhost:8000",
        "BIGCOMMERCE_API_URL": "http://127.0.0.1:9010",
        "SANDBOX_URL": "",
        "PRIVATE_ADDRESSES_ALLOWED": "127.0.0.0/8",
        "PLAIN_STATIC": "True",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "WARNING",
        "CONN_MAX_AGE": "0",
        "DATABASE_URL": os.environ.get("DATABASE_URL", "sqlite://:memory:"),
    }
)

from inventory_sync.settings import *  # noqa: E402, F403
from inventory_sync.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# SQLite in a file in memory: unlike SQLite's own ":memory:" it locks between connections as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(folder / f"inventory-tests-{os.getpid()}.sqlite3")
# Several suites may run side by side on one PostgreSQL server.
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_{DATABASES['default']['NAME']}_{os.getpid()}"

# Static files are read where they lie; there is no collected folder that could be scanned at the start.
WHITENOISE_AUTOREFRESH = True
