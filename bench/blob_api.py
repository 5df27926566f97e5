"""Reads of the Blob service over plain HTTP: the part of the API that Azurite offers as well."""
import base64
import hashlib
import hmac
import urllib.parse
import urllib.request

import common
from azure_rest import Server
from import_bench import AZURITE_KEY, Azurite

ACCOUNT, CONTAINER, BLOBS = "devstoreaccount1", "bench", 200
CONTENT = bytes(range(256)) * 16


def account_sas(key):
    """A signature for everything in the account (the string to sign is that of versions before 2020-12-06)."""
    asked = {"sp": "rwlac", "ss": "b", "srt": "sco", "st": "", "se": "2100-01-01T00:00:00Z", "sip": "", "spr": "http,https",
             "sv": "2019-12-12"}
    text = "".join(f"{part}\n" for part in (ACCOUNT, *asked.values()))
    signature = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return urllib.parse.urlencode({**{name: value for name, value in asked.items() if value},
                                   "sig": base64.b64encode(signature).decode()})


class Account:
    """One container of small blobs."""

    def __init__(self, url):
        self.url, self.sas = f"{url}/{CONTAINER}", account_sas(AZURITE_KEY)
        self.put(f"{self.url}?restype=container&{self.sas}", b"", {})
        for index in range(BLOBS):
            self.put(self.blob(index), CONTENT, {"x-ms-blob-type": "BlockBlob"})

    def blob(self, index):
        return f"{self.url}/blob-{index:06}?{self.sas}"

    @staticmethod
    def put(url, body, headers):
        urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PUT")).read()

    def requests(self):
        return {f"get a blob of {len(CONTENT):,} bytes": self.blob(BLOBS // 2),
                f"list {BLOBS} blobs": f"{self.url}?restype=container&comp=list&{self.sas}"}


def measure(options, scratch, connections, load, static):
    """Rows of a table: ours, Azurite's, and nginx's for the same bytes at `static`. `load(url, connections)` measures."""
    root = scratch / "blob-api"
    root.mkdir()
    server = Server(options.binary, root, ("--access-log", "off", "--profile", "test"))
    azurite = None if options.without_peers else Azurite(scratch, None)
    try:
        ours = Account(f"{server.env['QUAYMASTER_BLOB_URL'].rstrip('/')}/{ACCOUNT}").requests()
        theirs = Account(f"http://127.0.0.1:10999/{ACCOUNT}").requests() if azurite else {}
        rows = []
        for count in connections:
            for name, url in ours.items():
                mine = load(url, count)
                peer = load(theirs[name], count) if azurite else None
                rows.append([name, count, *cells(mine), *(cells(peer) if peer else ["", "", ""]),
                             f"{mine[0] / peer[0]:.1f}" if peer else ""])
            rows.append(["  nginx, the blob as a file", count, *cells(load(static, count)), "", "", "", ""])
    finally:
        if azurite:
            azurite.stop()
        server.stop()
    common.table(f"Blobs over plain HTTP, medians of {options.rounds}; Azurite beside",
                 ["what", "connections", "requests/s", "median ms", "p99 ms", "Azurite's", "median ms", "p99 ms", "ratio"], rows)


def cells(measured):
    rate, median, slowest = measured
    return [f"{rate:,.0f}", f"{median:.2f}", f"{slowest:.2f}"]
