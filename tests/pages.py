"""Runs the commands printed in README.md and doc/clients.md, in their order, in an empty home directory.

Lines that begin with "$ " in blocks marked `console` are the commands; indented lines after one belong to it. They run in
one shell, whose server chooses its ports. Pages whose client is not installed are skipped.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
BINARY = pathlib.Path(os.environ.get("QUAYMASTER_BINARY", TOP / "build/release/bin/quaymaster")).resolve()
BUILD = "./dev build"  # already done
# Page, heading of the section, client that it needs, and what its commands must print.
PARTS = [
    ("README.md", "## By hand", "az",
     ["sign in with `quaymaster az login` first", "Completed", "2026/one.jpg", "two.jpg"]),
    ("doc/clients.md", "# Clients", "az", []),
    ("doc/clients.md", "## az", "az", ["vm1", "unknown"]),
    ("doc/clients.md", "## rclone, restic", "restic", ["created restic repository"]),
]


def is_here(client):
    """restic before 0.16 can use only the emulator's port."""
    if client != "restic":
        return shutil.which(client) is not None
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return shutil.which(client) is not None and attempt.connect_ex(("127.0.0.1", 10000)) != 0


def commands(page, heading):
    """The commands of the section of the page with this heading."""
    part = re.split(r"^#+ ", (TOP / page).read_text().split(heading + "\n", 1)[1], maxsplit=1, flags=re.M)[0]
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", part, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            elif found and line.startswith(" "):
                found[-1] += "\n" + line
    return found


def script(parts):
    """One shell for all of them: it stops at the first command that fails."""
    lines = ["set -eo pipefail"]
    for page, heading, _, _ in parts:
        lines.append(f"echo '== {page} {heading}'")
        for command in commands(page, heading):
            if command.startswith(BUILD):
                continue
            if " serve " in command and command.rstrip().endswith("&"):
                lines.append(command.rstrip()[:-1] + '>"$HOME/serve.out" 2>>"$HOME/server.log" &')
            else:
                lines.append(command)
    return "\n".join(lines) + "\n"


def run(name, parts):
    """True if every command of these sections succeeded and printed what it must."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="quaymaster-page-"))
    (home / "photos/2026").mkdir(parents=True)
    (home / "photos/2026/one.jpg").write_bytes(b"one" * 1000)
    (home / "photos/two.jpg").write_bytes(b"two" * 2000)
    environment = {"HOME": str(home), "PATH": f"{BINARY.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
                   "QUAYMASTER_ARM_PORT": "0"}
    if not any(client == "restic" for _, _, client, _ in parts):
        environment["QUAYMASTER_BLOB_PORT"] = "0"
    shell = subprocess.Popen(["bash", "-c", script(parts)], env=environment, cwd=TOP, text=True, start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        printed, _ = shell.communicate(timeout=180)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        printed = shell.communicate()[0] + "\nno end after three minutes"
    finally:
        try:
            os.killpg(shell.pid, signal.SIGTERM)  # the server
        except ProcessLookupError:
            pass
    missing = [text for part in parts for text in part[3] if text not in printed]
    if shell.returncode == 0 and not missing:
        shutil.rmtree(home, ignore_errors=True)
        print(f"passed   {name}")
        return True
    print(f"FAILED   {name}: exit code {shell.returncode}, not printed: {missing}; home and logs: {home}\n{printed}")
    return False


def main():
    failed = 0
    for page in dict.fromkeys(part[0] for part in PARTS):
        parts = [part for part in PARTS if part[0] == page and is_here(part[2])]
        if not parts or parts[0] != next(part for part in PARTS if part[0] == page):
            print(f"not run  {page}: its client is not here")
            continue
        failed += not run(page, parts)
    return failed


if __name__ == "__main__":
    sys.exit(main())
