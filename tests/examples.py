"""Runs every example of examples/ whose client is on this machine, as its first lines say, against one test server.

Python's SDKs are those of the interpreter that QUAYMASTER_PYTHON names (default: this one).
"""
import os
import shutil
import subprocess
import sys

from running_server import TOP, running_server

PYTHON = os.environ.get("QUAYMASTER_PYTHON", sys.executable)
EXAMPLES = TOP / "examples"


def has_modules(*names):
    # The modules of the SDKs' newest releases: Debian's are older and differ (doc/clients.md).
    return shutil.which(PYTHON) is not None and subprocess.run([PYTHON, "-c", "; ".join(f"import {name}" for name in names)], capture_output=True).returncode == 0


def rows(folder):
    documents = str(folder / "shares/documents")
    backup = ("azure.identity", "azure.mgmt.recoveryservicesbackup._validation", "azure.mgmt.resource.resources")
    return [
        ("python/blobs.py", has_modules("azure.storage.blob"), "python", [PYTHON], []),
        ("python/backup.py", has_modules(*backup), "python", [PYTHON], [documents]),
        ("python/import_job.py", has_modules(*backup, "azure.mgmt.storageimportexport"), "python", [PYTHON], []),
        ("az/backup.sh", shutil.which("az") is not None, None, ["sh"], [documents]),
        ("rclone/copy.sh", shutil.which("rclone") is not None, None, ["sh"], [documents, "copied"]),
    ]


def main():
    failed = 0
    with running_server() as server:
        documents = server.folder / "shares/documents"
        documents.mkdir()
        (documents / "one.txt").write_text("dear reader\n")
        (documents / "large.bin").write_bytes(bytes(range(256)) * 40000)
        for name, is_here, client, program, words in rows(server.folder):
            if not is_here:
                print(f"not run  {name}: its client is not installed")
                continue
            environment = server.environment(client) if client else dict(server.home)
            environment["QUAYMASTER_DATA"] = str(server.folder / "data")
            if client == "python":  # examples of blobs take an account
                lines = server.quaymaster("env", "--data", server.folder / "data", "--for", "python", "--account",
                                          "devstoreaccount1", check=True, stdout=subprocess.PIPE).stdout
                wanted = "export AZURE_STORAGE_CONNECTION_STRING='"
                environment["AZURE_STORAGE_CONNECTION_STRING"] = next(
                    line[len(wanted):-1] for line in lines.splitlines() if line.startswith(wanted))
            ran = subprocess.run([*program, str(EXAMPLES / name), *words], env=environment, cwd=server.folder / "work",
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True)
            print(f"{'passed' if ran.returncode == 0 else 'FAILED'}   {name}")
            if ran.returncode != 0:
                failed += 1
                print(ran.stdout + ran.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
