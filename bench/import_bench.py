"""Import of one large file and of many small ones, from a prepared drive to blobs, warm cache."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import common
import quickstart_import
from azure_rest import Arm, Failed, Server

AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def make_large(folder, gib):
    folder.mkdir()
    block = random.Random(1).randbytes(1 << 20)
    with open(folder / "large.bin", "wb") as file:
        for index in range(int(gib * 1024)):
            file.write(index.to_bytes(8, "little") + block[8:])


def make_small(folder, count):
    choose = random.Random(2)
    folder.mkdir()
    for index in range(count):
        directory = folder / f"{index // 500:03}"
        directory.mkdir(exist_ok=True)
        (directory / f"{index:06}.bin").write_bytes(choose.randbytes(choose.randint(1024, 65536)))


def cp_with_fsync(source, scratch):
    target = scratch / "copy"

    def copy():
        subprocess.run(["cp", "-r", source, target], check=True)
        common.sync_tree(target)
    seconds = common.timed(copy)
    shutil.rmtree(target)
    return seconds


def md5sum(source):
    files = subprocess.run(["find", source, "-type", "f", "-print0"], capture_output=True, check=True).stdout
    return common.timed(lambda: subprocess.run(["xargs", "-0", "md5sum"], input=files, stdout=subprocess.DEVNULL, check=True))


def limit(source, scratch, binary):
    program = pathlib.Path(binary).resolve().parents[1] / "bench/bench_limit"
    return float(subprocess.run([program, source, scratch], capture_output=True, text=True, check=True).stdout)


class Import:
    """One server for all rounds; each round imports the same drive into a fresh container without preparing it again."""

    def __init__(self, binary, scratch, source):
        self.scratch = scratch
        self.root = scratch / "quaymaster"
        self.root.mkdir()
        self.server = Server(binary, self.root)
        self.arm = Arm(self.server.env, "bench")
        self.account, _, _ = quickstart_import.create_resources(self.arm)
        self.source, self.binary, self.round = source, binary, 0

    def __call__(self):
        self.round += 1
        drive = self.root / f"drive-{self.round}"
        drive.mkdir()
        command = [self.binary, "drive", "prepare", self.source, drive, "--account", quickstart_import.ACCOUNT,
                   "--container", f"round-{self.round}", "--drive-id", f"BENCH{self.round}", "--json"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        entry = json.loads(lines[-1])["drive"]
        common.warm(drive)
        common.sync_tree(drive)
        quickstart_import.JOB = f"bench-{self.round}"
        job = quickstart_import.create_job(self.arm, self.account, entry)
        drive.rename(self.server.dock / drive.name)
        seconds = self.measure(job)
        shutil.rmtree(self.server.dock / drive.name)
        return seconds

    def measure(self, job):
        started = None
        while True:
            properties = self.arm.call("GET", job, quickstart_import.API["import"])["properties"]
            state = properties["state"]
            if started is None and state in ("Received", "Transferring", "Packaging", "Completed", "Closed"):
                started = time.monotonic()
            if state in ("Completed", "Closed"):
                if state == "Closed":
                    raise Failed(f"the bench import ended Closed: {properties['driveList']}")
                return time.monotonic() - started
            time.sleep(0.002)

    def stop(self):
        peak = common.peak_memory_mib(self.server.process.pid)
        self.server.stop()
        shutil.rmtree(self.root)
        return peak


class Azurite:
    """rclone to Azurite, both as a user would install them: Debian's rclone, npm's azurite."""

    def __init__(self, scratch, source):
        home = pathlib.Path("build/bench")
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "node_modules/azurite").exists():
            subprocess.run(["npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--loglevel=error", "azurite"],
                           check=True)
        self.source, self.round = source, 0
        self.data = scratch / "azurite"
        self.process = subprocess.Popen(
            ["node", home / "node_modules/azurite/dist/src/blob/main.js", "--location", self.data, "--silent",
             "--blobPort", "10999", "--skipApiVersionCheck"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(3)

    def __call__(self):
        self.round += 1
        environment = {**os.environ, "RCLONE_CONFIG_AZ_TYPE": "azureblob", "RCLONE_CONFIG_AZ_ACCOUNT": "devstoreaccount1",
                       "RCLONE_CONFIG_AZ_KEY": AZURITE_KEY, "RCLONE_CONFIG_AZ_USE_EMULATOR": "true",
                       "RCLONE_CONFIG_AZ_ENDPOINT": "http://127.0.0.1:10999/devstoreaccount1"}
        return common.timed(lambda: subprocess.run(
            ["rclone", "copy", "--transfers", "16", self.source, f"az:round-{self.round}"], env=environment, check=True))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.data, ignore_errors=True)


def measure(title, source, scratch, options, rounds):
    common.warm(source)
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    ours = Import(options.binary, scratch, source)
    contestants = {
        "limit: read + MD5 + write, one thread": lambda: limit(source, scratch, options.binary),
        "cp -r and sync": lambda: cp_with_fsync(source, scratch),
        "md5sum": lambda: md5sum(source),
        "quaymaster import": ours,
    }
    peer = None if options.without_peers else Azurite(scratch, source)
    if peer:
        contestants["rclone to Azurite"] = peer
    medians = common.interleaved(rounds, contestants)
    peak = ours.stop()
    if peer:
        peer.stop()
    mine = medians["quaymaster import"]
    common.table(f"{title}: {size / 1048576:,.0f} MiB, medians of {rounds}; peak memory of the server {peak:.0f} MiB",
                 ["what", "seconds", "MiB/s", "its time / ours"],
                 [[name, f"{seconds:.2f}", f"{size / 1048576 / seconds:,.0f}", f"{seconds / mine:.2f}"]
                  for name, seconds in medians.items()])


def run(options):
    subprocess.run(["cmake", "--build", pathlib.Path(options.binary).resolve().parents[1], "--target", "bench_limit"],
                   check=True, stdout=subprocess.DEVNULL)
    with common.Scratch() as scratch:
        if options.large_gib:
            make_large(scratch / "large", options.large_gib)
            measure("One large file", scratch / "large", scratch, options, options.rounds)
            shutil.rmtree(scratch / "large")
        if options.small_files:
            make_small(scratch / "small", options.small_files)
            measure(f"{options.small_files:,} small files", scratch / "small", scratch, options, options.rounds)
