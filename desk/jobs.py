"""The jobs of the desk: the one registry of what it keeps records of."""

from data.records import Record
from desk.batches import Batch
from desk.bills import Bill
from desk.charges import Charge, Reading
from desk.days import Day
from desk.demands import Demand
from desk.handovers import Handover
from desk.notes import Note
from desk.notice_rounds import NoticeRound
from desk.parcels import Parcel
from desk.payments import Payment
from desk.proxies import Proxy
from desk.refunds import Refund
from desk.repairs import Repair
from desk.residents import Home, Person, Room
from desk.rules import Rules
from desk.sales import RoomSale
from desk.shifts import Shift
from desk.staff import Staff
from desk.stocktakes import Stocktake
from desk.tariffs import Tariff
from desk.visits import Visit

JOBS: tuple[type[Record], ...] = (
    Staff, Rules, Room, Person, Home, Repair, Visit, Parcel, Tariff, Charge, Reading, RoomSale, Bill, Payment,
    Refund, Note, Demand, Shift, Day, Handover,
    Batch, Proxy, Stocktake, NoticeRound,
)  # fmt: skip
"""Every record class, in the order their tables are made."""
