"""The real service on production settings: what uWSGI is told of a request's way counts only from the proxy."""

import http.client

from tests.service import Service

HOST = "diary.example.com"
SETTINGS = f'production = true\n[web]\naddress = "https://{HOST}"\n'
FORGED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Ssl": "on"}


def ask(service: Service, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        named["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("POST" if body else "GET", path, body or None, {"Host": HOST, **named})
    answer = connection.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_a_header_that_anybody_may_write_makes_no_tls_and_no_address(own_service):
    (own_service.var / "pdfjobs.toml").write_text(SETTINGS)
    own_service.start()

    for path in ("/login/", "/rq/", "/"):
        answer = ask(own_service, path, **FORGED)
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}{path}")
    assert ask(own_service, "/readyz").status == 200

    own_service.stop()
    trusting = SETTINGS + 'proxies = ["127.0.0.1"]\n'
    (own_service.var / "pdfjobs.toml").write_text(trusting)
    own_service.start()

    page = ask(own_service, "/login/", **FORGED)
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = page.headers["Set-Cookie"]
    assert "; Secure" in cookie
    assert ask(own_service, "/login/", X_Forwarded_For="203.0.113.9").status == 301
    _guess(own_service, page, chain="10.9.9.9, 198.51.100.7")
    line = (own_service.var / "logs" / "audit.log").read_text().splitlines()[-1]
    assert line.endswith('login.failed by="mara" address="198.51.100.7" how="password"')


def _guess(service: Service, page: http.client.HTTPResponse, chain: str) -> None:
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]  # type: ignore[attr-defined]
    answer = ask(
        service,
        "/login/",
        body=f"username=mara&password=wrong&csrfmiddlewaretoken={token}",
        Cookie=page.headers["Set-Cookie"].partition(";")[0],
        Origin=f"https://{HOST}",
        X_Forwarded_Proto="https",
        X_Forwarded_For=chain,
    )
    assert answer.status == 200, answer.text  # type: ignore[attr-defined]


def test_refused_settings_stop_the_service_with_their_words(own_service):
    (own_service.var / "pdfjobs.toml").write_text(f"debug = true\n{SETTINGS}")

    try:
        own_service.start()
    except AssertionError as ended:
        said = str(ended)
    else:
        raise AssertionError("it started")

    assert "production = true, and so this does not start:" in said
    assert "debug = true: a fault's page would show settings and data to anybody" in said
    assert "Traceback" not in said
