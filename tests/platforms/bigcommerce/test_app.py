"""Our app in the control panel: what its callbacks are believed."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import responses

from channels.errors import MalformedResponse, RemoteRejected, SignatureInvalid, TryLater
from channels.platforms.bigcommerce.connect import app_connection_from_form, app_sandbox_values, spec
from channels.platforms.bigcommerce.store import Store
from channels.ports import AppInstalled, AppOpened, AppRemoved, AppUserRemoved, StepCall, StepNews

CLIENT_ID = "U8RphZeDjQc4kLVSzNjePo0CMjq7yOg"
SECRET = "5e" * 32
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKEN_URL = "https://login.bigcommerce.com/oauth2/token"
CONTEXT = "stores/g5cd38"
ALL_SCOPES = (
    "store_v2_default store_v2_products store_inventory store_v2_orders store_locations_read_only "
    "store_v2_transactions_read_only store_v2_customers store_v2_information_read_only"
)


@pytest.fixture(autouse=True)
def _app(settings: Any) -> None:
    settings.BIGCOMMERCE_APP_CLIENT_ID = CLIENT_ID
    settings.BIGCOMMERCE_APP_CLIENT_SECRET = SECRET
    settings.BIGCOMMERCE_LOGIN_URL = "https://login.bigcommerce.com"
    settings.BIGCOMMERCE_API_URL = "https://api.bigcommerce.com"
    settings.PUBLIC_URL = "https://inventory.example.com"


def claims(**changes: Any) -> dict[str, Any]:
    stamp = int(NOW.timestamp())
    plain = {
        "aud": CLIENT_ID,
        "iss": "bc",
        "iat": stamp,
        "nbf": stamp - 5,
        "exp": stamp + 86400,
        "jti": "c5f0bcf5-a504-4ae6-8dcc-0e40eaa5a070",
        "sub": "stores/z4zn3wo",
        "user": {"id": 9876543, "email": "user@example.com", "locale": "en-US"},
        "owner": {"id": 7654321, "email": "owner@example.com"},
        "url": "/",
        "channel_id": None,
    }
    return {name: value for name, value in {**plain, **changes}.items() if value != "absent"}


def signed(body: Mapping[str, Any], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(dict(body), key, algorithm=algorithm)


def call(now: datetime = NOW, **query: str) -> StepCall:
    return StepCall(query=query, headers={}, body=b"", now=now)


# -- opened, removed


@pytest.mark.parametrize(
    ("step", "news"),
    [
        ("load", AppOpened(identity="z4zn3wo")),
        ("uninstall", AppRemoved(identity="z4zn3wo", issued_at=NOW.replace(microsecond=0))),
        ("remove-user", AppUserRemoved(identity="z4zn3wo")),
    ],
)
@pytest.mark.req("CON-8")
@pytest.mark.req("CON-10")
def test_a_signed_payload_names_its_store(step: str, news: StepNews) -> None:
    assert spec.steps[step].method == "GET"
    assert spec.steps[step].audience == "panel"
    assert spec.steps[step].read(call(signed_payload_jwt=signed(claims()))) == news


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.req("CON-8")
def test_the_published_payload_is_read(settings: Any, shared_dir: Path) -> None:
    settings.BIGCOMMERCE_APP_CLIENT_SECRET = "example-client-secret"
    samples = shared_dir / "platforms/bigcommerce/samples"
    published = json.loads((samples / "signed_payload_jwt_claims.json").read_text())
    token = (samples / "signed_payload_jwt.txt").read_text().strip()
    then = datetime.fromtimestamp(published["iat"], UTC)
    read = spec.steps["load"].read
    assert read(call(then, signed_payload_jwt=token)) == AppOpened(identity="z4zn3wo")
    with pytest.raises(SignatureInvalid, match="too old"):
        read(call(NOW, signed_payload_jwt=token))
    settings.BIGCOMMERCE_APP_CLIENT_SECRET = SECRET
    with pytest.raises(SignatureInvalid):
        read(call(then, signed_payload_jwt=token))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        signed(claims(), key="f0" * 32),
        signed(claims(), algorithm="HS512"),
        jwt.encode(claims(), "", algorithm="none"),
        signed(claims(aud="another-app")),
        signed(claims(aud=[CLIENT_ID])),
        signed(claims(iss="someone")),
        signed(claims(sub="absent")),
        signed(claims(exp="absent")),
        signed(claims(nbf="absent")),
        signed(claims(exp=int((NOW - timedelta(seconds=31)).timestamp()))),
        signed(claims(nbf=int((NOW + timedelta(seconds=31)).timestamp()))),
        signed(claims(exp=10.5)),
        signed(claims(exp=True)),
        signed(claims()) + "x",
    ],
)
@pytest.mark.req("CON-8")
def test_everything_else_is_refused(token: str) -> None:
    for step in ("load", "uninstall", "remove-user"):
        with pytest.raises(SignatureInvalid) as caught:
            spec.steps[step].read(call(signed_payload_jwt=token))
        assert SECRET not in f"{caught.value.message} {caught.value.detail}"


@pytest.mark.parametrize("seconds", [-30, 30])
def test_clocks_may_differ_a_little(seconds: int) -> None:
    late = signed(claims(exp=int(NOW.timestamp()) - min(0, -seconds), nbf=int(NOW.timestamp()) + max(0, seconds)))
    assert spec.steps["load"].read(call(NOW, signed_payload_jwt=late)) == AppOpened(identity="z4zn3wo")


@pytest.mark.parametrize("sub", ["stores/", "z4zn3wo", "stores/../x", "stores/z4zn3wo/v3", "users/1"])
def test_a_payload_about_no_store_is_refused(sub: str) -> None:
    with pytest.raises(MalformedResponse):
        spec.steps["load"].read(call(signed_payload_jwt=signed(claims(sub=sub))))


def test_the_store_is_taken_from_the_signed_part_only() -> None:
    query = {"signed_payload_jwt": signed(claims()), "store": "evil", "context": "stores/evil"}
    assert spec.steps["uninstall"].read(call(**query)).identity == "z4zn3wo"


# -- install


@pytest.fixture
def login() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock, pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.platforms.addresses.AddressGuard.check_plain", lambda *_: None)
        yield mock


def answer(**changes: Any) -> dict[str, Any]:
    """As published, with all scopes."""
    plain = {
        "access_token": "xxxxalphanumstringxxxx",
        "scope": ALL_SCOPES,
        "user": {"id": 24654, "username": "merchant@example.com", "email": "merchant@example.com"},
        "owner": {"id": 12345, "username": "owner@example.com", "email": "owner@example.com"},
        "context": CONTEXT,
        "account_uuid": "12345678-90ab-cdef-1234-567890abcdef",
    }
    return {**plain, **changes}


def install(**changes: str) -> Any:
    query = {
        "code": "one-time-code",
        "scope": ALL_SCOPES,
        "context": CONTEXT,
        "account_uuid": "12345678-90ab-cdef-1234-567890abcdef",
        **changes,
    }
    return spec.steps["install"].read(call(**{name: value for name, value in query.items() if value}))


@pytest.mark.req("CON-8")
def test_the_code_becomes_the_stores_token(login: responses.RequestsMock) -> None:
    login.post(TOKEN_URL, json=answer())
    found = install()
    assert found == AppInstalled(
        identity="g5cd38", secrets={"access_token": "xxxxalphanumstringxxxx", "client_id": CLIENT_ID}
    )
    assert "xxxxalphanumstringxxxx" not in repr(found)
    assert json.loads(login.calls[0].request.body) == {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "code": "one-time-code",
        "context": CONTEXT,
        "scope": ALL_SCOPES,
        "grant_type": "authorization_code",
        "redirect_uri": "https://inventory.example.com/connect/bigcommerce/install/",
    }


@pytest.mark.parametrize("missing", ["code", "scope", "context"])
def test_half_an_installation_asks_nobody(login: responses.RequestsMock, missing: str) -> None:
    with pytest.raises(RemoteRejected):
        install(**{missing: ""})
    assert len(login.calls) == 0


@pytest.mark.req("CON-8")
@pytest.mark.parametrize(
    "changes", [{"context": "stores/another"}, {"account_uuid": "another"}, {"context": "users/1"}, {"context": None}]
)
def test_a_token_for_another_store_is_refused(login: responses.RequestsMock, changes: dict[str, Any]) -> None:
    login.post(TOKEN_URL, json=answer(**changes))
    with pytest.raises(RemoteRejected) as caught:
        install()
    assert "xxxxalphanumstringxxxx" not in f"{caught.value.message} {caught.value.detail}"


@pytest.mark.req("CON-8")
def test_a_missing_permission_of_the_app_is_named(login: responses.RequestsMock) -> None:
    login.post(TOKEN_URL, json=answer(scope="store_v2_products store_v2_orders_read_only store_v2_information"))
    with pytest.raises(RemoteRejected, match="Store inventory: modify, Orders: modify, Store locations") as caught:
        install()
    assert "Products" not in caught.value.message


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_used_up_code_says_what_to_do(login: responses.RequestsMock, status: int) -> None:
    login.post(TOKEN_URL, status=status, json={"error": "invalid_grant"})
    with pytest.raises(RemoteRejected, match="Open the app again"):
        install()
    assert len(login.calls) == 1


def test_a_login_server_that_is_down_is_not_asked_twice(login: responses.RequestsMock) -> None:
    login.post(TOKEN_URL, status=503)
    with pytest.raises(TryLater):
        install()
    assert len(login.calls) == 1


def test_an_answer_without_token_is_unreadable(login: responses.RequestsMock) -> None:
    login.post(TOKEN_URL, json=answer(access_token=""))
    with pytest.raises(MalformedResponse):
        install()


# -- the way


@pytest.mark.req("CON-8")
def test_the_way_is_there_once_the_app_is_set_up(settings: Any) -> None:
    assert [way.slug for way in spec.ready_ways] == ["keys", "app"]
    assert spec.way("app").is_app
    settings.BIGCOMMERCE_APP_CLIENT_SECRET = ""
    assert [way.slug for way in spec.ready_ways] == ["keys"]
    for step in spec.steps.values():
        with pytest.raises(RemoteRejected, match="No BigCommerce app"):
            step.read(call(signed_payload_jwt=signed(claims()), code="c", scope="s", context=CONTEXT))


@pytest.mark.req("CON-7")
@pytest.mark.req("CON-8")
def test_the_form_only_names_the_store(settings: Any) -> None:
    found = app_connection_from_form({"store": "https://store-abc123.mybigcommerce.com/manage"})
    assert (found.identity, found.api_url) == ("abc123", "https://api.bigcommerce.com/stores/abc123")
    assert list(found.secrets) == ["webhook_secret"]
    for wrong in ("", "https://shop.example.com"):
        with pytest.raises(RemoteRejected) as caught:
            app_connection_from_form({"store": wrong})
        assert list(caught.value.fields) == ["store"]
    assert app_sandbox_values() == ()
    settings.SANDBOX_URL = "http://127.0.0.1:9010"
    assert {frozenset(values) for values in app_sandbox_values()} == {frozenset({"store"})}


def test_notices_of_an_installed_app_are_checked_with_the_apps_secret() -> None:
    found = app_connection_from_form({"store": "abc123"})
    secrets = {**found.secrets, "access_token": "t" * 20, "client_id": CLIENT_ID}
    store = Store(type(found)(identity="abc123", api_url=found.api_url, secrets=secrets))
    assert store.webhooks._client_secret == SECRET  # type: ignore[attr-defined]


def test_the_control_panel_may_frame_the_steps() -> None:
    assert "https://*.mybigcommerce.com" in spec.frame_ancestors
    assert all(entry.startswith("https://") for entry in spec.frame_ancestors)
