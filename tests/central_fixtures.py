"""What the tests of the exchange share: a real PostgreSQL, a real HTTP server that can be cut, and desks of a tiny trade."""

import atexit
import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from data import journal, keys
from data.central import Central, embedded
from data.entry import Personal, Placed, canonical, genesis, link_after, new_id
from data.file import raw
from data.keys import Caller, Key
from data.records import Actor, Event, PersonalText, Record, columns
from data.store import Store
from data.sync import Exchange, Report, enrol
from screens.web.app import server

CLERK = Actor("u1", "王芳", "clerk")


class Opened(Event):
    kind = "box.opened"
    opens = True
    series = "record"
    roles = frozenset({"clerk"})
    label: str
    who: PersonalText = ""


class Noted(Event):
    kind = "box.noted"
    roles = frozenset({"clerk"})
    text: str


class Box(Record, table=True):
    kinds: ClassVar[Mapping[str, type[Event]]] = {Opened.kind: Opened, Noted.kind: Noted}
    label: str = ""
    who: str = ""
    notes: str = ""

    def apply(self, event: Event, entry: Any) -> None:
        if isinstance(event, Opened):
            self.label, self.who = event.label, event.who
        elif isinstance(event, Noted):
            self.notes += f"{event.text};"


class Served:
    """Central behind HTTP on a port of its own; `stop` and `start` are the network going and coming back."""

    def __init__(self, central: Central) -> None:
        self.central, self.port = central, 0
        self.start()

    def start(self) -> None:
        # Named TCP, or asyncio leaves Nagle's algorithm on and every answer takes 40 ms.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)  # so that a desk may come before the server's thread is up
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = server(self.central, "127.0.0.1", self.port)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listening]}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


class Torn:
    """A network that carries a request to central and, while `cut` names its path, drops the answer."""

    def __init__(self, port: int) -> None:
        self.to, self.cut, self.dropped = port, b"", 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self.to)) as far:
            while request := self._message(near):
                far.sendall(request)
                answer = self._message(far)
                if self.cut and request.split(b"\r\n", 1)[0].split()[1].startswith(self.cut):
                    self.dropped += 1
                    return
                near.sendall(answer)

    @staticmethod
    def _message(end: socket.socket) -> bytes:
        """One whole HTTP message by its content-length; b"" when the other end hung up."""
        got = b""
        while b"\r\n\r\n" not in got:
            piece = end.recv(65536)
            if not piece:
                return b""
            got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        wanted = int(lengths[0]) if lengths else 0
        while len(body) < wanted:
            body += end.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()


class Desk:
    """A desk: its folder with database and keys, its store, its exchange."""

    def __init__(self, home: Path, url: str, prefix: str = "A", made: bool = False) -> None:
        self.home, self.url = home, url
        self.store = Store(home / "desk.db", [Box])
        if made:
            self.store.open()
        else:
            self.store.create(keys.own_certificate(home, "前台", prefix))
        self.exchange = Exchange(self.store, home, url)

    def enrol(self, central: Central, estate: str) -> "Desk":
        enrol(self.store, self.home, self.url, central.new_code(estate), "前台")
        return self

    def open(self, label: str, who: str = "") -> str:
        return self.store.act(Opened(label=label, who=who), CLERK).record.id

    def note(self, subject: str, text: str) -> None:
        self.store.act(Noted(text=text), CLERK, subject)

    def round(self) -> Report:
        return self.exchange.round()

    def chain(self) -> journal.Chain:
        with self.store.read() as session:
            return journal.active(raw(session.connection()))

    def chains(self) -> list[journal.Chain]:
        with self.store.read() as session:
            return journal.chains(raw(session.connection()))

    def ids(self) -> set[str]:
        return {row[0] for row in self.rows("SELECT id FROM entry")}

    def rows(self, sql: str) -> list[Any]:
        with self.store.read() as session:
            return list(raw(session.connection()).execute(sql).fetchall())

    def table(self) -> list[Any]:
        return sorted(map(tuple, self.rows(f"SELECT {', '.join(columns(Box))} FROM box")))

    def close(self) -> None:
        self.exchange.close()
        self.store.close()

    def copy(self, to: Path) -> Path:
        """Copy the whole folder while the desk is closed; it is open again afterwards."""
        self.close()
        shutil.copytree(self.home, to)
        self.__init__(self.home, self.url, made=True)  # type: ignore[misc]
        return to

    def restore(self, backup: Path) -> None:
        """Put a copied folder in the place of this one."""
        self.close()
        shutil.rmtree(self.home)
        shutil.copytree(backup, self.home)
        self.__init__(self.home, self.url, made=True)  # type: ignore[misc]


def settle(desks: Sequence[Desk]) -> None:
    """Rounds until no desk has anything to say or to hear."""
    for _ in range(20):
        reports = [desk.round() for desk in desks]
        if not any(report.again or report.waiting or report.pushed or report.pulled for report in reports):
            return
    raise AssertionError(f"not quiet after 20 rounds: {reports}")


def agree(desks: Sequence[Desk]) -> None:
    """Assert that all desks hold the same entries and the same records, and that each passes its own check."""
    settle(desks)
    for desk in desks:
        assert desk.store.check()[1] == []
        assert desk.ids() == desks[0].ids()
        assert desk.table() == desks[0].table()


class Pen:
    """A chain written by hand, straight at central: for entries no desk would write."""

    def __init__(self, central: Central, estate: str, prefix: str = "A") -> None:
        self.central, self.key = central, Key.make()
        self.issued = central.enrol(central.new_code(estate), self.key.public, prefix, "门岗")
        held = json.loads(self.issued.certificate)
        self.name, self.prefix = str(held["chain"]), str(held["prefix"])
        self.caller = Caller(estate, self.name, self.key.public)
        self.seq, self.link = 0, genesis(self.issued.certificate)

    def write(self, stored: bytes, personal: Personal | None = None) -> Placed:
        self.seq += 1
        self.link = link_after(self.name, self.seq, self.link, stored)
        return Placed(self.name, self.seq, self.link, stored, personal)

    def push(self, before: bytes, placed: Sequence[Placed]) -> Any:
        proof = self.key.sign(keys.head(self.name, placed[-1].seq, placed[-1].link))
        return self.central.push(self.caller, before, placed, proof)

    def send(self, *stored: bytes) -> Any:
        before = self.link
        return self.push(before, [self.write(one) for one in stored])


def fact(text: str = "x", identity: str = "", **more: Any) -> bytes:
    """Bytes of a box being opened."""
    said = {
        "v": 1, "id": identity or new_id(), "kind": "box.opened", "clock": 1 << 40, "at": "2026-11-20T08:00:00.000+08:00",
        "by": "u1", "body": {"label": text},
    }  # fmt: skip
    said["subject"] = said["id"]
    return canonical(said | more)


def everything(central: Central, estate: str) -> dict[str, list[Any]]:
    """All of central's rows of one estate, to see that nothing changed."""
    found = {}
    with central.work() as db:
        for table in ("chain", "entry", "fact", "personal", "erasure"):
            sql = f"SELECT * FROM {table} WHERE estate = %s"
            found[table] = sorted(db.execute(sql.encode(), (estate,)).fetchall(), key=str)
        found["estate"] = db.execute("SELECT * FROM estate WHERE id = %s", (estate,)).fetchall()
    return found


@pytest.fixture(scope="session")
def database() -> str:
    # Not below pytest's own folder: the next session takes its rights away, and as root the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="desk-central-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server's own, which was registered later
    return embedded(folder / "pg")


@pytest.fixture(scope="session")
def central(database: str) -> Iterator[Central]:
    central = Central(database)
    central.create()
    yield central
    central.close()


@pytest.fixture(scope="session")
def served(central: Central) -> Iterator[Served]:
    served = Served(central)
    yield served
    served.stop()


@pytest.fixture
def estate(central: Central) -> str:
    return central.add_estate("明强小区")
