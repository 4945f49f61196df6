"""The jobs of the desk: the one registry of what it keeps records of."""

from data.records import Record
from desk.bills import Bill
from desk.parcels import Parcel
from desk.payments import Payment
from desk.repairs import Repair
from desk.residents import Home, Person, Room
from desk.staff import Staff
from desk.visits import Visit

JOBS: tuple[type[Record], ...] = (Staff, Room, Person, Home, Repair, Visit, Parcel, Bill, Payment)
"""Every record class, in the order their tables are made."""
