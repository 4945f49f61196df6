"""The rows that belong to a refund: what goes back of what, and what was paid out more than once."""

from sqlmodel import Field, SQLModel


class RefundLine(SQLModel, table=True):
    """Part of a refund; belongs to the refund `owner`. What goes to an account by 转预存 is a line of its own, negative.

    target             bill or prepaid account
    payment            the receipt a 红冲 reverses, "" else
    fen, deducted      given back, and kept back of a deposit
    reopens            the bill is owed again (红冲)
    done               paid out; until then it only holds the money
    """

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    target: str = Field(index=True)
    item: str
    period: str = ""
    payment: str = Field(default="", index=True)
    fen: int
    deducted: int = 0
    why: str = ""
    evidence: str = ""
    reopens: bool = False
    done: bool = False


class RefundAgain(SQLModel, table=True):
    """A refund that another desk paid out once more: no household's line, but money that left its shift all the same."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    red: str
    route: str
    fen: int
    shift: str = Field(index=True)
    at: str
