"""Every slip of a day, from the act to the bytes in the spool, decoded back to what a resident takes home."""

from pathlib import Path
from typing import Any

import pytest

from data.entry import check_letters, new_id
from data.records import Event
from desk.billed import bill_id
from desk.config import Config, Printer
from desk.paid import Paid, Part, Tender, Voided
from desk.parcels import Collected, Notified, TakenIn
from desk.repairs import Assigned, Reported
from desk.residents import ConsentGiven, room_id
from desk.setup import store_of
from desk.visits import Arrived
from printers import spool
from tests import paper
from tests.office import office

ROOM = "3-2-501"


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_every_slip_of_a_day_reads_back(tmp_path: Path, columns: int) -> None:
    office_store, people = office(tmp_path)
    office_store.close()
    printer = Printer(url="dummy:", columns=columns, qr="native")
    store = store_of(tmp_path, Config(estate="明强小区", phone="8888 1234", printer=(printer,)))
    store.open()
    by = people["赵强"]
    before = {job.id for job in store.look(lambda db: spool.jobs(db))}
    links: dict[str, str] = {}

    def act(said: Event, subject: str | None = None) -> Any:
        done = store.act(said, by, subject)
        links[f"{done.record.number}.{check_letters(done.link)}"] = done.record.id
        return done.record

    act(ConsentGiven(parcels="是"), room_id(ROOM))
    repair = act(Reported(room=ROOM, category="下水", problem="厨房地漏返水", reporter="张阿姨", phone="13800001234"))
    act(Assigned(worker="刘师傅", worker_phone="13900005678"), repair.id)
    act(Arrived(room=ROOM, category="访友", name="李先生", confirmed_by="电话已同意", plate="京A12345"))
    parcel = act(TakenIn(courier="顺丰", waybill="SF1456000007712", room=ROOM, addressee="张秀兰"))
    act(Notified(way="门贴"), parcel.id)
    act(Collected(by_whom="家人", name="张敏", proof="熟识"), parcel.id)
    parts = tuple(
        Part(bill=bill_id(ROOM, "物业费", month, month), item="物业费", period=month, fen=16128)
        for month in ("2026-09", "2026-10", "2026-11")
    )
    cash = Tender(kind="现金", fen=3 * 16128, given=50000, change=50000 - 3 * 16128)
    payment = act(Paid(room=ROOM, parts=parts, tenders=(cash,), request=new_id(), payer="张敏", relation="女儿"))
    act(Voided(reason="收错账单", approved_by=people["李敏"].id, copies_recovered=True), payment.id)

    jobs = [job for job in store.look(lambda db: spool.jobs(db)) if job.id not in before]
    assert sorted(job.kind for job in jobs) == sorted(
        ["repair", "job", "visit", "parcel", "notice", "handover", "receipt", "receipt", "void"]
    )
    said: dict[str, str] = {}
    for job in jobs:
        read = paper.decode(store.transact(lambda db, job=job: spool.payload(db, job.id)), "gbk")
        plain = paper.text(read, columns)
        assert plain == job.plain
        assert "明强小区物业服务中心" in plain and "8888 1234" in plain
        assert read.cuts == 1 and all(code in links for code in read.codes)
        assert (len(read.pulses) == 1) == (job.copy == "客户联" or job.kind == "void"), "once, with the customer's copy"
        assert ("13800001234" in plain) == (job.kind == "job"), "only the worker is told whom to ring"
        said[job.kind + job.copy] = plain.replace(" ", "").replace("\n", "")
    for words in (
        "收款收据",
        "A26-000001",
        "合计￥483.84",
        "人民币肆佰捌拾叁元捌角肆分",
        "现金500.00找零16.16",
        "尚欠无",
        "张*兰",
    ):
        assert words in said["receipt客户联"]
    assert "物业费已缴至2026-11" in said["receipt留存联"] and "张*（女儿·代缴）" in said["receipt客户联"]
    assert "作废" in said["void"] and "A26-000001" in said["void"] and "复核李敏" in said["void"]
    assert parcel.code in said["parcel"] and ROOM not in said["parcel"] and "张" not in said["parcel"]
    assert "3栋" in said["visit"] and ROOM not in said["visit"] and "李先生" not in said["visit"]
    store.close()
