"""Runs every example of examples/ whose client is on this machine, as its first lines say, against one test server.

Python's SDKs are those of the interpreter that QUAYMASTER_PYTHON names (default: this one).
"""
import os
import shutil
import socket
import subprocess
import sys

from running_server import TOP, running_server

PYTHON = os.environ.get("QUAYMASTER_PYTHON", sys.executable)
EXAMPLES = TOP / "examples"
NODE_MODULES = TOP / "tests/api/node_modules"
EMULATORS_PORT = 10000  # the only one that restic before 0.16 knows


def has_modules(*names):
    # The modules of the SDKs' newest releases: Debian's are older and differ (doc/clients.md).
    return shutil.which(PYTHON) is not None and subprocess.run([PYTHON, "-c", "; ".join(f"import {name}" for name in names)], capture_output=True).returncode == 0


def is_free(port):
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return attempt.connect_ex(("127.0.0.1", port)) != 0


def beside_the_sdks(folder):
    """A copy of examples/node where `npm install` has been: modules are looked for beside the program."""
    copy = folder / "node"
    shutil.copytree(EXAMPLES / "node", copy)
    (copy / "node_modules").symlink_to(NODE_MODULES)
    return copy


def rows(folder, blob_port):
    documents = str(folder / "shares/documents")
    node = shutil.which("node") is not None and NODE_MODULES.is_dir()
    backup = ("azure.identity", "azure.mgmt.recoveryservicesbackup._validation", "azure.mgmt.resource.resources")
    return [
        ("python/blobs.py", has_modules("azure.storage.blob"), "python", [PYTHON], []),
        ("python/backup.py", has_modules(*backup), "python", [PYTHON], [documents]),
        ("python/import_job.py", has_modules(*backup, "azure.mgmt.storageimportexport"), "python", [PYTHON], []),
        ("az/backup.sh", shutil.which("az") is not None, None, ["sh"], [documents]),
        ("node/backup.mjs", node, "node", ["node"], [documents]),
        ("node/import_job.mjs", node, "node", ["node"], []),
        ("rclone/copy.sh", shutil.which("rclone") is not None, None, ["sh"], [documents, "copied"]),
        ("restic/backup.sh", shutil.which("restic") is not None and blob_port == EMULATORS_PORT, None, ["sh"], [documents]),
    ]


def main():
    failed = 0
    blob_port = EMULATORS_PORT if is_free(EMULATORS_PORT) else 0
    with running_server(blob_port) as server:
        documents = server.folder / "shares/documents"
        documents.mkdir()
        (documents / "one.txt").write_text("dear reader\n")
        (documents / "large.bin").write_bytes(bytes(range(256)) * 40000)
        node = beside_the_sdks(server.folder)
        for name, is_here, client, program, words in rows(server.folder, blob_port):
            if not is_here:
                print(f"not run  {name}: its client is not installed, or its port is taken")
                continue
            environment = server.environment(client) if client else dict(server.home)
            environment["QUAYMASTER_DATA"] = str(server.folder / "data")
            if client == "python":  # examples of blobs take an account
                lines = server.quaymaster("env", "--data", server.folder / "data", "--for", "python", "--account",
                                          "devstoreaccount1", check=True, stdout=subprocess.PIPE).stdout
                wanted = "export AZURE_STORAGE_CONNECTION_STRING='"
                environment["AZURE_STORAGE_CONNECTION_STRING"] = next(
                    line[len(wanted):-1] for line in lines.splitlines() if line.startswith(wanted))
            at = node / name.removeprefix("node/") if client == "node" else EXAMPLES / name
            ran = subprocess.run([*program, at, *words], env=environment, cwd=server.folder / "work",
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True)
            print(f"{'passed' if ran.returncode == 0 else 'FAILED'}   {name}")
            if ran.returncode != 0:
                failed += 1
                print(ran.stdout + ran.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
