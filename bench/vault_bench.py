"""The vault engine compared with restic, borg and the machine's own limit: the same data, the same disk, one run."""
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

import common

PHASES = ["init", "first backup", "unchanged backup", "changed backup", "full restore", "full check"]


class Tool:
    """One contestant with a fresh repository for each round. Every command is timed and its memory watched."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.repository = scratch / f"{self.name}-repository"
        self.environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(scratch / "restic-cache"),
                            "BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(scratch / "borg"),
                            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes", "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
        self.seconds = {phase: [] for phase in PHASES}
        self.cpu = {phase: [] for phase in PHASES}
        self.peak_mib = 0.0
        self.size_mib = 0.0

    def run(self, phase, *command, where=None):
        common.sync_tree(self.scratch)  # so that none waits for writes of another one
        watched = subprocess.run([sys.executable, "-SI", pathlib.Path(__file__).with_name("watched.py"), *command],
                                 env=self.environment, cwd=where, stdout=subprocess.PIPE, text=True, check=True).stdout
        seconds, cpu, peak, code = map(float, watched.split())
        if code != 0:
            raise RuntimeError(f"{self.name}: {' '.join(map(str, command))} failed")
        if phase == "full restore":  # a restore must survive a power failure; ours has synced already
            seconds += common.timed(lambda: common.sync_tree(self.scratch))
        self.seconds[phase].append(seconds)
        self.cpu[phase].append(cpu)
        self.peak_mib = max(self.peak_mib, peak)

    def phase(self, data, phase, path):
        if phase == "init":
            shutil.rmtree(self.repository, ignore_errors=True)
            self.init()
        elif phase == "full restore":
            # Kept until all have restored: ext4 is slow to create files just after many were deleted.
            target = self.scratch / f"{self.name}-restored"
            target.mkdir()
            self.restore(path, target)
            data.compare(path, target)
        elif phase == "full check":
            self.size_mib = sum(f.stat().st_size for f in self.repository.rglob("*") if f.is_file()) / 1048576
            self.check()
            shutil.rmtree(self.repository)
        else:
            self.backup(phase, path)


class Quaymaster(Tool):
    name = "quaymaster"
    driver = None

    def init(self):
        self.run("init", self.driver, "init", self.repository)

    def backup(self, phase, path):
        self.run(phase, self.driver, "backup", self.repository, path)

    def restore(self, path, target):
        into = target / path.name
        self.run("full restore", self.driver, "restore", self.repository, into)

    def check(self):
        self.run("full check", self.driver, "check", self.repository)


class Restic(Tool):
    name = "restic"

    def init(self):
        self.run("init", "restic", "-q", "-r", self.repository, "init", "--repository-version", "2")

    def backup(self, phase, path):
        self.run(phase, "restic", "-q", "-r", self.repository, "backup", path.name, where=path.parent)

    def restore(self, path, target):
        self.run("full restore", "restic", "-q", "-r", self.repository, "restore", "latest", "--target", target)

    def check(self):
        self.run("full check", "restic", "-q", "-r", self.repository, "check", "--read-data")


class Borg(Tool):
    name = "borg"
    count = 0

    def init(self):
        self.run("init", "borg", "init", "-e", "repokey", self.repository)

    def backup(self, phase, path):
        self.count += 1
        self.run(phase, "borg", "create", f"{self.repository}::{self.count}", path.name, where=path.parent)

    def restore(self, path, target):
        self.run("full restore", "borg", "extract", "--sparse", f"{self.repository}::{self.count}", where=target)

    def check(self):
        self.run("full check", "borg", "check", "--verify-data", self.repository)


class Changed:
    """The data after a day's work, under the same name and path, for as long as the block runs."""

    def __init__(self, apply, undo):
        self.apply, self.undo = apply, undo

    def __enter__(self):
        return self.apply()

    def __exit__(self, *_):
        self.undo()


class Tree:
    title = "Source tree"

    def __init__(self, scratch, driver, files):
        self.original = scratch / "data" / "tree"
        subprocess.run([driver, "make-tree", self.original, str(files)], check=True)
        self.files = sorted(path for path in self.original.rglob("*") if path.is_file())

    def changed(self):
        choose = random.Random(3)
        edited = choose.sample(self.files, max(1, len(self.files) // 100))
        before = {path: path.read_bytes() for path in edited}
        added = self.original / "added"

        def apply():
            for path in edited:
                path.write_bytes(before[path] + b"one more line;\n")
            shutil.copytree(self.files[0].parent.parent, added)
            return self.original

        def undo():
            shutil.rmtree(added)
            for path, content in before.items():
                path.write_bytes(content)
            time.sleep(3)  # so that no tool treats these files as just changed
        return Changed(apply, undo)

    def compare(self, path, target):
        subprocess.run(["diff", "-rq", path, target / path.name], check=True, stdout=subprocess.DEVNULL)


class Image:
    title = "VM image"

    def __init__(self, scratch, driver, gib):
        """A real ext4 with programs and libraries of this machine and source text, a third of it free."""
        folder = scratch / "data" / "image"
        folder.mkdir(parents=True)
        self.original = folder / "disk.raw"
        content = scratch / "content"
        content.mkdir()
        budget = int(gib * (1 << 30) * 0.5)
        for source in ("/usr/lib", "/usr/bin", "/usr/share"):
            for path in sorted(pathlib.Path(source).rglob("*")):
                if path.is_symlink() or not path.is_file():
                    continue
                size = path.stat().st_size
                if size > budget:
                    continue
                budget -= size
                into = content / str(path)[1:]
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, into)
        subprocess.run([driver, "make-tree", content / "src", str(int(gib * 4000))], check=True)
        noise = random.Random(4)
        with open(content / "media", "wb") as file:
            for _ in range(int(gib * 1024 * 0.08)):
                file.write(noise.randbytes(1 << 20))
        with open(self.original, "wb") as file:
            file.truncate(int(gib * (1 << 30)))
        subprocess.run(["mkfs.ext4", "-q", "-F", "-d", content, self.original], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(content)

    def changed(self):
        """The image after writes to three hundred places of 4 to 64 KiB and one of 32 MiB."""
        size = self.original.stat().st_size
        choose = random.Random(5)
        kept = self.original.with_name("kept")

        def apply():
            self.original.rename(kept)
            subprocess.run(["cp", "--sparse=always", kept, self.original], check=True)
            with open(self.original, "r+b") as file:
                for _ in range(300):
                    file.seek(choose.randrange(size // 4096 - 16) * 4096)
                    file.write(choose.randbytes(2048) * (2 * choose.randint(1, 16)))
                file.seek(choose.randrange(size // 4096 - 8192) * 4096)
                file.write(choose.randbytes(16 << 20) * 2 if size > 64 << 20 else b"x")
            return self.original

        def undo():
            kept.replace(self.original)
        return Changed(apply, undo)

    def compare(self, path, target):
        found = target / path.name
        subprocess.run(["cmp", path, found], check=True)


class Media:
    title = "Incompressible media"

    def __init__(self, scratch, driver, gib):
        del driver
        self.original = scratch / "data" / "media"
        self.original.mkdir(parents=True)
        choose = random.Random(6)
        for index in range(max(1, int(gib * 32))):
            (self.original / f"{index:04}.bin").write_bytes(choose.randbytes(32 << 20))

    def changed(self):
        added = self.original / "added.bin"

        def apply():
            added.write_bytes(random.Random(7).randbytes(8 << 20))
            return self.original
        return Changed(apply, added.unlink)

    def compare(self, path, target):
        subprocess.run(["diff", "-rq", path, target / path.name], check=True, stdout=subprocess.DEVNULL)


class Limit:
    def __init__(self, program, data):
        self.command = [program, data.original, "1"]
        self.seconds, self.cpu = [], []

    def run(self):
        before = os.times()
        self.seconds.append(float(subprocess.run(self.command, capture_output=True, text=True, check=True).stdout))
        after = os.times()
        self.cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)


def measure(data, scratch, options, limit_program):
    """Every phase is run by all tools one after the other before the next phase, so that noise affects all alike;
    the limit is measured just before and just after our first backup."""
    common.warm(data.original.parent)
    tools = [kind(scratch) for kind in (Quaymaster, Restic, Borg) if kind is Quaymaster or not options.without_peers]
    limits = Limit(limit_program, data)

    def run(phase, path):
        for tool in tools:
            around = phase == "first backup" and tool is tools[0]
            if around:
                limits.run()
            tool.phase(data, phase, path)
            if around:
                limits.run()

    for _ in range(options.rounds):
        for phase in PHASES[:3]:
            run(phase, data.original)
        with data.changed() as changed:
            for phase in PHASES[3:]:
                run(phase, changed)
        for tool in tools:
            shutil.rmtree(tool.scratch / f"{tool.name}-restored")
    median = {tool.name: {phase: statistics.median(tool.seconds[phase]) for phase in PHASES} for tool in tools}
    cpu = {tool.name: {phase: statistics.median(tool.cpu[phase]) for phase in PHASES} for tool in tools}
    peers = [tool.name for tool in tools[1:]]
    limit, limit_cpu = statistics.median(limits.seconds), statistics.median(limits.cpu)
    rows = []
    for phase in PHASES:
        ours = median["quaymaster"][phase]
        row = [phase] + [f"{median[tool.name][phase]:.2f} ({cpu[tool.name][phase]:.1f})" for tool in tools]
        row.append(f"{min(median[peer][phase] for peer in peers) / ours:.1f}" if peers else "")
        row.append(f"{limit / ours:.2f} ({limit_cpu / cpu['quaymaster'][phase]:.2f})" if phase == "first backup" else "")
        rows.append(row)
    rows.append(["repository, MiB"] + [f"{tool.size_mib:,.0f}" for tool in tools] +
                [f"{min(tool.size_mib for tool in tools[1:]) / tools[0].size_mib:.2f}" if peers else "", ""])
    rows.append(["peak memory, MiB"] + [f"{tool.peak_mib:,.0f}" for tool in tools] +
                [f"{min(tool.peak_mib for tool in tools[1:]) / tools[0].peak_mib:.2f}" if peers else "", ""])
    size = sum(path.stat().st_size for path in data.original.parent.rglob("*") if path.is_file()) / 1048576
    common.table(f"{data.title}: {size:,.0f} MiB, medians of {options.rounds} in seconds (CPU seconds); "
                 f"limit {limit:.2f} ({limit_cpu:.1f})",
                 ["what"] + [tool.name for tool in tools] + ["fastest peer / ours", "limit / ours"], rows)


def run(options):
    build = pathlib.Path(options.binary).resolve().parents[1]
    subprocess.run(["cmake", "--build", build, "--target", "bench_vault", "bench_vault_limit"], check=True,
                   stdout=subprocess.DEVNULL)
    Quaymaster.driver = build / "bench/bench_vault"
    sets = {"tree": (Tree, options.tree_files), "image": (Image, options.image_gib), "media": (Media, options.media_gib)}
    for name, (kind, size) in sets.items():
        if not size or options.vault_data not in ("all", name):
            continue
        with common.Scratch() as scratch:
            data = kind(scratch, Quaymaster.driver, size)
            measure(data, scratch, options, build / "bench/bench_vault_limit")
