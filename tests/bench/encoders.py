"""Every slip of a day on every width of paper, in every charset, both ways of sizes and codes, beside python-escpos. By hand.

python -m tests.bench.encoders      (30,000 jobs, three minutes)
"""

import sys
import time

from tests import paper
from tests.slips_of_a_day import day
from tests.test_encoders import CHARSETS, by_python_escpos, lacks, ours, said, same


def main() -> int:
    """Compare them all; 1 if any differ."""
    begun, jobs, wrong = time.monotonic(), 0, 0
    for columns in range(24, 49):
        for made in day():
            rows = made.rows(columns)
            for charset, codec in CHARSETS.items():
                spelled = lacks(rows, charset)
                for codes in ("native", "image"):
                    witness = by_python_escpos(rows, columns, charset, codes)
                    for kanji in ("gs+fs", "gs"):
                        job = ours(rows, columns, charset, codes, kanji)
                        if spelled:
                            alike = said(paper.decode(job, codec)) == said(paper.decode(witness, codec))
                        else:
                            alike = same(job, witness, charset)
                        jobs += 1
                        if not alike:
                            wrong += 1
                            print(f"{made.name}: {columns} columns, {charset}, {codes}, {kanji}")
    print(f"{jobs} jobs in {time.monotonic() - begun:.0f} s, {wrong} differ from python-escpos")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
