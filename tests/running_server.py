"""A separate test server for one test run, and the environment that `quaymaster env` gives a client."""
import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
BINARY = os.environ.get("QUAYMASTER_BINARY", str(TOP / "build/release/bin/quaymaster"))


class Server:
    def __init__(self, folder):
        self.folder = folder
        self.home = dict(os.environ, HOME=str(folder / "home"), XDG_STATE_HOME=str(folder / "state"),
                         QUAYMASTER_BINARY=BINARY)
        self.home["PATH"] = f"{pathlib.Path(BINARY).parent}:{self.home['PATH']}"

    def quaymaster(self, *words, **options):
        return subprocess.run([BINARY, *words], env=self.home, text=True, stdin=subprocess.DEVNULL, **options)

    def environment(self, client, *words):
        """This process's environment with what `quaymaster env --for CLIENT WORDS` prints."""
        lines = self.quaymaster("env", "--data", self.folder / "data", "--for", client, *words, check=True,
                                stdout=subprocess.PIPE).stdout
        variables = dict(self.home)
        for line in lines.splitlines():
            name, value = shlex.split(line)[1].split("=", 1)
            variables[name] = value
        return variables


@contextlib.contextmanager
def running_server(blob_port=0):
    """The folder is removed afterwards, but kept with its logs after an exception."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="quaymaster-test-"))
    for name in ("home", "images", "shares", "work"):
        (folder / name).mkdir()
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            [BINARY, "serve", "--profile", "test", "--data", folder / "data", "--arm-port", "0", "--blob-port",
             str(blob_port), "--image-directories", folder / "images", "--share-directories", folder / "shares",
             "--access-log", folder / "access.log"], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        if process.stdout.readline() != "Ready\n":
            raise RuntimeError((folder / "server.log").read_text())
        yield Server(folder)
    except BaseException:
        print(f"logs and data: {folder}", file=sys.stderr)
        raise
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
