"""What is paid ahead (预存): how much may be, and in which months the office earns it."""


def cap(months: int, monthly_fen: int) -> int:
    """The most that may stand on an account, in fen: so many months of the fee (杭州市物业管理条例 §55: at most 12)."""
    return max(months, 0) * max(monthly_fen, 0)


def over_cap(balance: int, adding: int, months: int, monthly: int) -> int:
    """How much of what is to be added goes beyond the cap, in fen: 0 when all of it may be taken, at most `adding`."""
    return min(max(balance + adding - cap(months, monthly), 0), max(adding, 0))


def schedule(balance: int, monthly: int, first_month: str) -> list[tuple[str, int]]:
    """When a balance is earned: (month as `YYYY-MM`, fen) from the first month on, the last one the rest; Σ = balance.

    What is not earned yet is given back when the contract ends (物业服务纠纷解释 §3). Nothing where nothing stands on the
    account. Raises ValueError in Chinese without a monthly fee.
    """
    if balance <= 0:
        return []
    if monthly <= 0:
        raise ValueError("没有每月的收费标准，算不出预存能用到哪个月，请主管先设收费标准")
    year, month = int(first_month[:4]), int(first_month[5:])
    rows: list[tuple[str, int]] = []
    for n, used in enumerate(range(0, balance, monthly), month - 1):
        rows.append((f"{year + n // 12:04}-{n % 12 + 1:02}", min(monthly, balance - used)))
    return rows
