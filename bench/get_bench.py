"""GET of one import job with keep-alive and 64 connections, compared with nginx serving the same bytes."""
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import time

import common
import quickstart_import
from azure_rest import Arm, Failed, Server

CONNECTIONS, SECONDS = 64, 5


def wrk(url, headers=()):
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *(part for h in headers for part in ("-H", h)), url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise Failed(f"wrk met refusals: {text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


class Nginx:
    """Debian's nginx with one static file, over TLS with our server's certificate and over plain HTTP."""

    def __init__(self, scratch, body, certificates, also={}):
        root = scratch / "nginx"
        root.mkdir()
        root.chmod(0o755)
        scratch.chmod(0o755)
        for name, content in {"job.json": body, **also}.items():
            (root / name).write_bytes(content)
        workers = 2
        (root / "nginx.conf").write_text(f"""
worker_processes {workers}; daemon off; pid {root}/pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; types {{ application/json json; }}
  open_file_cache max=16; sendfile on; client_max_body_size 8m;
  server {{
    listen 127.0.0.1:18443 ssl; listen 127.0.0.1:18080; root {root};
    ssl_certificate {certificates / 'server.pem'}; ssl_certificate_key {certificates / 'server.key'};
  }}
}}""")
        self.process = subprocess.Popen(["nginx", "-c", root / "nginx.conf", "-e", root / "error.log"])
        time.sleep(1)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(options):
    with common.Scratch() as scratch:
        server = Server(options.binary, scratch)
        arm = Arm(server.env, "bench")
        account, _, _ = quickstart_import.create_resources(arm)
        entry = {"driveId": "BENCH", "bitLockerKey": "", "manifestFile": "\\DriveManifest.xml", "manifestHash": "0" * 32}
        job = quickstart_import.create_job(arm, account, entry)
        body = json.dumps(arm.call("GET", job, quickstart_import.API["import"]), separators=(",", ":")).encode()
        nginx = Nginx(scratch, body, server.data / "tls")
        url = f"{server.env['QUAYMASTER_URL']}{job}?api-version={quickstart_import.API['import']}"
        try:
            ours, static = [], []
            for _ in range(options.rounds):
                ours.append(wrk(url, [f"Authorization: Bearer {arm.token}"]))
                static.append(wrk("https://127.0.0.1:18443/job.json"))
        finally:
            nginx.stop()
        mine, theirs = statistics.median(ours), statistics.median(static)
        peak = common.peak_memory_mib(server.process.pid)
        server.stop()
        common.table(f"GET of one job, TLS, {CONNECTIONS} connections, {len(body)} bytes, medians of {options.rounds}; "
                     f"peak memory of the server {peak:.0f} MiB",
                     ["server", "requests/s", "of nginx"],
                     [["quaymaster", f"{mine:,.0f}", f"{mine / theirs:.2f}"], ["nginx, static file", f"{theirs:,.0f}", "1.00"]])
