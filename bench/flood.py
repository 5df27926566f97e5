"""One client sends as many requests as it can while another sends few: the latency of the latter, and the memory of the
server.

The clients use processor time of the server's machine, which delays the other client, too. So nginx is flooded in the
same way for comparison, where it can serve something similar."""
import concurrent.futures
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import time
import urllib.parse
import uuid

import common
import quickstart_import
from azure_rest import Arm, Failed

CONNECTIONS, SECONDS, PAUSE = 64, 5, 0.02
LARGEST_BODY = 4 << 20
NGINX = "https://127.0.0.1:18443"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

# wrk's scripting language: the plain request, sixteen of them at once, or each with its own name.
REQUEST = 'wrk.method = "{method}"; wrk.headers["Content-Type"] = "{type}"; wrk.headers["Authorization"] = "Bearer {token}"\n'
BODY = 'local file = io.open("{file}", "rb"); wrk.body = file:read("*a"); file:close()\n'
PIPELINE = """
local requests
function init() requests = string.rep(wrk.format(), 16) end
function request() return requests end
"""
NAMES = """
local count = 0
function request()
  count = count + 1
  return wrk.format(nil, string.format("{path}/flood-{run}-%d?{query}", count))
end
"""


class Other:
    """A client with one connection that repeats a request every 20 ms, or at once when it is late. Its milliseconds count
    from when the request was due: a late response delays the following requests."""

    def __init__(self, url, certificate, token="", method="GET", body=""):
        at = urllib.parse.urlparse(url)
        context = ssl.create_default_context(cafile=certificate)
        plain = socket.create_connection((at.hostname, at.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname=at.hostname)
        self.method, self.host, self.path, self.token, self.body = method, at.netloc, at.path + "?" + at.query, token, body
        self.number = 0

    def ask(self):
        self.number += 1
        head = (f"{self.method} {self.path.replace('{number}', str(self.number))} HTTP/1.1\r\nHost: {self.host}\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(self.body)}\r\n\r\n{self.body}")
        self.socket.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.received()
        head, _, body = answer.partition(b"\r\n\r\n")
        size = len(body)
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head).group(1))
        while size < length:
            size += len(self.received())
        if head.split(b" ", 2)[1] not in (b"200", b"201"):
            raise Failed(f"the other client was refused: {answer[:500]!r}")

    def received(self):
        part = self.socket.recv(65536)
        if not part:
            raise Failed("the other client's connection was closed")
        return part

    def watch(self, seconds=SECONDS):
        """Median and 99th percentile."""
        took, due = [], time.monotonic()
        end = due + seconds
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            self.ask()
            took.append((time.monotonic() - due) * 1000)
            due += PAUSE
        took.sort()
        return statistics.median(took), took[len(took) * 99 // 100]


class Flood:
    """What the many connections request."""

    def __init__(self, name, path, method="GET", token="", body=None, type="application/json", further="", nginx=None):
        self.name, self.path, self.nginx = name, path, nginx
        self.script = REQUEST.format(method=method, type=type, token=token) + further
        self.body = body

    def start(self, scratch, base, path):
        script = scratch / "flood.lua"
        text = self.script
        if self.body is not None:
            (scratch / "flood.body").write_text(self.body)
            text = BODY.format(file=scratch / "flood.body") + text
        script.write_text(text)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", "-s", script, base + path]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def beside(self, scratch, base, path, *others):
        """Requests per second, and the latency of the others at the same time."""
        with concurrent.futures.ThreadPoolExecutor() as threads:
            flood = self.start(scratch, base, path)
            watched = [threads.submit(other.watch) for other in others]
            waited = [value for one in watched for value in one.result()]
        text, _ = flood.communicate()
        if flood.returncode != 0:
            raise Failed(f"wrk failed: {text}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), *waited


def other_token(subject):
    """The token of a principal that may only read."""
    arm = subject.arm
    made = arm.call("POST", "/providers/Quaymaster.Identity/principals", "2026-11-01", {"displayName": "other"})
    arm.call("PUT", f"{arm.subscription}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}", "2022-04-01", {
        "properties": {"principalId": made["objectId"], "principalType": "ServicePrincipal", "roleDefinitionId":
                       f"{arm.subscription}/providers/Microsoft.Authorization/roleDefinitions/{READER}"}})
    return Arm({**subject.server.env, "AZURE_CLIENT_ID": made["clientId"], "AZURE_CLIENT_SECRET": made["clientSecret"]},
               "bench").token


def floods(subject):
    arm, env = subject.arm, subject.server.env
    groups, version = f"{arm.subscription}/resourceGroups", f"api-version={quickstart_import.API['resources']}"
    wrong = urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"], "client_secret": "wrong",
        "scope": "https://management.azure.com/.default"})
    token = arm.token
    yield Flood("get one job", subject.job, token=token, nginx="/job.json")
    yield Flood("the same, 16 in a pipeline", subject.job, token=token, further=PIPELINE, nginx="/job.json")
    yield Flood("list 200 jobs", subject.listing, token=token, nginx="/list.json")
    yield Flood("the same, 16 in a pipeline", subject.listing, token=token, further=PIPELINE, nginx="/list.json")
    yield Flood("wrong bearer tokens", subject.job, token=token[:-8] + "AAAAAAAA")
    yield Flood("wrong secrets", f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", "POST", body=wrong,
                type="application/x-www-form-urlencoded")
    yield Flood("create resource groups", "/", "PUT", token, '{"location":"westeurope"}',
                further=NAMES.format(path=groups, query=version, run=time.monotonic_ns()))


def bombs(subject):
    """Bodies of the largest size that are refused for their depth or number of values, and some just within the limits."""
    arm = subject.arm
    path = f"{arm.group}?api-version={quickstart_import.API['resources']}"
    head = '{"location":"westeurope",'
    objects = ",".join(['{"k":"' + 70 * "x" + '"}'] * 49_000)
    tags = ",".join(f'"t{number}":"{60 * "x"}"' for number in range(40_000))
    for name, body in {
            "nested as deep as it goes": head + '"x":' + (LARGEST_BODY - 100) * "[",
            "two million empty lists": head + '"x":[' + ",".join(["[]"] * ((LARGEST_BODY - 100) // 3)) + "]}",
            "98,000 values, within the limits": head + f'"x":[{objects}]}}',
            "40,000 tags": head + f'"tags":{{{tags}}}}}',
    }.items():
        yield Flood(f"{name}, {len(body) / (1 << 20):.1f} MiB", path, "PUT", arm.token, body, nginx="/job.json")


def reset_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM


def median_columns(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


def measure(options, scratch, subject):
    """The subject's server, and nginx on its port with the same bytes as job.json and list.json."""
    base, certificate, pid = subject.server.env["QUAYMASTER_URL"], subject.server.env["SSL_CERT_FILE"], subject.server.process.pid
    other = Other(base + subject.job, certificate, other_token(subject))
    static = Other(NGINX + "/job.json", certificate)

    def beside(flood):
        """Our latency and that of two clients of nginx: one while our server is flooded, which is slowed only by the load
        on the machine, and one while nginx is flooded in the same way."""
        rate, *waited = median_columns([flood.beside(scratch, base, flood.path, other, static) for _ in range(options.rounds)])
        flooded = median_columns([flood.beside(scratch, NGINX, flood.nginx, static)
                                  for _ in range(options.rounds)])[1:] if flood.nginx else []
        return [f"{rate:,.0f}", *cells(waited), f"{waited[0] / alone[0]:.1f}", *(cells(flooded) if flooded else ["", ""])]

    alone = median_columns([(*other.watch(), *static.watch()) for _ in range(options.rounds)])
    columns = ["requests/s", "median ms", "p99 ms", "of an idle nginx", "p99 ms", "median / alone", "of a flooded nginx", "p99 ms"]
    rows = [["nothing", "", *cells(alone), "", "", ""]] + [[one.name, *beside(one)] for one in floods(subject)]
    common.table(f"{CONNECTIONS} connections flood, another client gets one job every {PAUSE * 1000:.0f} ms; medians of "
                 f"{options.rounds}", ["flood", *columns], rows)

    rows = []
    for bomb in bombs(subject):
        idle = common.memory_mib(pid)
        reset_peak(pid)
        rows.append([bomb.name, *beside(bomb), f"{idle:.0f}", f"{common.peak_memory_mib(pid):.0f}"])
    common.table(f"{CONNECTIONS} connections send large JSON; {subject.idle:.0f} MiB idle after the start",
                 ["JSON", *columns, "MiB before", "peak MiB"], rows)


def cells(waited):
    return [f"{value:.2f}" for value in waited]
