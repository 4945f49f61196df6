"""Central: chains verified as they come, facts never refused, estates apart, codes that wear out; over a real PostgreSQL."""

import json
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from data import admission, keys
from data.admission import free_prefix
from data.central import Central
from data.entry import FORGOT, MAX_BYTES, Entry, Personal, Placed, b64, genesis, link_after
from data.keys import Caller, Key, RefusedByCentral
from tests.central_fixtures import Pen, Served, central, database, estate, everything, fact, served

__all__ = ["central", "database", "estate", "served"]


def refusal(code: str) -> "pytest.RaisesContext[RefusedByCentral]":  # type: ignore[name-defined]
    return pytest.raises(RefusedByCentral, match=rf"[\u4e00-\u9fff].*（{code}）")


def pulled(central: Central, caller: Caller, feed: str, skip: str = "", limit: int = 500) -> list[Placed]:
    """The whole feed, page by page."""
    rows: list[Placed] = []
    after, more = 0, True
    while more:
        page = central.pull(caller, feed, after, limit, skip)
        rows += page.rows
        after, more = page.next, page.more
    return rows


# ── admission ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clock(database: str, central: Central) -> Iterator[list[float]]:
    """Central's clock, to be moved by hand."""
    moved = [1_790_000_000.0]
    before, central.now = central.now, lambda: moved[0]
    yield moved
    central.now = before


def test_a_code_is_good_once_but_a_lost_answer_is_given_again(central: Central, estate: str) -> None:
    code, key = central.new_code(estate), Key.make().public
    first = central.enrol(code, key, "A", "前台")
    assert keys.signed_by(central.key().public, first.signature, first.certificate)
    held = json.loads(first.certificate)
    assert (held["estate"], held["desk"], held["key"], held["prefix"]) == (estate, "前台", key, "A")
    assert central.enrol(code, key, "A", "前台") == first
    with refusal("BAD_CODE"):
        central.enrol(code, Key.make().public, "A", "前台")


def test_a_code_is_read_as_people_type_it_and_names_the_desk(central: Central, estate: str) -> None:
    code = central.new_code(estate, "东门岗")
    typed = f"{code[:5]}-{code[5:]} ".lower().replace("0", "o").replace("1", "l")
    assert json.loads(central.enrol(typed, Key.make().public, "A", "随便").certificate)["desk"] == "东门岗"


def test_a_code_dies_after_ten_minutes(central: Central, estate: str, clock: list[float]) -> None:
    in_time, late = central.new_code(estate), central.new_code(estate)
    clock[0] += 600
    central.enrol(in_time, Key.make().public, "A", "前台")
    clock[0] += 1
    with refusal("BAD_CODE"):
        central.enrol(late, Key.make().public, "A", "前台")


def test_five_wrong_tries_wear_a_code_out(central: Central, estate: str) -> None:
    spared, worn = central.new_code(estate), central.new_code(estate)
    for code, tries in ((spared, 4), (worn, 5)):
        wrong = code[:-1] + ("Z" if code[-1] != "Z" else "Y")
        for _ in range(tries):
            with refusal("BAD_CODE"):
                central.enrol(wrong, Key.make().public, "A", "前台")
    central.enrol(spared, Key.make().public, "A", "前台")
    with refusal("BAD_CODE"):
        central.enrol(worn, Key.make().public, "A", "前台")


def test_codes_are_kept_stretched(central: Central, estate: str) -> None:
    code = central.new_code(estate)
    with central.work() as db:
        row = db.execute("SELECT * FROM code WHERE selector = %s", (code[: admission.SELECTOR],)).fetchone()
    assert row is not None
    assert code not in str(row) and code[admission.SELECTOR :] not in str(row)
    assert sha256(code.encode()).digest() not in row


@pytest.mark.parametrize("code", ["", "0", "0" * 10, "0" * 11, "\x00" * 10, "登记码登记码登记码登"])
def test_nonsense_is_no_code(central: Central, code: str) -> None:
    with refusal("BAD_CODE"):
        central.enrol(code, Key.make().public, "A", "前台")


def test_prefixes_are_kept_where_free_and_never_given_twice(central: Central, estate: str) -> None:
    assert [Pen(central, estate, wanted).prefix for wanted in ("C", "A", "A", "I", "", "C", "AA")] == [*"CABDEF", "AA"]
    assert [Pen(central, central.add_estate("别处"), "A").prefix] == ["A"]
    letters = set("ABCDEFGHJKLMNPQRSTUVWXYZ")
    assert free_prefix("", letters) == "AA"
    assert free_prefix("Z", letters | {"AA"}) == "AB"


def test_desks_that_enrol_at_once_get_different_prefixes(central: Central, estate: str) -> None:
    codes, given = [central.new_code(estate) for _ in range(6)], []
    threads = [
        threading.Thread(
            target=lambda code=code: given.append(
                json.loads(central.enrol(code, Key.make().public, "A", "前台").certificate)["prefix"]
            )
        )
        for code in codes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list("ABCDEF")


# ── push ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_acknowledgement_is_signed_and_covers_what_was_sent(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    ack = pen.send(fact(), fact())
    assert (ack.seq, ack.link, ack.cur, ack.aside) == (2, pen.link, 2, [])
    assert keys.signed_by(central.key().public, ack.signature, keys.head(pen.name, 2, pen.link))


def test_what_was_sent_again_is_taken_once(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    start = pen.link
    placed = [pen.write(fact(str(number))) for number in range(4)]
    pen.push(start, placed[:2])
    before = everything(central, estate)
    assert pen.push(start, placed[:2]).seq == 2
    assert everything(central, estate) == before
    assert pen.push(start, placed).cur == 4
    ack = pen.push(start, placed[:3])
    assert ack.seq == 3, "never more than the request carried"
    assert [one.stored for one in pulled(central, pen.caller, pen.issued.feed)] == [one.stored for one in placed]


def test_a_refused_push_changes_nothing(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    start = pen.link
    good = [pen.write(fact(str(number))) for number in range(3)]
    pen.push(start, good)
    before, head, seq = everything(central, estate), pen.link, pen.seq
    fresh = [pen.write(fact(f"new {number}")) for number in range(3)]

    def also(number: int, stored: bytes = b"", link: bytes = b"", seq: int = 0) -> list[Placed]:
        one = fresh[number]
        other = Placed(one.chain, seq or one.seq, link or one.link, stored or one.stored, None)
        return [*fresh[:number], other, *fresh[number + 1 :]]

    with refusal("CHAIN_GAP") as gap:
        pen.push(fresh[0].link, fresh[1:])
    assert gap.value.facts == {"expected": 4}
    with refusal("CHAIN_BROKEN") as broken:
        pen.push(head, also(1, stored=fact("tampered")))
    assert broken.value.facts == {"seq": 5}
    with refusal("CHAIN_BROKEN"):
        pen.push(head, also(0, link=b"x" * 32))
    with refusal("CHAIN_FORK") as fork:
        pen.push(good[0].link, [Placed(pen.name, 2, b"y" * 32, fact("other"), None)])
    assert fork.value.facts == {"at": 2}
    with refusal("CHAIN_FORK") as behind:
        other = link_after(pen.name, 4, b"z" * 32, fresh[0].stored)
        pen.push(b"z" * 32, [Placed(pen.name, 4, other, fresh[0].stored, None)])
    assert behind.value.facts == {"at": 3}
    with refusal("ENTRY_TOO_BIG") as big:
        pen.push(head, also(2, stored=b"x" * (MAX_BYTES + 1)))
    assert big.value.facts == {"seq": 6}
    with refusal("ENTRY_TOO_BIG"):
        pen.push(head, [Placed(pen.name, 4, fresh[0].link, fresh[0].stored, Personal(b"", b"x" * (MAX_BYTES + 1)))])
    for crooked in (also(1, seq=9), [Placed("OTHER", 4, fresh[0].link, fresh[0].stored, None)]):
        with refusal("BAD_REQUEST"):
            pen.push(head, crooked)
    with refusal("BAD_SIGNATURE"):
        central.push(pen.caller, head, fresh, pen.key.sign(keys.head(pen.name, 5, fresh[-1].link)))
    assert everything(central, estate) == before
    assert pen.push(head, fresh).seq == seq + 3, "and the chain goes on"


def test_poison_is_kept_aside_and_the_rest_flows(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    same = fact("first", "a" * 32)
    deep = b'{"id":' + b"[" * 20_000
    surrogate = fact("s").replace(b'"by":"u1"', b'"by":"\\ud800"')
    ack = pen.send(
        fact("one"), b"\xff\x00 not json", deep, fact("nul", "a\x00b"), fact("long", "x" * 65), surrogate, b"[]",
        same, fact("second", "a" * 32), same, fact("last", after=["list"]), fact("two"),
    )  # fmt: skip
    unreadable = [(seq, "UNREADABLE") for seq in (2, 3, 4, 5, 6, 7)]
    assert ack.aside == [*unreadable, (9, "ID_REUSED"), (11, "UNREADABLE")]
    rows = pulled(central, pen.caller, pen.issued.feed)
    assert [one.seq for one in rows] == list(range(1, 13)), "others need each link of the chain"
    with central.work() as db:
        facts = db.execute("SELECT id, hash FROM fact WHERE estate = %s", (estate,)).fetchall()
        named = db.execute("SELECT 1 FROM entry WHERE estate = %s AND fault <> '' AND id IS NOT NULL", (estate,)).fetchall()
    assert named == [], "no personal part is handed out with what made no fact"
    assert len(facts) == 3
    assert ("a" * 32, sha256(same).digest()) in [(identity, bytes(held)) for identity, held in facts]
    again = Pen(central, estate)
    assert again.send(fact("third", "a" * 32), same).aside == [(1, "ID_REUSED")], "the same bytes on another chain are fine"


def test_what_was_kept_aside_is_said_again_when_the_answer_got_lost(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    start = pen.link
    placed = [pen.write(fact()), pen.write(b"?"), pen.write(fact())]
    assert pen.push(start, placed).aside == pen.push(start, placed).aside == [(2, "UNREADABLE")]


def test_positions_have_no_gap_and_appear_in_order_while_many_push(central: Central, estate: str) -> None:
    pens = [Pen(central, estate) for _ in range(4)]
    reader = Pen(central, estate)
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        after = 0
        while True:
            last = done.is_set()
            page = central.pull(reader.caller, reader.issued.feed, after, 7)
            seen.extend(Entry.read(one.stored).id for one in page.rows)
            after = page.next
            if last and not page.more:
                return

    threads = [threading.Thread(target=lambda pen=pen: [pen.send(fact(), fact()) for _ in range(15)]) for pen in pens]
    reading = threading.Thread(target=read)
    for thread in (reading, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reading.join()
    with central.work() as db:
        rows = db.execute("SELECT cur, id FROM entry WHERE estate = %s ORDER BY cur", (estate,)).fetchall()
    assert [row[0] for row in rows] == list(range(1, 121))
    assert seen == [row[1] for row in rows]


# ── personal parts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def sealed(name: str, identity: str) -> tuple[bytes, Personal]:
    part = Personal.seal({"who": name})
    return fact("p", identity, personal=part.commitment()), part


def test_personal_parts_are_erased_and_never_kept_again(central: Central, estate: str) -> None:
    pen, later = Pen(central, estate), Pen(central, estate)
    bytes_1, part_1 = sealed("张秀兰", "a" * 32)
    bytes_2, part_2 = sealed("李建国", "b" * 32)
    bytes_3, part_3 = sealed("王磊", "c" * 32)
    start = pen.link
    pen.push(start, [pen.write(bytes_1, part_1), pen.write(bytes_2, part_2)])
    assert [one.personal for one in pulled(central, pen.caller, pen.issued.feed)] == [part_1, part_2]
    odd = ["a" * 32, "c" * 32, 7, "x" * 9999, "\x00"]
    pen.send(fact("f", kind=FORGOT, body={"entries": odd, "reason": "本人要求"}))
    # Written again on another chain, and one that comes only now, in the same push as its erasing again.
    start = later.link
    placed = [later.write(bytes_1, part_1), later.write(bytes_2, part_2), later.write(bytes_3, part_3)]
    later.push(start, placed)
    with central.work() as db:
        kept = db.execute("SELECT id, payload FROM personal WHERE estate = %s", (estate,)).fetchall()
    assert [(identity, bytes(payload)) for identity, payload in kept] == [("b" * 32, part_2.payload)]
    start = later.link
    forgot = later.write(fact("f", kind=FORGOT, body={"entries": ["d" * 32]}))
    later.push(start, [forgot, later.write(*sealed("赵强", "d" * 32))])
    assert sum(one.personal is not None for one in pulled(central, pen.caller, pen.issued.feed)) == 2
    assert pen.send(fact("f", kind=FORGOT, body={"entries": "none"})).aside == []


def test_a_personal_part_that_was_not_committed_to_is_not_kept(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    stored, part = sealed("张秀兰", "a" * 32)
    start = pen.link
    placed = [pen.write(stored, Personal(part.salt, b'{"who":"x"}')), pen.write(fact(), Personal(b"s", b"{}"))]
    assert pen.push(start, placed).aside == []
    assert [one.personal for one in pulled(central, pen.caller, pen.issued.feed)] == [None, None]


# ── estates, feeds, a chain's end ──────────────────────────────────────────────────────────────────────────────────────


def test_estates_never_meet(central: Central, estate: str) -> None:
    other = central.add_estate("别处")
    here, there = Pen(central, estate), Pen(central, other)
    same = fact("both", "a" * 32)
    here.send(same, fact("secret"))
    assert there.send(same).aside == []
    assert there.send(fact("differs", "a" * 32)).aside == [(2, "ID_REUSED")]
    assert len(pulled(central, there.caller, there.issued.feed)) == 2
    for crossed in (Caller(other, here.name), Caller(estate, there.name), Caller("NOWHERE", here.name)):
        with refusal("CHAIN_UNKNOWN"):
            central.public(crossed)
    with refusal("FEED_RESET") as reset:
        central.pull(there.caller, here.issued.feed, 0, 500)
    assert set(reset.value.facts["heads"]) == {there.name}
    with refusal("NOT_YOUR_ESTATE"):
        central.readmit(Caller(other, here.name), here.issued.certificate, here.issued.signature)


def test_a_restored_central_says_so(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    pen.send(fact(), fact())
    assert central.hello(pen.caller, 5, pen.issued.feed) == (2, 2, pen.link)
    assert central.hello(pen.caller, 0, pen.issued.feed) == (2, 0, genesis(pen.issued.certificate))
    for ask in (lambda: central.hello(pen.caller, 2, "other"), lambda: central.pull(pen.caller, "", 0, 5)):
        with refusal("FEED_RESET") as reset:
            ask()
        assert reset.value.facts == {"feed": pen.issued.feed, "heads": {pen.name: 2}}
    central.new_feed("从备份恢复")
    feeds = {pen.issued.feed}
    for ask_at in (
        lambda feed: central.pull(pen.caller, feed, 0, 5),
        # Nobody said that it was restored, but it holds less than it handed out or acknowledged.
        lambda feed: central.pull(pen.caller, feed, 3, 5),
        lambda feed: central.hello(pen.caller, 2, feed, cursor=3),
        lambda feed: central.hello(pen.caller, 2, feed, acked=3),
    ):
        with refusal("FEED_RESET") as reset:
            ask_at(max(feeds))
        feeds.add(reset.value.facts["feed"])
    assert len(feeds) == 5
    assert central.hello(pen.caller, 2, max(feeds), acked=2, cursor=2)[0] == 2
    assert len(pulled(central, pen.caller, reset.value.facts["feed"])) == 2


def test_a_forgotten_chain_comes_back_by_its_certificate_only(central: Central, estate: str) -> None:
    pen, taker = Pen(central, estate), Pen(central, estate)
    with central.work() as db:
        db.execute("DELETE FROM chain WHERE estate = %s AND id = %s", (estate, pen.name))
        db.execute("UPDATE chain SET prefix = %s WHERE estate = %s AND id = %s", (pen.prefix, estate, taker.name))
    forged = keys.certificate(chain=pen.name, prefix="A", estate=estate, desk="前台", key=pen.key.public)
    central.readmit(pen.caller, forged, pen.key.sign(forged))
    with refusal("CHAIN_UNKNOWN"):
        central.public(pen.caller)
    central.readmit(pen.caller, pen.issued.certificate, pen.issued.signature)
    central.readmit(pen.caller, pen.issued.certificate, pen.issued.signature)
    assert central.public(pen.caller) == pen.key.public
    assert pen.send(fact()).seq == 1


def test_a_revoked_chain_is_told_so(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    central.revoke(estate, pen.name)
    with refusal("CHAIN_REVOKED"):
        central.public(pen.caller)


def test_a_copy_goes_on_from_the_last_common_place(central: Central, estate: str) -> None:
    pen = Pen(central, estate)
    pen.send(fact(), fact(), fact())
    second = pulled(central, pen.caller, pen.issued.feed)[1]
    key = Key.make().public
    with refusal("CHAIN_FORK"):
        central.go_on(pen.caller, 2, b"x" * 32, key, 4)
    with refusal("CHAIN_FORK"):
        central.go_on(pen.caller, 9, second.link, key, 4)
    issued = central.go_on(pen.caller, 2, second.link, key, 4)
    held = json.loads(issued.certificate)
    assert (held["prefix"], held["previous"], held["desk"], held["key"]) == ("B", pen.name, "门岗", key)
    assert issued.cursor == 2, "from where the third entry of the old chain is pulled"
    assert central.go_on(pen.caller, 2, second.link, key, 4) == issued
    assert central.go_on(pen.caller, 3, pen.link, Key.make().public, 0).cursor is None


def test_without_a_database_central_asks_for_patience(tmp_path: Path) -> None:
    away = Central(f"postgresql://postgres@/none?host={tmp_path}")
    with refusal("SLOW_DOWN") as slow:
        away.alive()
    assert (slow.value.status, slow.value.facts) == (503, {"retry_after": 5})


def test_a_connection_that_died_is_not_used_again(database: str) -> None:
    central = Central(database)
    with refusal("SLOW_DOWN"), central.work() as db:
        db.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    central.alive()
    central.close()


# ── over HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ask(served: Served, pen: Pen, method: str, path: str, query: str = "", body: bytes = b"") -> httpx.Response:
    headers = keys.sign_request(pen.key, pen.caller, method, path, query, body, served.central.now())
    return httpx.request(method, f"{served.url}{path}{'?' if query else ''}{query}", content=body, headers=headers)


def test_refusals_are_problems_with_a_code_and_a_chinese_sentence(served: Served, central: Central, estate: str) -> None:
    pen, other = Pen(central, estate), Pen(central, central.add_estate("别处"))
    stranger = Pen(central, estate)
    stranger.caller = pen.caller
    foreign = Pen(central, estate)
    foreign.caller = Caller(estate, other.name)
    for answer, status, code in (
        (ask(served, pen, "GET", "/v1/pull", "feed=x&after=0"), 409, "FEED_RESET"),
        (ask(served, stranger, "GET", "/v1/pull", "feed=x&after=0"), 401, "BAD_SIGNATURE"),
        (ask(served, foreign, "GET", "/v1/pull", "feed=x&after=0"), 404, "CHAIN_UNKNOWN"),
        (httpx.get(f"{served.url}/v1/pull?feed=x&after=0"), 401, "BAD_SIGNATURE"),
        (httpx.post(f"{served.url}/v1/push", content=b"{}"), 401, "BAD_SIGNATURE"),
        (httpx.post(f"{served.url}/v1/chains", content=b"{}"), 401, "BAD_SIGNATURE"),
        (httpx.get(f"{served.url}/v1/nothing"), 404, "BAD_REQUEST"),
        (httpx.get(f"{served.url}/v1/push"), 405, "BAD_REQUEST"),
        (httpx.post(f"{served.url}/v1/enrol", content=b"x" * ((1 << 20) + 1)), 413, "PUSH_TOO_BIG"),
    ):
        assert answer.headers["content-type"] == "application/problem+json"
        said = answer.json()
        assert (answer.status_code, said["status"], said["code"]) == (status, status, code)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said["detail"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"?",
        b"[]",
        b"{}",
        b"[" * 60_000,
        b'{"before":"","entries":[],"proof":""}',
        b'{"before":"","entries":[1],"proof":""}',
        b'{"before":"!","entries":[],"proof":""}',
        b'{"before":"","entries":[{"chain":"a","seq":Infinity}],"proof":""}',
    ],
)
def test_a_body_that_cannot_be_read_is_refused(served: Served, central: Central, estate: str, body: bytes) -> None:
    pen = Pen(central, estate)
    for path in ("/v1/push", "/v1/chains", "/v1/hello"):
        answer = ask(served, pen, "POST", path, body=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
    assert httpx.post(f"{served.url}/v1/enrol", content=body).json()["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "query",
    ["", "after=x", "after=-1", "after=0&limit=x", "after=0&wait=26", "after=0&skip=%00", f"after={1 << 70}"],
)
def test_a_query_that_cannot_be_read_is_refused(served: Served, central: Central, estate: str, query: str) -> None:
    assert ask(served, Pen(central, estate), "GET", "/v1/pull", query).json()["code"] == "BAD_REQUEST"


def test_a_desk_that_waits_hears_as_soon_as_another_pushed(served: Served, central: Central, estate: str) -> None:
    waiting, writing = Pen(central, estate), Pen(central, estate)
    query = f"feed={waiting.issued.feed}&after=0&wait=20&skip={waiting.name}"
    waiting.send(fact("own"))
    said: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: said.append(ask(served, waiting, "GET", "/v1/pull", query)))
    thread.start()
    writing.send(fact("news"))
    thread.join(10)
    (row,) = said[0].json()["rows"]
    assert (row["chain"], said[0].json()["next"], said[0].elapsed.total_seconds() < 10) == (writing.name, 2, True)


def test_central_says_that_it_is_well(served: Served) -> None:
    assert httpx.get(f"{served.url}/v1/health").json().keys() == {"server_time"}


def test_names_that_a_database_cannot_hold_are_refused(served: Served, central: Central, estate: str) -> None:
    for desk in ("\x00", "x" * 41, "a\nb", 7):
        sent = {"code": central.new_code(estate), "key": Key.make().public, "prefix": "A", "desk": desk}
        assert httpx.post(f"{served.url}/v1/enrol", json=sent).json()["code"] == "BAD_REQUEST"
    sent = {"code": central.new_code(estate), "key": b64(b"short"), "prefix": "A", "desk": "前台"}
    assert httpx.post(f"{served.url}/v1/enrol", json=sent).json()["code"] == "BAD_REQUEST"
