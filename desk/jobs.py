"""The jobs of the desk: the one registry of what it keeps records of."""

from data.records import Record
from desk.barrings import Barring
from desk.batches import Batch
from desk.bills import Bill
from desk.bookings import Booking
from desk.care import CareDay
from desk.charges import Charge, Reading
from desk.contacts import Contact
from desk.days import Day
from desk.demands import Demand
from desk.evacuation import Evacuation
from desk.favours import Favour
from desk.handovers import Handover
from desk.incidents import Incident
from desk.inquiries import Inquiry
from desk.instructions import Instruction
from desk.keys_held import KeyHeld
from desk.lending import Stock
from desk.notes import Note
from desk.notice_rounds import NoticeRound
from desk.outages import Outage
from desk.parcels import Parcel
from desk.payments import Payment
from desk.permits import Permit
from desk.proxies import Proxy
from desk.refunds import Refund
from desk.releases import Release
from desk.repairs import Repair
from desk.residents import Home, Person, Room
from desk.rules import Rules
from desk.sales import RoomSale
from desk.shifts import Shift
from desk.staff import Staff
from desk.stocktakes import Stocktake
from desk.tariffs import Tariff
from desk.visits import Visit
from desk.workers import Worker

JOBS: tuple[type[Record], ...] = (
    Staff, Rules, Room, Person, Home, Worker, Repair, Visit, Parcel, Tariff, Charge, Reading, RoomSale, Bill, Payment,
    Refund, Note, Demand, Shift, Day, Handover,
    Permit, Booking, Barring, Release, Inquiry,
    Outage, Incident, Evacuation,
    CareDay, Contact, Instruction, KeyHeld, Favour, Stock,
    Batch, Proxy, Stocktake, NoticeRound,
)  # fmt: skip
"""Every record class, in the order their tables are made."""
