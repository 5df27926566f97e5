"""The API under load: start to ready, requests per second and latency, with few jobs and with very many."""
import json
import pathlib
import re
import statistics
import subprocess
import time
import urllib.parse

import blob_api
import common
import flood
import quickstart_backup
import quickstart_import
from azure_rest import Arm, Failed, Server
from get_bench import Nginx

CONNECTIONS = (1, 8, 64)
SECONDS = 3
FILTER = urllib.parse.quote("status eq 'Completed' and operation eq 'Backup' and backupManagementType eq 'AzureIaasVM'")

# wrk's scripting language. Each thread has its own name, so that every PUT creates a new group.
POST = 'wrk.method = "POST"; wrk.body = [[{body}]]; wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"'
PUT = """
local next_thread = 0
function setup(thread) thread:set("id", next_thread); next_thread = next_thread + 1 end
local count = 0
local run = "{run}"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {token}"
function request()
  count = count + 1
  return wrk.format("PUT", string.format("{path}/bench-%s-%d-%d?api-version={version}", run, id, count), nil,
                    '{{"location":"westeurope"}}')
end
"""


class Load:
    """What wrk measured in one run."""

    def __init__(self, url, connections, headers=(), script=None):
        command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "10s", "--latency"]
        command += [part for header in headers for part in ("-H", header)]
        command += ["-s", str(script)] if script else []
        text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in text or "Socket errors" in text:
            raise Failed(f"wrk met refusals: {text}")
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
        self.median, self.slowest = (self.milliseconds(text, percent) for percent in ("50", "99"))

    @staticmethod
    def milliseconds(text, percent):
        value, unit = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", text).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def median_of(rounds, make):
    loads = [make() for _ in range(rounds)]
    return tuple(statistics.median(getattr(load, name) for load in loads) for name in ("rate", "median", "slowest"))


class Subject:
    """A server with one vault that has this many jobs."""

    def __init__(self, options, scratch, jobs):
        self.scratch = scratch / f"jobs-{jobs}"
        self.scratch.mkdir()
        server = Server(options.binary, self.scratch, ("--access-log", "off"))
        arm = Arm(server.env, "bench")
        arm.call("PUT", arm.group, quickstart_import.API["resources"], {"location": "westeurope"})
        quickstart_backup.create_vault(arm)
        server.stop()
        fill = pathlib.Path(options.binary).resolve().parents[1] / "bench" / "bench_job_rows"
        subprocess.run([fill, server.data / "records.db", str(jobs)], check=True)
        self.server, self.ready = self.started(options, server)
        self.arm = Arm(self.server.env, "bench")
        self.idle = common.memory_mib(self.server.process.pid)
        self.vault = quickstart_backup.Vault(self.arm)
        page = self.vault.call("GET", "/backupJobs")[0]["value"]
        self.job = self.vault.at(f"/backupJobs/{page[len(page) // 2]['name']}")
        self.listing = self.vault.at("/backupJobs", f"&$filter={FILTER}")
        self.bodies = [json.dumps(self.arm.ask("GET", path)[0], separators=(",", ":")).encode()
                       for path in (self.job, self.listing)]

    @staticmethod
    def started(options, before):
        """Starts on the existing data directory; medians of five, from the start of the process to the first response."""
        seconds = []
        for number in range(5):
            (before.data / "endpoints.json").unlink(missing_ok=True)
            before.dock.rmdir()
            began = time.monotonic()
            server = Server(options.binary, before.data.parent, ("--access-log", "off"))
            seconds.append(server.ready_at - began)
            if number < 4:
                server.stop()
        return server, statistics.median(seconds)

    def load(self, rounds, path, connections, script=None):
        headers = () if script else (f"Authorization: Bearer {self.arm.token}",)
        url = self.server.env["QUAYMASTER_URL"] + path
        return median_of(rounds, lambda: Load(url, connections, headers, script))

    def rows(self, rounds, connections):
        yield "get one job", self.load(rounds, self.job, connections)
        yield "list 200 jobs, filtered", self.load(rounds, self.listing, connections)

    def token_script(self):
        env = self.server.env
        body = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"], "scope": "https://management.azure.com/.default"})
        script = self.scratch / "token.lua"
        script.write_text(POST.format(body=body))
        return script, f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token"

    def put_script(self, connections):
        script = self.scratch / "put.lua"
        script.write_text(PUT.format(token=self.arm.token, path=f"{self.arm.subscription}/resourceGroups", run=connections,
                                     version=quickstart_import.API["resources"]))
        return script


def state_load(options, scratch):
    """Medians in milliseconds of loading a state with a thousand resources, like the setup of a test."""
    root = scratch / "states"
    root.mkdir()
    server = Server(options.binary, root, ("--access-log", "off", "--profile", "test"))
    arm = Arm(server.env, "bench")
    version = quickstart_import.API["resources"]
    arm.call("PUT", arm.group, version, {"location": "westeurope"})
    quickstart_backup.create_vault(arm)
    for index in range(998):
        arm.call("PUT", f"{arm.subscription}/resourceGroups/group-{index}", version, {"location": "westeurope"})
    arm.ask("PUT", "/_quaymaster/state/thousand")
    seconds = [common.timed(lambda: arm.ask("POST", "/_quaymaster/state/thousand/load")) for _ in range(9)]
    server.stop()
    return statistics.median(seconds) * 1000


def show(title, rows):
    common.table(title, ["what", "connections", "requests/s", "median ms", "p99 ms", "of nginx"], rows)


def cells(name, connections, measured, theirs=None):
    rate, median, slowest = measured
    of = f"{rate / theirs:.2f}" if theirs else ""
    return [name, connections, f"{rate:,.0f}", f"{median:.2f}", f"{slowest:.2f}", of]


def run(options):
    build = pathlib.Path(options.binary).resolve().parents[1]
    subprocess.run(["cmake", "--build", build, "--target", "bench_job_rows"], check=True, stdout=subprocess.DEVNULL)
    with common.Scratch() as scratch:
        print(f"\na state of 1,000 resources is loaded in {state_load(options, scratch):.0f} ms")
        few = Subject(options, scratch, 1000)
        print(f"\nstart to ready {few.ready * 1000:.0f} ms; {few.idle:.0f} MiB idle")
        nginx = Nginx(scratch, few.bodies[0], few.server.data / "tls", also={"list.json": few.bodies[1], "blob.bin": blob_api.CONTENT})
        try:
            rows, few_by = [], {}
            for connections in CONNECTIONS:
                static = {name: median_of(options.rounds, lambda: Load(f"https://127.0.0.1:18443/{name}", connections))
                          for name in ("job.json", "list.json")}
                plain = median_of(options.rounds, lambda: Load("http://127.0.0.1:18080/job.json", connections))
                for (name, measured), file in zip(few.rows(options.rounds, connections), static):
                    few_by[name, connections] = measured
                    rows.append(cells(name, connections, measured, static[file][0]))
                    rows.append(cells(f"  nginx, {file}", connections, static[file]))
                rows.append(cells("  nginx, job.json, plain", connections, plain))
                script, path = few.token_script()
                rows.append(cells("token", connections, few.load(options.rounds, path, connections, script)))
                rows.append(cells("create resource group, durable", connections,
                                  few.load(1, "/", connections, few.put_script(connections))))
            blob_api.measure(options, scratch, CONNECTIONS, lambda url, connections: median_of(
                options.rounds, lambda: Load(url, connections)), "http://127.0.0.1:18080/blob.bin")
            flood.measure(options, scratch, few)
        finally:
            nginx.stop()
        show(f"1,000 jobs, TLS, {len(few.bodies[0])} and {len(few.bodies[1]):,} bytes, medians of {options.rounds}", rows)
        few.server.stop()

        many = Subject(options, scratch, options.api_jobs)
        rows = []
        for connections in CONNECTIONS:
            for name, measured in many.rows(options.rounds, connections):
                before = few_by[name, connections]
                rows.append([name, connections, f"{measured[0]:,.0f}", f"{measured[1]:.2f}", f"{measured[2]:.2f}",
                             f"{measured[2] / before[2]:.2f}"])
        common.table(f"{options.api_jobs:,} jobs; start to ready {many.ready * 1000:.0f} ms, {many.idle:.0f} MiB idle",
                     ["what", "connections", "requests/s", "median ms", "p99 ms", "p99 / that of 1,000"], rows)
        many.server.stop()
