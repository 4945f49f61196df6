"""The exchange with central, a round at a time: hello, push, pull, and what to do when the two do not agree.

The journal itself is the queue: what stands beyond `acked` on the active chain is what central still has to get. Nothing
here ever deletes at the desk; a copy that finds its chain going on without it goes on under a new one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time
from typing import Any

from data import journal, keys
from data.entry import Broken, Placed, b64, unb64
from data.journal import Chain
from data.keys import Caller, RefusedByCentral
from data.line import Line, readable
from data.store import Store

MAX_ENTRIES = 200
MAX_BYTES = 512 * 1024
"""What one push carries at most (sync.md §5.4)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a round did: entries pushed and pulled, own entries central still lacks.

    `again` when the next round is due at once: this one only moved to a new chain. `aside` is what central keeps without
    effect, in Chinese. `skew` is how many seconds this PC is ahead of central.
    """

    pushed: int
    pulled: int
    waiting: int
    again: bool = False
    aside: tuple[str, ...] = ()
    skew: int = 0


def waiting(store: Store) -> int:
    """How many own entries central has not acknowledged. All of them for a desk without a central."""
    chain = store.look(journal.active)
    return max(0, chain.seq - chain.acked)


def begin(store: Store, home: Path, said: dict[str, Any], key: keys.Key, common: int, notes: dict[str, str]) -> str:
    """Go on under the chain that central's answer `said` gives to `key`, beyond `common` of the one before; its prefix.

    `notes` are kept with it, `central`'s public key among them. Raises RefusedByCentral (BAD_CERTIFICATE).
    """
    certificate, signature = unb64(said["certificate"]), str(said["signature"])
    held = json.loads(certificate)
    if not keys.signed_by(notes["central"], signature, certificate) or held["key"] != key.public:
        raise RefusedByCentral("BAD_CERTIFICATE", "中心发来的登记与本机对不上，请联系管理员", 422)
    keys.keep(home, held["chain"], key)
    store.begin_chain(certificate, common, notes | {f"signature {held['chain']}": signature})
    keys.arrived(home)
    return str(held["prefix"])


class Exchange:
    """Rounds between one store and central at `server`; `home` holds the keys of its chains."""

    def __init__(self, store: Store, home: Path, server: str, *, now: Callable[[], float] = time) -> None:
        self.store, self.home, self.line = store, home, Line(server, now)
        self._aside: list[str] = []

    def close(self) -> None:
        """Hang up."""
        self.line.close()

    def round(self) -> Report:
        """Say hello, push what central lacks, pull what it has beyond the cursor.

        Raises Offline, RefusedByCentral, and Broken where what came does not continue its chain; whatever was exchanged
        before stays, and the next round takes it up from there. What central says and this version cannot read is
        RefusedByCentral (BAD_ANSWER) too.
        """
        with readable():
            return self._round()

    def _round(self) -> Report:
        self._aside = []
        pushed = pulled = 0
        again = False
        chain = self._active()
        try:
            self._agree(chain)
            pushed = self._push(chain)
            pulled = self._pull(chain)
        except RefusedByCentral as error:
            if error.code in ("CHAIN_FORK", "DESK_BEHIND"):
                # The round ends here: what was said in it was said for the old chain.
                self._go_on(chain)
            elif error.code == "FEED_RESET":
                self._begin_again(str(error.facts["feed"]), error.facts["heads"])
            elif error.code == "CHAIN_GAP":
                self._acked_at_most({chain.id: int(error.facts["expected"]) - 1}, {})
            else:
                raise
            again = True
        return Report(pushed, pulled, waiting(self.store), again, tuple(self._aside), self.line.ahead)

    # ── reading the journal ────────────────────────────────────────────────────────────────────────────────────────

    def _active(self) -> Chain:
        return self.store.look(journal.active)

    def _note(self, key: str) -> str:
        return self.store.look(lambda db: journal.note(db, key)) or ""

    def _link(self, chain: Chain, seq: int) -> bytes | None:
        return self.store.look(lambda db: journal.link_at(db, chain.id, seq))

    def _batches(self, chain: Chain, after: int) -> Iterator[list[Placed]]:
        """What stands on `chain` beyond `after`, in pieces small enough for a push."""
        while True:
            found = self.store.look(partial(journal.since, chain=chain.id, seq=after, limit=MAX_ENTRIES))
            if not found:
                return
            size = 0
            batch: list[Placed] = []
            for one in found:
                # As base64 in JSON, with room for the other fields.
                personal = len(one.personal.payload) if one.personal else 0
                size += (len(one.stored) + personal) * 4 // 3 + 300
                if batch and size > MAX_BYTES:
                    break
                batch.append(one)
            yield batch
            after = batch[-1].seq

    # ── speaking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, chain: Chain, method: str, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        estate = self._note("estate")
        if not estate:
            raise RefusedByCentral("NOT_ENROLLED", "这台电脑还没有在中心登记，请用登记码登记", 401)
        return self.line.ask(method, path, sent, (keys.key_of(self.home, chain.id), Caller(estate, chain.id)))

    def _hello(self, chain: Chain, seq: int, feed: str, acked: int = 0, cursor: int = 0) -> tuple[int, int, bytes]:
        said = self._ask(
            chain, "POST", "/v1/hello",
            {
                "seq": seq, "feed": feed, "acked": acked, "cursor": cursor, "certificate": b64(chain.certificate),
                "signature": self._note(f"signature {chain.id}"),
            },
        )  # fmt: skip
        return int(said["head"]), int(said["at"]), unb64(said["link"])

    def _agree(self, chain: Chain) -> None:
        """Compare by hash what both have, at the lower of both heads, even with nothing to push."""
        cursor = int(self._note("cursor") or 0)
        head, at, link = self._hello(chain, chain.seq, self._note("feed"), chain.acked, cursor)
        if self._link(chain, at) != link:
            raise RefusedByCentral("CHAIN_FORK", "中心已有另一份同名的记录，将自动换新字头继续", at=at)
        if head > chain.seq:
            raise RefusedByCentral("DESK_BEHIND", "这份数据比中心旧（从备份恢复过），将自动换新字头继续")

    def _push(self, chain: Chain) -> int:
        return sum(self._send(chain, batch) for batch in self._batches(chain, chain.acked))

    def _send(self, chain: Chain, batch: Sequence[Placed]) -> int:
        """Push one batch and note what central acknowledged: never more than what this request carried."""
        last = batch[-1]
        key, head = keys.key_of(self.home, chain.id), keys.head(chain.id, last.seq, last.link)
        said = self._ask(
            chain, "POST", "/v1/push",
            {
                "before": b64(self._link(chain, batch[0].seq - 1) or b""), "entries": [one.wire() for one in batch],
                "proof": key.sign(head),
            },
        )  # fmt: skip
        signature = str(said["signature"])
        if said["seq"] != last.seq or not keys.signed_by(self._note("central"), signature, head):
            raise RefusedByCentral("BAD_SIGNATURE", "中心的回执签名不对，可能连到了别的服务器，请联系管理员", 401)
        self.store.acknowledge(chain.id, last.seq)
        self._aside += [f"第 {one['seq']} 条：{one['detail']}" for one in said["aside"]]
        return len(batch)

    def _pull(self, chain: Chain) -> int:
        pulled, more = 0, True
        central = self._note("central")
        while more:
            feed, after = self._note("feed"), self._note("cursor")
            said = self._ask(
                chain, "GET", "/v1/pull", {"feed": feed, "after": after, "limit": MAX_ENTRIES, "skip": chain.id}
            )  # fmt: skip
            more, reached = bool(said["more"]), str(said["next"])
            if reached == after:
                break
            certificates = [unb64(one["bytes"]) for one in said["certificates"]]
            for one, stored in zip(said["certificates"], certificates, strict=True):
                if not keys.signed_by(central, one["signature"], stored):
                    raise Broken("中心发来一份没有签名的登记，已停止同步，请联系管理员")
            rows = [Placed.unwire(row) for row in said["rows"]]
            self.store.receive(certificates, rows, {"feed": feed, "cursor": reached})
            pulled += len(rows)
        return pulled

    # ── when the chain or the feed is not what it was ──────────────────────────────────────────────────────────────

    def _go_on(self, chain: Chain) -> None:
        """Leave the chain to the copy central knows, and write again on a new one what stands beyond the last common."""
        feed = self._note("feed")
        low, high = 0, min(chain.seq, self._hello(chain, chain.seq, feed)[0])
        while low < high:
            middle = (low + high + 1) // 2
            _, at, link = self._hello(chain, middle, feed)
            if at == middle and self._link(chain, middle) == link:
                low = middle
            else:
                high = middle - 1
        key = keys.coming(self.home)
        link = self._link(chain, low) or b""
        sent = {"common": low, "link": b64(link), "key": key.public, "reissue": chain.seq - low}
        said = self._ask(chain, "POST", "/v1/chains", sent)
        cursor = int(self._note("cursor") or 0)
        if said["cursor"] is not None:
            cursor = min(cursor, int(said["cursor"]))
        begin(self.store, self.home, said, key, low, {"central": self._note("central"), "cursor": str(cursor)})

    def _begin_again(self, feed: str, heads: dict[str, int]) -> None:
        """Central was restored: give back what it lost of every own chain, and pull its whole feed once more."""
        before = [chain for chain in self.store.look(journal.chains) if chain.ours == 1]
        for chain in before:
            try:
                self._give_back(chain, feed)
            except RefusedByCentral as error:
                # Another central's chain, a key not on this PC, or a chain that went on elsewhere: nothing to give there.
                if error.code not in {"NO_KEY", "CHAIN_UNKNOWN", "CHAIN_REVOKED", "NOT_YOUR_ESTATE", "CHAIN_FORK"}:
                    raise
        self._acked_at_most(heads, {"feed": feed, "cursor": "0"})

    def _give_back(self, chain: Chain, feed: str) -> None:
        if chain.seq == 0:
            return
        head, at, link = self._hello(chain, chain.seq, feed)
        if head < chain.seq and self._link(chain, at) == link:
            for batch in self._batches(chain, head):
                self._send(chain, batch)

    def _acked_at_most(self, heads: dict[str, int], notes: dict[str, str]) -> None:
        chain = self._active()

        def work(db: journal.Db) -> None:
            db.execute("UPDATE chain SET acked = MIN(acked, ?) WHERE id = ?", (int(heads.get(chain.id, 0)), chain.id))
            for name, value in notes.items():
                journal.set_note(db, name, value)

        self.store.transact(work)
