"""What every benchmark shares: medians of interleaved runs, tables, machine facts, peers."""
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import tempfile
import time


def timed(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def interleaved(rounds, contestants, patience=120):
    """Runs every contestant once per round, so that noise affects all alike; returns name -> median seconds. One that
    takes longer than `patience` seconds runs only once: noise does not matter at that scale."""
    seconds = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            if not seconds[name] or seconds[name][-1] <= patience:
                seconds[name].append(contestant())
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(title, columns, rows):
    widths = [max(len(str(row[i])) for row in [columns, *rows]) for i in range(len(columns))]
    print(f"\n{title}\n")
    for index, row in enumerate([columns, *rows]):
        print("| " + " | ".join(str(cell).ljust(widths[i]) if i == 0 else str(cell).rjust(widths[i])
                                for i, cell in enumerate(row)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) // 1048576
    return f"commit {commit}, {model}, {os.cpu_count()} cores, {memory} GiB, Linux {platform.release()}"


def memory_mib(pid, which="VmRSS"):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    return 0.0


def peak_memory_mib(pid):
    return memory_mib(pid, "VmHWM")


def sync_tree(path):
    """Makes a copied tree durable like a careful user would: with one sync of its file system."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        import ctypes
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs")
    finally:
        os.close(descriptor)


def warm(path):
    """Reads everything once, so that all contestants find it in the page cache."""
    subprocess.run(["sh", "-c", f"find '{path}' -type f -print0 | xargs -0 cat >/dev/null"], check=True)


class Scratch:
    """A directory for one benchmark, on the disk that is measured (QM_BENCH_DIR or the default for temporary files)."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="quaymaster-bench-", dir=os.environ.get("QM_BENCH_DIR")))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
