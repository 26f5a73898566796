import base64
import json
import sys
from urllib.parse import parse_qs

import pytest
import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import SecretStr
from werkzeug import Response

from qosreport import errors
from qosreport.deliver.oauth import TokenSource
from tests.mailserver import Authority, mail_server
from tests.unit.deliver.support import ANNA, DATE, message, now, outbox_in, settings, states


@pytest.fixture
def microsoft(httpserver):
    return settings(
        25,
        security="tls",
        auth="microsoft",
        user="robot@tamarack.example",
        tenant="tenant-1",
        client_id="app-1",
        client_secret=SecretStr("canary-secret"),
        token_url=httpserver.url_for("/token"),
    )


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def google(httpserver, key, tmp_path):
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    file = tmp_path / "key.json"
    account = {"client_email": "robot@project.iam.example", "private_key": pem}
    file.write_text(json.dumps(account), "utf-8")
    return settings(
        25,
        security="tls",
        auth="google",
        user="robot@tamarack.example",
        key_file=file,
        token_url=httpserver.url_for("/token"),
    )


def answer(httpserver, body, status=200):
    httpserver.expect_request("/token", method="POST").respond_with_json(body, status=status)


def form(httpserver):
    request = httpserver.log[0][0]
    return {name: value for name, (value,) in parse_qs(request.get_data(as_text=True)).items()}


def test_microsoft_is_asked_by_client_credentials(microsoft, httpserver):
    answer(httpserver, {"access_token": "a-token", "expires_in": 3599})
    assert TokenSource(microsoft, now).token() == "a-token"
    assert form(httpserver) == {
        "grant_type": "client_credentials",
        "client_id": "app-1",
        "client_secret": "canary-secret",
        "scope": "https://outlook.office365.com/.default",
    }


def test_google_is_asked_by_a_signed_assertion(google, httpserver, key):
    answer(httpserver, {"access_token": "a-token"})
    assert TokenSource(google, now).token() == "a-token"
    sent = form(httpserver)
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = (_decoded(part) for part in sent["assertion"].split("."))
    assert json.loads(head) == {"alg": "RS256", "typ": "JWT"}
    issued_s = int(DATE.timestamp())
    assert json.loads(claims) == {
        "iss": "robot@project.iam.example",
        "sub": "robot@tamarack.example",
        "scope": "https://mail.google.com/",
        "aud": google.token_url,
        "iat": issued_s,
        "exp": issued_s + 3600,
    }
    signed = sent["assertion"].rpartition(".")[0].encode()
    key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_without_xoauth2_nobody_is_asked():
    assert TokenSource(settings(25), now).token() is None


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {"error": "invalid_client"}, "gives no token .*invalid_client"),
        (400, {"error": "canary of mine"}, "gives no token .*HTTP 400"),
        (400, ["x"], "gives no token .*HTTP 400"),
        (503, {}, "cannot be asked for a token .*503"),
        (200, {"access_token": ""}, "gives no token .*HTTP 200"),
        (200, {"access_token": "a\r\nb"}, "gives no token .*HTTP 200"),
        (200, {"access_token": "a\x01b"}, "gives no token .*HTTP 200"),
    ],
)
def test_an_answer_without_a_token_is_told_without_its_words(
    microsoft, httpserver, status, body, told
):
    answer(httpserver, body, status)
    with pytest.raises(errors.NotDelivered, match=told) as caught:
        TokenSource(microsoft, now).token()
    assert "canary" not in str(caught.value)


def test_a_redirection_is_not_followed(microsoft, httpserver):
    elsewhere = httpserver.url_for("/elsewhere")
    httpserver.expect_request("/token").respond_with_response(
        Response(status=307, headers={"Location": elsewhere})
    )
    with pytest.raises(errors.MailTokenRefused, match="HTTP 307"):
        TokenSource(microsoft, now).token()
    assert [request.path for request, _ in httpserver.log] == ["/token"]


def test_a_token_endpoint_that_is_not_there_is_unavailable(microsoft, httpserver):
    gone = microsoft.model_copy(update={"token_url": "http://127.0.0.1:1/token"})
    with pytest.raises(errors.MailTokenUnavailable, match="127"):
        TokenSource(gone, now).token()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"client_email": "a", "private_key": "no key"}', None]
)
def test_a_key_that_is_none_is_a_setting_to_correct(google, tmp_path, text):
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(errors.BadSetting, match=r"mail\.key_file"):
        TokenSource(google.model_copy(update={"key_file": file}), now).token()


def test_a_key_of_another_kind_is_a_setting_to_correct(google, tmp_path):
    file = tmp_path / "ec.json"
    pem = trustme.CA().private_key_pem.bytes().decode()
    file.write_text(json.dumps({"client_email": "a", "private_key": pem}), "utf-8")
    with pytest.raises(errors.BadSetting, match="RSA"):
        TokenSource(google.model_copy(update={"key_file": file}), now).token()


def test_without_its_package_google_says_which_is_missing(google, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    with pytest.raises(errors.MissingPackage, match=r"qosreport\[google\]"):
        TokenSource(google, now).token()


def test_a_message_goes_with_a_token_asked_for_just_now(microsoft, httpserver, tmp_path):
    answer(httpserver, {"access_token": "canary-mail-token"})
    authority = Authority()
    with (
        outbox_in(tmp_path, ANNA) as outbox,
        mail_server(tls_context=authority.context(), auth_required=True) as (inbox, port),
    ):
        from qosreport.deliver.mail import deliver

        chosen = microsoft.model_copy(
            update={"port": port, "security": "starttls", "ca_file": authority.file(tmp_path)}
        )
        assert deliver(outbox, chosen, now).failure is None
        assert states(outbox) == {ANNA: "sent"}
    assert inbox.taken == [(ANNA, message(ANNA).full)]
