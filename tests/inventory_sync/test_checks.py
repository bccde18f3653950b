"""The system checks refuse a configuration that would fail or lose work later."""

import pytest
from django.core import checks

from tests.settings import TEST_CREDENTIAL_KEY


def ids(*, deploy: bool = False) -> set[str]:
    return {message.id for message in checks.run_checks(include_deployment_checks=deploy) if message.id[:4] == "sync"}


@pytest.fixture
def cluster(settings):
    settings.Q_CLUSTER = {"workers": 2, "queue_limit": 4, "timeout": 300, "retry": 1500}
    return settings.Q_CLUSTER


def test_the_shipped_configuration_passes() -> None:
    assert ids() == set()


@pytest.mark.req("JOB-5")
@pytest.mark.parametrize(("retry", "found"), [(1201, set()), (1200, {"sync.E002"}), (60, {"sync.E002"})])
def test_retry_outlasts_all_jobs_in_front(cluster, retry, found) -> None:
    cluster["retry"] = retry  # 300 × (1 + ⌈5 ÷ 2⌉) = 1200

    assert ids() == found


def test_a_cluster_without_timeout_is_refused(cluster) -> None:
    cluster["timeout"] = None

    assert ids() == {"sync.E001"}


def test_a_connection_pool_is_refused(settings, monkeypatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"pool": True})

    assert "sync.E003" in ids()


def test_a_broken_credential_key_is_named_by_position_only(settings) -> None:
    settings.CREDENTIAL_KEYS = [TEST_CREDENTIAL_KEY, "not-a-key"]

    messages = [message for message in checks.run_checks() if message.id == "sync.E004"]

    assert [message.msg for message in messages] == [
        "CREDENTIAL_KEYS: key 2 is not a Fernet key (32 bytes in URL-safe base64)."
    ]


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_authorities_of_stores_that_cannot_be_read_are_refused_by_name(settings, tmp_path, content) -> None:
    path = tmp_path / "own.pem"
    if content is not None:
        path.write_text(content)
    settings.STORE_CA_BUNDLE = str(path)

    messages = [message for message in checks.run_checks() if message.id == "sync.E009"]

    assert len(messages) == 1
    assert messages[0].msg.startswith(f"STORE_CA_BUNDLE cannot be used: '{path}'")


@pytest.mark.parametrize(
    "url", ["", "inventory.example.com", "ftp://inventory.example.com", "https://", "http://a/?b=c"]
)
def test_a_public_url_that_is_no_address_is_refused(settings, url) -> None:
    settings.PUBLIC_URL = url

    assert ids() == {"sync.E005"}


def test_production_asks_for_more(settings) -> None:
    settings.DEBUG = True
    settings.SECRET_KEY = "short"
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.SANDBOX_URL = "http://127.0.0.1:9010"
    settings.ALLOWED_HOSTS = ["*"]

    assert ids() == set()
    assert ids(deploy=True) == {"sync.E006", "sync.E007", "sync.E008", "sync.W001", "sync.W002"}
