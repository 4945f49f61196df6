"""The line to central: one HTTPS connection, each request proven by a chain's key, each failure said in Chinese."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from data import keys
from data.keys import Caller, RefusedByCentral

if TYPE_CHECKING:
    import httpx


HERE = ("127.0.0.1", "localhost", "::1")
"""The only hosts spoken to without TLS: names and telephone numbers do not go over a network in clear."""


class Offline(Exception):
    """Central cannot be reached; the text says in Chinese why. The desk works on, and it is tried again."""


@contextmanager
def readable() -> Iterator[None]:
    """Reading what central said. Raises RefusedByCentral (BAD_ANSWER) where this version cannot."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedByCentral("BAD_ANSWER", "中心的回应读不懂，请升级程序；业务照常办理，稍后自动重试", 422) from error


class Line:
    """The connection to central at `server`. `now` is this PC's clock in unix seconds, `ahead` what it is ahead by."""

    def __init__(self, server: str, now: Callable[[], float] = time) -> None:
        self.server, self.now, self.ahead = server.rstrip("/"), now, 0
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Hang up."""
        if self._client:
            self._client.close()
            self._client = None

    def ask(self, method: str, path: str, sent: dict[str, Any], signer: tuple[keys.Key, Caller] | None) -> dict[str, Any]:
        """Central's answer to `sent`: the query of a GET, the JSON body of a POST, proven by `signer`.

        A clock that is off is corrected once, for the proof alone. Raises Offline, RefusedByCentral.
        """
        try:
            return self._ask(method, path, sent, signer)
        except RefusedByCentral as error:
            if error.code != "CLOCK_SKEW":
                raise
            self.ahead = int(self.now()) - int(error.facts["server_time"])
            return self._ask(method, path, sent, signer)

    def _ask(self, method: str, path: str, sent: dict[str, Any], signer: tuple[keys.Key, Caller] | None) -> dict[str, Any]:
        import httpx

        if self._client is None:
            place = urlsplit(self.server)
            if place.scheme != "https" and not (place.scheme == "http" and place.hostname in HERE):
                raise RefusedByCentral("BAD_SERVER", "中心地址要以 https:// 开头，请在 desk.toml 里改正", 400)
            # Loading the authorities takes 30 ms, for nothing where there is no TLS.
            self._client = httpx.Client(timeout=httpx.Timeout(30, connect=3), verify=place.scheme == "https")
        query = urlencode(sent) if method == "GET" else ""
        body = b"" if method == "GET" else json.dumps(sent).encode()
        headers = {"content-type": "application/json"}
        if signer:
            headers |= keys.sign_request(*signer, method, path, query, body, self.now() - self.ahead)
        try:
            answer = self._client.request(
                method, f"{self.server}{path}{'?' if query else ''}{query}", content=body, headers=headers
            )
        except httpx.TimeoutException as error:
            raise Offline("中心没有回应，稍后自动重试") from error
        except httpx.TransportError as error:
            raise Offline("连不上中心，请检查网络；业务照常办理，恢复后自动同步") from error
        except httpx.InvalidURL as error:
            raise RefusedByCentral("BAD_SERVER", "中心地址写得不对，请在 desk.toml 里改正", 400) from error
        return _said(answer)


def _said(answer: "httpx.Response") -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if answer.is_success and isinstance(said, dict):
        return said
    if isinstance(said, dict) and {"code", "detail"} <= said.keys():
        facts = {name: value for name, value in said.items() if name not in ("code", "detail", "status", "title")}
        raise RefusedByCentral(str(said["code"]), str(said["detail"]), answer.status_code, **facts)
    raise Offline(f"中心的回应不对（HTTP {answer.status_code}），稍后自动重试，一直如此请联系管理员")
