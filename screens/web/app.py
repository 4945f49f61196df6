"""The door of central: what desks ask it over HTTP, each request proven by its chain's key, each refusal said in Chinese."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from data.admission import Issued
from data.central import Central, Page
from data.entry import Placed, b64, unb64
from data.intake import SAYS
from data.keys import Caller, RefusedByCentral, verify_request

if TYPE_CHECKING:
    import uvicorn

MAX_BODY = 1 << 20
"""Bytes of a request; a desk sends at most 512 KiB of entries (sync.md §5.4)."""
MAX_ENTRIES = 200
MAX_PAGE = 500
MAX_WAIT = 25.0

Read = TypeVar("Read")


def make(central: Central) -> FastAPI:
    """The app before `central`: /v1/enrol, hello, push, pull, chains, health.

    Answers are JSON; refusals RFC 9457 `application/problem+json` with `code` and a Chinese `detail`.
    """
    app = FastAPI(title="central", openapi_url=None)

    def proven(request: Request, body: bytes) -> Caller:
        path, query = request.scope["raw_path"].decode("ascii"), request.scope["query_string"].decode("ascii")
        return verify_request(request.headers, request.method, path, query, body, central.now(), central.public)

    @app.exception_handler(RefusedByCentral)
    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedByCentral)
        return _problem(error.status, error.code, error.detail, error.facts)

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _problem(error.status_code, "BAD_REQUEST", "中心没有这个地址，请检查填写的中心地址或升级程序", {})

    @app.get("/v1/health")
    async def health() -> Response:
        await run_in_threadpool(central.alive)
        return _json({"server_time": int(central.now())})

    @app.post("/v1/enrol")
    async def enrol(request: Request) -> Response:
        body = await _body(request)

        def work() -> dict[str, Any]:
            asked = _read(
                body, lambda sent: (_text(sent["code"]), _key(sent["key"]), _text(sent["prefix"]), _text(sent["desk"]))
            )
            return _issued(central, central.enrol(*asked))

        return _json(await run_in_threadpool(work))

    @app.post("/v1/hello")
    async def hello(request: Request) -> Response:
        body = await _body(request)

        def work() -> dict[str, Any]:
            seq, feed, acked, cursor = _read(
                body, lambda sent: (int(sent["seq"]), str(sent["feed"]), int(sent["acked"]), int(sent["cursor"]))
            )
            certificate, signature = _read(body, lambda sent: (unb64(sent["certificate"]), str(sent["signature"])))

            def public(caller: Caller) -> str:
                try:
                    return central.public(caller)
                except RefusedByCentral as error:
                    if error.code != "CHAIN_UNKNOWN":
                        raise
                    central.readmit(caller, certificate, signature)
                    return central.public(caller)

            path = request.scope["raw_path"].decode("ascii")
            caller = verify_request(request.headers, "POST", path, "", body, central.now(), public)
            head, at, link = central.hello(caller, seq, feed, acked, cursor)
            return {"head": head, "at": at, "link": b64(link), "feed": feed, "server_time": int(central.now())}

        return _json(await run_in_threadpool(work))

    @app.post("/v1/push")
    async def push(request: Request) -> Response:
        body = await _body(request)

        def work() -> dict[str, Any]:
            caller = proven(request, body)
            before, placed, proof = _read(
                body, lambda sent: (unb64(sent["before"]), [*map(Placed.unwire, sent["entries"])], str(sent["proof"]))
            )
            if not 0 < len(placed) <= MAX_ENTRIES:
                raise _unread()
            ack = central.push(caller, before, placed, proof)
            aside = [{"seq": seq, "code": fault, "detail": SAYS[fault]} for seq, fault in ack.aside]
            return {"seq": ack.seq, "link": b64(ack.link), "cur": ack.cur, "signature": ack.signature, "aside": aside}

        return _json(await run_in_threadpool(work))

    @app.get("/v1/pull")
    async def pull(request: Request) -> Response:
        caller = await run_in_threadpool(proven, request, b"")
        feed, after, limit, skip, wait = _asked(request.query_params)
        clock = asyncio.get_running_loop().time
        until = clock() + wait
        while True:
            page = await run_in_threadpool(central.pull, caller, feed, after, limit, skip)
            left = until - clock()
            if page.rows or left <= 0 or await request.is_disconnected():
                return _json(_page(page))
            after = page.next
            await asyncio.sleep(min(1.0, left))

    @app.post("/v1/chains")
    async def chains(request: Request) -> Response:
        body = await _body(request)

        def work() -> dict[str, Any]:
            caller = proven(request, body)
            asked = _read(
                body,
                lambda sent: (int(sent["common"]), unb64(sent["link"]), _key(sent["key"]), int(sent["reissue"]) % (1 << 62)),
            )
            return _issued(central, central.go_on(caller, *asked))

        return _json(await run_in_threadpool(work))

    return app


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unread() -> RefusedByCentral:
    return RefusedByCentral("BAD_REQUEST", "中心读不懂这次请求，请升级程序后再试", 400)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise RefusedByCentral("PUSH_TOO_BIG", "一次同步的内容太大，请升级程序后再试", 413)
    return bytes(body)


def _read(body: bytes, shape: Callable[[Any], Read]) -> Read:
    """What a body says, read by `shape`. By hand: a model for each entry would halve what central takes (measures.md)."""
    try:
        return shape(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _unread() from error


def _text(said: Any) -> str:
    if not isinstance(said, str) or len(said) > 40 or not said.isprintable():
        raise ValueError("not a short text")
    return said


def _key(said: Any) -> str:
    if len(unb64(said)) != 32:
        raise ValueError("not a public key")
    return str(said)


def _asked(query: Mapping[str, str]) -> tuple[str, int, int, str, float]:
    try:
        after, limit, wait = int(query["after"]), int(query.get("limit", MAX_PAGE)), float(query.get("wait", 0))
    except (ValueError, KeyError) as error:
        raise _unread() from error
    skip = query.get("skip", "")
    if not 0 <= after < 1 << 62 or not 0 <= wait <= MAX_WAIT or not re.fullmatch(r"[0-9A-Za-z]{0,64}", skip):
        raise _unread()
    return query.get("feed", ""), after, max(1, min(limit, MAX_PAGE)), skip, wait


# ── answering ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _json(said: dict[str, Any], status: int = 200, media: str = "application/json") -> Response:
    return Response(json.dumps(said, ensure_ascii=False, separators=(",", ":")), status, media_type=media)


def _problem(status: int, code: str, detail: str, facts: dict[str, Any]) -> Response:
    said = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail} | facts
    answer = _json(said, status, "application/problem+json")
    if "retry_after" in facts:
        answer.headers["retry-after"] = str(facts["retry_after"])
    return answer


def _issued(central: Central, issued: Issued) -> dict[str, Any]:
    return {
        "certificate": b64(issued.certificate), "signature": issued.signature, "central": central.key().public,
        "estate": issued.estate, "feed": issued.feed, "cursor": issued.cursor, "server_time": int(central.now()),
    }  # fmt: skip


def _page(page: Page) -> dict[str, Any]:
    return {
        "rows": [one.wire() for one in page.rows],
        "certificates": [{"bytes": b64(stored), "signature": signature} for stored, signature in page.certificates],
        "next": page.next, "more": page.more,
    }  # fmt: skip


# ── serving ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def server(central: Central, host: str, port: int) -> "uvicorn.Server":
    """The server of `central`, not yet running; port 0 takes a free one."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            make(central), host, port, log_level="warning", access_log=False, ws="none", lifespan="off",
            server_header=False, timeout_keep_alive=30,
        )
    )  # fmt: skip


def serve(central: Central, host: str, port: int) -> None:
    """Make the tables where they are missing, then answer desks until the process is told to stop."""
    central.create()
    server(central, host, port).run()
