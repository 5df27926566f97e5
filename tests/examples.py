"""Runs every example of examples/ whose client is installed, as its first lines say, against one test server.

QUAYMASTER_PYTHON is the interpreter with Python's SDKs (default: this one).
"""
import concurrent.futures
import os
import shutil
import socket
import subprocess
import sys

from running_server import TOP, running_server

PYTHON = os.environ.get("QUAYMASTER_PYTHON", sys.executable)
EXAMPLES = TOP / "examples"
NODE_MODULES = TOP / "tests/api/node_modules"
EMULATORS_PORT = 10000  # the only one that restic before 0.16 can use


def has_modules(*names):
    # The modules of the SDKs' newest releases: Debian's are older and differ (doc/clients.md).
    return shutil.which(PYTHON) is not None and subprocess.run([PYTHON, "-c", "; ".join(f"import {name}" for name in names)], capture_output=True).returncode == 0


def is_free(port):
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return attempt.connect_ex(("127.0.0.1", port)) != 0


def next_to_the_sdks(folder):
    """A copy of examples/node with its modules installed: Node looks for them next to the program."""
    copy = folder / "node"
    shutil.copytree(EXAMPLES / "node", copy)
    (copy / "node_modules").symlink_to(NODE_MODULES)
    return copy


def go_programs():
    """Directory of the built programs of examples/go; None without Go or if its modules cannot be downloaded."""
    source, programs = EXAMPLES / "go", TOP / "build/go"
    if not (shutil.which("go") and succeeds("go", "mod", "download", cwd=source)):
        return None
    shutil.rmtree(programs, ignore_errors=True)  # a program that no longer builds must not run from an old build
    print(subprocess.run(["go", "build", "-o", f"{programs}/", "./..."], cwd=source, capture_output=True, text=True).stderr, end="")
    return programs


def java_libraries():
    """The libraries that examples/java/pom.xml names; None without JDK 17 or later, Maven, or the download."""
    if not (shutil.which("mvn") and shutil.which("java") and succeeds("javac", "--release", "17", "-version")):
        return None
    libraries, pom = TOP / "build/java", EXAMPLES / "java/pom.xml"
    copied = libraries / ".complete"
    if not copied.exists() or copied.stat().st_mtime < pom.stat().st_mtime:
        shutil.rmtree(libraries, ignore_errors=True)
        if not succeeds("mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={libraries}"):
            return None
        copied.touch()
    return libraries


def succeeds(*command, **options):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, **options).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def rows(folder, blob_port):
    """Name, whether its client is installed, the client for `env` (None: the program calls it), and the command."""
    documents = str(folder / "shares/documents")
    has_node = shutil.which("node") is not None and NODE_MODULES.is_dir()
    node = next_to_the_sdks(folder)
    with concurrent.futures.ThreadPoolExecutor() as both:  # one compiles, the other downloads
        go, java = both.map(lambda prepare: prepare(), (go_programs, java_libraries))
    backup = ("azure.identity", "azure.mgmt.recoveryservicesbackup._validation", "azure.mgmt.resource.resources")

    def python(name):
        return [PYTHON, EXAMPLES / "python" / name]

    def java_source(name):
        return ["java", "-cp", f"{java}/*", EXAMPLES / "java" / name]

    def shell(name):
        return ["sh", EXAMPLES / name]

    return [
        ("python/blobs.py", has_modules("azure.storage.blob"), "python", python("blobs.py")),
        ("python/backup.py", has_modules(*backup), "python", [*python("backup.py"), documents]),
        ("python/import_job.py", has_modules(*backup, "azure.mgmt.storageimportexport"), "python", python("import_job.py")),
        ("az/backup.sh", shutil.which("az") is not None, None, [*shell("az/backup.sh"), documents]),
        ("node/backup.mjs", has_node, "node", ["node", node / "backup.mjs", documents]),
        ("node/import_job.mjs", has_node, "node", ["node", node / "import_job.mjs"]),
        ("go/backup", go, "go", [f"{go}/backup", documents]),
        ("go/import_job", go, "go", [f"{go}/import_job"]),
        ("go/blobs", go, "go", [f"{go}/blobs"]),
        ("java/Backup.java", java, "java", [*java_source("Backup.java"), documents]),
        ("java/ImportJob.java", java, "java", java_source("ImportJob.java")),
        ("java/Blobs.java", java, "java", java_source("Blobs.java")),
        ("rclone/copy.sh", shutil.which("rclone") is not None, None, [*shell("rclone/copy.sh"), documents, "copied"]),
        ("restic/backup.sh", shutil.which("restic") is not None and blob_port == EMULATORS_PORT, None,
         [*shell("restic/backup.sh"), documents]),
    ]


def main():
    failed = 0
    blob_port = EMULATORS_PORT if is_free(EMULATORS_PORT) else 0
    with running_server(blob_port) as server:
        documents = server.folder / "shares/documents"
        documents.mkdir()
        (documents / "one.txt").write_text("dear reader\n")
        (documents / "large.bin").write_bytes(bytes(range(256)) * 40000)
        for name, is_here, client, command in rows(server.folder, blob_port):
            if not is_here:
                print(f"not run  {name}: its client or SDK is not here, or its port is taken")
                continue
            # Examples of blobs take an account.
            environment = server.environment(client, "--account", "devstoreaccount1") if client else dict(server.home)
            environment["QUAYMASTER_DATA"] = str(server.folder / "data")
            try:
                ran = subprocess.run(command, env=environment, cwd=server.folder / "work",
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True)
                passed, output = ran.returncode == 0, ran.stdout + ran.stderr
            except OSError as error:  # it was not built
                passed, output = False, str(error)
            print(f"{'passed' if passed else 'FAILED'}   {name}", flush=True)
            if not passed:
                failed += 1
                print(output)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
