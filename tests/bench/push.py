"""How fast central takes entries over HTTP, against a bare COPY of the same rows into the same database in the same run.

Run by hand: .venv/bin/python -m tests.bench.push
"""

import atexit
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from data import keys
from data.central import Central, embedded
from data.entry import Personal, Placed, b64
from data.keys import Caller
from tests.central_fixtures import Pen, fact

ROUNDS = 7
PIECE = 200
SERVE = (
    "import sys; from data.central import Central; from screens.web.app import serve; "
    "serve(Central(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
)
COPY = "COPY bare(estate, cur, chain, seq, link, id, bytes, fault) FROM STDIN"


def sealed(number: int) -> tuple[bytes, Personal]:
    """An entry as large as most are: ~370 bytes, with a personal part."""
    part = Personal.seal({"who": "张秀兰", "phone": "13812345678"})
    return fact(f"{number} 厨房下水管漏水，请下午三点以后来，先打电话", personal=part.commitment()), part


class Bench:
    """Desks, two to an estate, each with a connection of its own, and a table to copy the same rows into."""

    def __init__(self, central: Central, url: str, desks: int) -> None:
        self.url, self.central = url, central
        estates = [central.add_estate("量") for _ in range((desks + 1) // 2)]
        self.pens = [Pen(central, estates[desk // 2]) for desk in range(desks)]
        self.lines = [httpx.Client(base_url=url, verify=False, timeout=60) for _ in range(desks)]

    def batches(self, entries: int) -> list[list[Placed]]:
        """For each desk its next entries, written but not sent."""
        return [[pen.write(*sealed(number)) for number in range(entries)] for pen in self.pens]

    def push(self, links: list[bytes], batches: list[list[Placed]], desk: int) -> None:
        """What a desk does to have its entries acknowledged: sign, send in pieces, verify the acks."""
        pen, line, before, placed = self.pens[desk], self.lines[desk], links[desk], batches[desk]
        for start in range(0, len(placed), PIECE):
            piece = placed[start : start + PIECE]
            head = keys.head(pen.name, piece[-1].seq, piece[-1].link)
            sent: dict[str, Any] = {
                "before": b64(before),
                "entries": [one.wire() for one in piece],
                "proof": pen.key.sign(head),
            }
            request = line.build_request("POST", "/v1/push", json=sent)
            caller = Caller(pen.caller.estate, pen.name)
            request.headers.update(keys.sign_request(pen.key, caller, "POST", "/v1/push", "", request.content, time.time()))
            answer = line.send(request)
            answer.raise_for_status()
            assert keys.signed_by(self.central.key().public, answer.json()["signature"], head)
            before = piece[-1].link

    def copy(self, _: list[bytes], batches: list[list[Placed]], desk: int) -> None:
        """The limit: the same rows in the same pieces straight into a table with the same keys."""
        with self.central.work() as db, db.cursor() as cursor, cursor.copy(COPY) as copy:
            for one in batches[desk]:
                copy.write_row(("x", one.seq, one.chain, one.seq, one.link, one.link.hex(), one.stored, ""))

    def close(self) -> None:
        for line in self.lines:
            line.close()


def together(work: Callable[[int], None], desks: int) -> float:
    """Milliseconds until all desks are done."""
    threads = [threading.Thread(target=work, args=(desk,)) for desk in range(desks)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - began) * 1000


def measure(central: Central, url: str, desks: int, entries: int) -> str:
    """One line: milliseconds over HTTP and by COPY, interleaved, medians; and their ratio."""
    bench = Bench(central, url, desks)
    http: list[float] = []
    bare: list[float] = []
    again: list[float] = []
    for _ in range(ROUNDS + 1):
        before = [pen.link for pen in bench.pens]
        batches = bench.batches(entries)
        work = [(bench.push, http), (bench.push, again), (bench.copy, bare)]
        for act, times in work:
            times.append(together(partial(act, before, batches), desks))
    bench.close()
    took, limit, second = (statistics.median(times[1:]) for times in (http, bare, again))
    rate = desks * entries / took * 1000
    return (
        f"{desks} × {entries}: HTTP {took:7.1f} ms ({rate:7.0f}/s), the same again {second:7.1f} ms, COPY {limit:6.1f} ms; "
        f"{limit / took:.2f} of COPY, {took / limit:.1f} × as long"
    )


def _up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/health").is_success
    except httpx.TransportError:
        return False


def commit(central: Central) -> float:
    """Milliseconds of one durable commit."""
    times = []
    for number in range(50):
        began = time.perf_counter()
        with central.work() as db:
            db.execute("INSERT INTO bare VALUES('c', %s, 'c', %s, '', '', '', '')", (number, number))
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="desk-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    central = Central(embedded(folder / "pg"))
    central.create()
    with central.work() as db:
        db.execute(
            "CREATE TABLE bare(estate text, cur bigint, chain text, seq bigint, link bytea, id text, bytes bytea, "
            "fault text, PRIMARY KEY(estate, chain, seq))"
        )
        db.execute("CREATE UNIQUE INDEX bare_id ON bare(estate, chain, id, seq)")
    # A process of its own, as in life: clients and server would wait for one another inside one interpreter.
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    serving = subprocess.Popen([sys.executable, "-c", SERVE, central.url, str(port)])
    url = f"http://127.0.0.1:{port}"
    while not _up(url):
        time.sleep(0.1)
    durable = commit(central)
    one = measure(central, url, 1, 100)
    took = float(one.split("HTTP")[1].split("ms")[0])
    print(f"one durable commit: {durable:.2f} ms")
    print(f"{one}; {took / durable:.1f} commits")
    print(measure(central, url, 8, 500))
    serving.terminate()
    serving.wait()
    central.close()


if __name__ == "__main__":
    main()
