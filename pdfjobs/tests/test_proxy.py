"""Who asks, and whether by TLS: of the proxies' word and of nobody else's."""

import pytest

from pdfjobs import proxy


def told(environ, proxies=("unix", "192.0.2.1", "2001:db8::/32")):
    """What the application is told of REMOTE_ADDR and scheme, and which headers it sees."""
    seen = {}

    def application(environ, _):
        seen.update(environ)
        return []

    proxy.behind(application, proxies)({"wsgi.url_scheme": "gopher", **environ}, None)
    headers = {name for name in seen if name.startswith("HTTP_")}
    return seen.get("REMOTE_ADDR"), seen["wsgi.url_scheme"], headers


def said(here, path="", scheme=""):
    return {"REMOTE_ADDR": here, proxy.FOR: path, proxy.PROTO: scheme}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        # of the proxy, by its address, a network, or the socket file
        (said("192.0.2.1", "198.51.100.7", "https"), ("198.51.100.7", "https")),
        (said("2001:db8::5", "2001:dead::1", "https"), ("2001:dead::1", "https")),
        (said("", "198.51.100.7", "https"), ("198.51.100.7", "https")),
        (said("", "198.51.100.7", "http"), ("198.51.100.7", "http")),
        (said("0.0.0.0", "198.51.100.7", "https"), ("198.51.100.7", "https")),
        # what the browser made up stands before what the proxy wrote
        (said("", "10.0.0.1, 198.51.100.7", "https"), ("198.51.100.7", "https")),
        (said("", "10.0.0.1, 198.51.100.7, 192.0.2.1", "https"), ("198.51.100.7", "https")),
        (said("192.0.2.1", "nonsense", "https"), ("192.0.2.1", "https")),
        (said("192.0.2.1", "", "javascript"), ("192.0.2.1", "http")),
        # of anybody else
        (said("203.0.113.9", "198.51.100.7", "https"), ("203.0.113.9", "http")),
        (said("not-an-address", "198.51.100.7", "https"), ("not-an-address", "http")),
        # uWSGI's own protocol says both itself
        ({"REMOTE_ADDR": "203.0.113.9", "HTTPS": "on"}, ("203.0.113.9", "https")),
    ],
)
def test_who_asks_and_how(environ, expected):
    assert told(environ) == (*expected, set())


def test_without_the_socket_among_the_proxies_it_is_not_believed():
    assert told(said("", "198.51.100.7", "https"), proxies=["192.0.2.1"]) == ("", "http", set())


def test_the_other_headers_of_the_kind_reach_nobody():
    headers = dict.fromkeys(proxy.OTHERS, "evil") | {"HTTP_HOST": "diary.example.com"}

    assert told({"REMOTE_ADDR": "192.0.2.1", **headers})[2] == {"HTTP_HOST"}
