"""Several who ask for pages again and again: some with a connection for each request, some with one for all."""

import http.client
import re
import ssl
import threading
import time
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple, Self

from container import Container
from visits import ADMINISTRATOR, PASSWORD

from tests.service import wait_for

SIGNED = ("/login/", "/")
PATHS = (*SIGNED, "/readyz", "/static/pdfjobs/base.css")
SIGN = re.compile(rb"<!-- release (\S+) -->")
PAUSE_S = 0.05
PATIENCE_S = 120.0


class Seen(NamedTuple):
    """One request: who asked for what, and what came; a status, or the fault in words."""

    who: int
    path: str
    came: object
    release: str
    took_s: float


class Crowd:
    """Asks from `with` to its end."""

    def __init__(self, host: Container, tls: ssl.SSLContext, size: int = 6) -> None:
        self._port, self._tls = host.ports["HTTPS"], tls
        self._over = threading.Event()
        self._cookie = self._log_in()
        self.seen: list[Seen] = []
        self._threads = [threading.Thread(target=self._ask_on, args=(n,)) for n in range(size)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self) -> None:
        """Until each has got every page once more."""
        count = len(self.seen)
        more = len(self._threads) * len(PATHS)
        wait_for(lambda: len(self.seen) > count + more, "answers", PATIENCE_S)

    @property
    def dropped(self) -> list[Seen]:
        return [each for each in self.seen if each.came != 200]

    def releases(self, who: int) -> list[str]:
        """Those whose pages one of them got, in their order; "" is one without a sign."""
        met = [each.release for each in self.seen if each.who == who and each.path in SIGNED]
        return [name for name, _ in groupby(met)]

    @property
    def everybody(self) -> range:
        return range(len(self._threads))

    @property
    def longest_s(self) -> float:
        return max(each.took_s for each in self.seen)

    def _ask_on(self, who: int) -> None:
        connection = self._connected()
        turn = who
        while not self._over.wait(PAUSE_S):
            path, turn = PATHS[turn % len(PATHS)], turn + 1
            began = time.monotonic()
            came: object
            body = b""
            try:
                # Who is logged in is sent on from the page to log in.
                cookie = {} if path == "/login/" else {"Cookie": self._cookie}
                connection.request("GET", path, headers=cookie)
                with connection.getresponse() as answer:
                    came, body = answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                came = repr(error)
                connection.close()
            found = SIGN.search(body)
            release = found[1].decode() if found else ""
            self.seen.append(Seen(who, path, came, release, time.monotonic() - began))
            if who % 2:
                connection.close()  # opened anew by the next request
        connection.close()

    def _connected(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "localhost", self._port, timeout=PATIENCE_S, context=self._tls
        )

    def _log_in(self) -> str:
        """A session, as a browser gets it."""
        connection = self._connected()
        connection.request("GET", "/login/")
        page = connection.getresponse()
        cookie = _cookies(page)
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.read())
        assert token
        body = (
            f"username={ADMINISTRATOR}&password={PASSWORD}&csrfmiddlewaretoken={token[1].decode()}"
        )
        connection.request(
            "POST",
            "/login/",
            body,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": cookie,
                "Referer": f"https://localhost:{self._port}/login/",
            },
        )
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 302, answer.status
        with suppress(OSError):
            connection.close()
        return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or ())
