#!/usr/bin/env python3
"""The house rules as a test: what doc/hacking.md says and a compiler does not check. Prints one line per finding."""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST_FILE = 600

findings = []


def finding(path, line, text):
    findings.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def tracked(*patterns):
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT,
                             capture_output=True, text=True, check=True)
    return [pathlib.Path(name) for name in listing.stdout.splitlines() if (ROOT / name).exists()]


def code_lines(path):
    """Lines without comments and string contents, so that words in them are ignored."""
    text = (ROOT / path).read_text()
    text = re.sub(r'R"(\w*)\((.*?)\)\1"', lambda m: '""' + "\n" * m.group(0).count("\n"), text, flags=re.S)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        line = re.sub(r'"(\\.|[^"\\])*"', lambda m: m.group(0) if line.startswith("#include") else '""', line)
        yield number, re.sub(r"//.*", "", line)


def room_of(path):
    """src/drive/format/x.cc -> drive/format."""
    parts = path.parts
    return "/".join(parts[1:-1]) if len(parts) > 2 and parts[0] == "src" else None


def area_of(room):
    return re.match(r"((providers|faces)/)?[^/]+", room).group(0)


def read_layers():
    """Room -> the rooms it may include; area -> those that its tests may include in addition."""
    rooms, tests = {}, {}
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, rest = line.split(":", 1)
            edges = re.split(r"[+@]", rest)[0].split()
            if name.startswith("tests "):
                tests[name.removeprefix("tests ")] = edges
            else:
                rooms[name] = edges
    return rooms, tests


def reachable(room, rooms, seen):
    for other in rooms.get(room, []):
        if other not in seen:
            seen.add(other)
            reachable(other, rooms, seen)
    return seen


def check_layers(sources):
    page = pathlib.Path("tools/layers.txt")
    rooms, tests = read_layers()
    for room, edges in rooms.items():
        if not any(room_of(path) == room for path in sources):
            finding(page, 0, f"the room {room} has no sources")
        if room in reachable(room, rooms, set()):
            finding(page, 0, f"{room} includes itself through others")
    used, used_by_tests = set(), set()
    for path in sources:
        room = room_of(path)
        if room is None:
            continue
        is_test = path.stem.endswith("_test")
        if not is_test and room not in rooms:
            finding(path, 0, f"the room {room} is not in {page}")
            continue
        for number, line in code_lines(path):
            match = re.match(r'#include "([\w/]+/[\w.]+)"', line)
            target = room_of(pathlib.Path("src") / match.group(1)) if match else None
            if target not in rooms or target == room:
                continue
            if not is_test:
                used.add((room, target))
                if target not in rooms[room]:
                    finding(path, number, f"{room} may not include {target} ({page})")
                continue
            area = area_of(room)
            used_by_tests.add((area, target))
            own = [other for other in rooms if area_of(other) == area]
            allowed = set(own) | set(tests.get(area, []))
            for other in own:
                reachable(other, rooms, allowed)
            if target not in allowed:
                finding(path, number, f"tests of {area} may not include {target} ({page})")
    for room, edges in rooms.items():
        for target in edges:
            if (room, target) not in used:
                finding(page, 0, f"{room} does not include {target}: remove the edge")
    for area, edges in tests.items():
        for target in edges:
            if (area, target) not in used_by_tests:
                finding(page, 0, f"no test of {area} includes {target}: remove the edge")


def check_clock(sources):
    asks = re.compile(r"(system_clock|steady_clock|high_resolution_clock)::now|\bsleep_for\(|\bsleep_until\(|\busleep\(|"
                      r"\bnanosleep\(|\bgettimeofday\(|\bclock_gettime\(|(?<!\.)\btime\((nullptr|NULL|0)\)")
    own = re.compile(r"(clock_?\.|clock_?->|clock\(\)\.|^bool \w+Clock::)sleep_(for|until)\(")
    for path in sources:
        if path.parts[:2] == ("src", "base") and path.stem in ("clock", "clock_test"):
            continue
        for number, line in code_lines(path):
            if "override" not in line and asks.search(own.sub("", line)):
                finding(path, number, "reads the time from the system or sleeps: use the Clock that is passed in")


def check_coroutines(sources):
    """What g++ 12 miscompiles: an aggregate or a capturing lambda built inside the operand of co_await."""
    hazard = re.compile(r"co_await\b[^;]*?(\[[=\w][^\]]*\]\s*[({]|\b[A-Z]\w+\{)")
    for path in sources:
        statement, start = "", 0
        for number, line in code_lines(path):
            if not statement.strip():
                start = number
            statement += line + " "
            if ";" in line or "{" in line or "}" in line:
                if "co_await" in statement and hazard.search(statement):
                    finding(path, start, "build the aggregate or lambda on the line above the co_await")
                statement = ""


def check_steps(sources):
    """A step of a job may have lost it while it stood still: it writes to the records under Run::save or Run::hold."""
    takes_run = re.compile(r"^\S[^\n;{]*\bjobs::Run& run\b[^;{]*\{$.*?^\}", re.MULTILINE | re.DOTALL)
    writes = re.compile(r"\bdatabase_?\.write\((.{0,160})", re.DOTALL)
    for path in sources:
        if path.suffix != ".cc" or path.name.endswith("_test.cc") or path.parts[1] in ("jobs", "testing"):
            continue
        text = (ROOT / path).read_text()
        header = ROOT / path.with_suffix(".h")
        of_run = "jobs::Run& run_;" in text or (header.exists() and "jobs::Run& run_;" in header.read_text())
        for at, body in [(0, text)] if of_run else [(m.start(), m.group()) for m in takes_run.finditer(text)]:
            for match in writes.finditer(body):
                if not re.search(r"\b(hold|check)\(", match.group(1)):
                    line = text.count("\n", 0, at + match.start()) + 1
                    finding(path, line, "a step writes to the records: under run.save, or run.hold first in the change")


def check_sizes(sources):
    for path in sources:
        count = (ROOT / path).read_text().count("\n")
        if count > LARGEST_FILE:
            finding(path, 0, f"{count} lines; a file holds one idea and stays under {LARGEST_FILE}")


def check_rooms(sources):
    folders = {path.parent for path in sources if path.parts[0] == "src"}
    for folder in sorted(folders):
        if not (ROOT / folder / "README.md").exists():
            finding(folder, 0, "has no README.md")


def check_dead_headers(sources):
    included = set()
    for path in sources:
        for _, line in code_lines(path):
            match = re.match(r'#include "([\w/.]+)"', line)
            if match:
                included.add(match.group(1))
    for path in sources:
        if path.suffix == ".h" and path.parts[0] == "src" and str(path.relative_to("src")) not in included:
            finding(path, 0, "this header is never included")


def check_marks(sources):
    for path in sources:
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                finding(path, number, "finish the work instead of marking it as unfinished")


# Turns of phrase that are never plain English here, with what to write instead: doc/hacking.md, Words.
WORDS = [(re.compile(rf"\b{pattern}\b", re.I), instead) for pattern, instead in [
    (r"can not(?! only)", "cannot"),
    (r"for ever", "forever"),
    (r"anew", "again; to make anew is to recreate"),
    (r"whoever", "anyone who, a caller who, or name the actor"),
    (r"(that|which) (is|are) none", "invalid, malformed, or: is not one"),
    (r"of (its|their) own", "its own, separate, or dedicated"),
    (r"an own", "its own"),
    (r"some (hundred|thousand|tens)", "a few hundred, about a thousand, a few tens"),
    (r"as it is called", "the name"),
    (r"what is gone", "what was removed"),
    (r"keeps? nobody waiting", "does not block others"),
    (r"let(s|ting)? through", "accept, release"),
    (r"in the midst of", "in the middle of"),
    (r"besides?", "next to, together with, in addition to"),
    (r"(some|any|every)body", "another thread, anyone, everyone, or the passive"),
    (r"(goes|gone) on", "continues, resumes"),
    (r"(gives?|given|gave) back", "returns, frees"),
    (r"(hands?|handed) out", "returns, provides, issues"),
    (r"look(s|ed|ing)? into", "reads, examines"),
    (r"went away", "was removed, disconnected"),
    (r"power cut", "power failure"),
    (r"under way", "in progress"),
    (r"in clear(?! text)", "in clear text"),
    (r"none of ours", "not one of this server"),
    (r"(he|his|him)", "the caller, the attacker, it"),
]]
SQL = re.compile(r'(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH)\b')


def prose_lines(path):
    """Lines with their numbers: of a source its comments and, unless it is a test, its texts; of a program in Python its
    comments and docstrings; a page without its code. The list of words itself is skipped."""
    text = (ROOT / path).read_text()
    if path.suffix == ".md":
        text = re.sub(r"```.*?```", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        if path == pathlib.Path("doc/hacking.md"):
            text = re.sub(r"^## Words\n.*?(?=^## |\Z)", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S | re.M)
        for number, line in enumerate(text.split("\n"), 1):
            yield number, re.sub(r"`[^`]*`", "``", line)
        return
    mark = "//" if path.suffix in (".h", ".cc", ".mjs", ".java", ".go") else "#"
    has_texts = path.parts[0] == "src" and path.parts[1] != "testing" and not path.stem.endswith("_test")
    in_docstring = False
    for number, line in enumerate(text.split("\n"), 1):
        if path.suffix == ".py" and (in_docstring or line.lstrip().startswith('"""')):
            in_docstring ^= line.count('"""') % 2 == 1
            yield number, line.replace('"""', "")
            continue
        literals = re.findall(r'"((?:\\.|[^"\\])*)"', line) if not line.lstrip().startswith(mark) else []
        line = re.sub(r'"(\\.|[^"\\])*"', '""', line) if literals else line
        comment = re.search(rf"(?:^|\s){mark}[/<]*\s(.*)", line)
        texts = [one for one in literals if " " in one and not SQL.match(one)] if has_texts else []
        yield number, " ".join([*texts, comment.group(1) if comment else ""]).strip()


def check_words(paths):
    """A phrase may continue on the next line; it is reported where it begins."""
    for path in paths:
        lines = [*prose_lines(path), (0, "")]
        for (number, line), (_, following) in zip(lines, lines[1:]):
            both = f"{line} {following}" if line and following else line
            for pattern, instead in WORDS:
                for match in pattern.finditer(both):
                    if match.start() < len(line):
                        finding(path, number, f"'{match.group(0)}': write {instead} (doc/hacking.md, Words)")


def check_links():
    for path in tracked("*.md"):
        text = re.sub(r"```.*?```", lambda m: "\n" * m.group(0).count("\n"), (ROOT / path).read_text(), flags=re.S)
        for number, line in enumerate(text.split("\n"), 1):
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not (ROOT / path.parent / target).exists():
                    finding(path, number, f"link to {target}, which does not exist")


def check_formatting(sources):
    """.clang-format, with the version that ./dev installs, since others format differently."""
    program = shutil.which("clang-format-19")
    if program is None:
        return
    names = [str(path) for path in sources]
    chunks = [names[i::4] for i in range(4)]
    runs = [subprocess.Popen([program, "--dry-run", "-Werror", *chunk], cwd=ROOT, stderr=subprocess.PIPE, text=True)
            for chunk in chunks if chunk]
    for run in runs:
        wrong = {line.split(":")[0] for line in run.communicate()[1].splitlines() if "[-Wclang-format-violations]" in line}
        for name in sorted(wrong):
            finding(pathlib.Path(name), 0, f"is not formatted: {program} -i {name}")


def check_differences():
    sys.path.insert(0, str(ROOT / "tools"))
    import differences
    text = differences.PAGE.read_text()
    if text != differences.up_to_date(text):
        finding("doc/known-differences.md", 0, "its table is out of date: run tools/differences.py")


def check_tables(sources):
    """An SQL table is created, read and written in one room; other rooms call that room's functions. The rooms of blob
    share one schema and count as one."""
    def owner_of(path):
        room = room_of(path)
        return "blob" if room and area_of(room) == "blob" else room

    product = [path for path in sources if path.parts[0] == "src" and path.parts[1] != "testing"
               and not path.stem.endswith("_test")]
    texts = {path: (ROOT / path).read_text() for path in product}
    owners = {}
    for path, text in texts.items():
        for match in re.finditer(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", text):
            owner = owners.setdefault(match.group(1), owner_of(path))
            if owner != owner_of(path):
                finding(path, text.count("\n", 0, match.start()) + 1,
                        f"the table {match.group(1)} is created by {owner} as well")
    for path, text in texts.items():
        for match in re.finditer(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE|ON)\s+(?:\"\s*\")?(\w+)", text):
            owner = owners.get(match.group(1))
            if owner is not None and owner != owner_of(path):
                finding(path, text.count("\n", 0, match.start()) + 1,
                        f"the table {match.group(1)} belongs to {owner}: call a function of that room")


def main():
    sources = tracked("src/*.cc", "src/*.h", "tests/*.cc", "tests/*.h", "bench/*.cc", "bench/*.h")
    check_layers(sources)
    check_clock([path for path in sources if path.parts[0] == "src"])
    check_coroutines(sources)
    check_steps([path for path in sources if path.parts[0] == "src"])
    check_sizes(sources + tracked("*.py", "*.mjs", "dev"))
    check_rooms(sources)
    check_tables(sources)
    check_dead_headers(sources)
    check_marks(sources)
    check_words([*sources, *tracked("*.md", "*.py", "*.mjs", "dev", "*.cmake", "*CMakeLists.txt", "packaging/*", "*.sh",
                                       "*.java", "*.go")])
    check_formatting(sources)
    check_links()
    check_differences()
    for line in findings:
        print(line)
    print(f"tidy: {len(sources)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
