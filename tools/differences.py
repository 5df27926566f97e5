#!/usr/bin/env python3
"""The generated part of doc/known-differences.md: what the pages of doc/api, generated from the operation tables, refuse.

`tools/differences.py` rewrites it; tools/tidy.py reports when it is out of date.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "doc/known-differences.md"
BEGIN, END = "<!-- refused -->\n", "<!-- end of refused -->"


def refused():
    """One table: provider, operations with the same reason in one row, reason."""
    lines = ["| provider | operations | reason |\n|---|---|---|\n"]
    for page in sorted((ROOT / "doc/api").glob("*.md")):
        _, _, part = page.read_text().partition("## Refused on purpose")
        reasons = {}
        for operation, reason in re.findall(r"^\| ([A-Z]\w+) \| [A-Z]+ `.*?` \| (.*?) \|$", part, re.M):
            # A dictionary keeps the order and removes duplicates: GET and HEAD of one operation are two rows.
            reasons.setdefault(reason, {})[operation] = True
        for reason, operations in reasons.items():
            lines.append(f"| [{page.stem}](api/{page.name}) | {', '.join(operations)} | {reason} |\n")
    return "".join(lines)


def up_to_date(text):
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + refused() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(up_to_date(PAGE.read_text()))
