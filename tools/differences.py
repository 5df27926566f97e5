#!/usr/bin/env python3
"""The generated part of doc/known-differences.md: what the pages of doc/api, made from the operation tables, refuse.

`tools/differences.py` rewrites it; tools/tidy.py tells when it is out of date.
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
        _, found, part = page.read_text().partition("## Refused on purpose")
        reasons = {}
        for operation, reason in re.findall(r"^\| ([A-Z]\w+) \| [A-Z]+ `[^`]*` \| (.*?) \|$", part if found else "", re.M):
            reasons.setdefault(reason, []).append(operation)
        for reason, operations in reasons.items():
            lines.append(f"| [{page.stem}](api/{page.name}) | {', '.join(operations)} | {reason} |\n")
    for reason, operations in refused_blobs().items():
        lines.append(f"| Blob service | {', '.join(operations)} | {reason} |\n")
    return "".join(lines)


def refused_blobs():
    """The same of the Blob service, whose table has no page of its own."""
    source = (ROOT / "src/faces/blob/blob_operations.cc").read_text()
    texts = {name: "".join(re.findall(r'"([^"]*)"', parts)) for name, parts in
             re.findall(r'constexpr std::string_view (k\w+)\s*=\s*((?:"[^"]*"\s*)+);', source)}
    reasons = {}
    for operation, reason in re.findall(r'^\s*refused\("(\w+)",.*?([^,]+)\),\s*$', source, re.M):
        reason = reason.strip()
        operations = reasons.setdefault(texts.get(reason, reason.strip('"')), [])
        if operation not in operations:
            operations.append(operation)
    return reasons


def up_to_date(text):
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + refused() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(up_to_date(PAGE.read_text()))
