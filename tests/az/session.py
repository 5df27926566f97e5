"""A separate server and Debian's az in this process: starting az takes a second, one of its commands a tenth of that.

`python3 tests/az/session.py FILE…` starts the server, signs in with `quaymaster az login`, and runs the test files with the
interpreter that az itself uses and with the environment that `quaymaster env --for az` prints.
"""
import contextlib
import io
import json
import logging
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from running_server import running_server  # noqa: E402: it is in the parent folder


class Failed(Exception):
    """az exited with a code other than 0; `text` is its error output."""

    def __init__(self, command, code, text):
        super().__init__(f"az {command}\nexit code {code}\n{text}")
        self.code = code
        self.text = text


def az(command, *more):
    """Runs one command line and returns its output, parsed from JSON. `more` are words that must not be split."""
    from azure.cli.core import get_default_cli
    words = shlex.split(command) + [str(word) for word in more]
    out, err = io.StringIO(), io.StringIO()
    messages = logging.StreamHandler(err)
    messages.setLevel(logging.WARNING)
    logging.getLogger("cli").addHandler(messages)
    begin = time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = get_default_cli().invoke(words, out_file=out)
        except SystemExit as end:
            code = end.code
        finally:
            logging.getLogger("cli").removeHandler(messages)
    if os.environ.get("QUAYMASTER_AZ_TIMES"):
        print(f"{time.monotonic() - begin:6.2f} s  az {' '.join(words)}", file=sys.stderr)
    if code:
        raise Failed(" ".join(words), code, err.getvalue())
    text = out.getvalue().strip()
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text


class Flow(unittest.TestCase):
    """What every flow has: the subscription, and a folder whose files the server may read."""
    folder = pathlib.Path(os.environ.get("QUAYMASTER_TEST_FOLDER", "/nowhere"))
    subscription = os.environ.get("AZURE_SUBSCRIPTION_ID", "")
    maxDiff = None

    def refused(self, command, code, text):
        with self.assertRaises(Failed) as failed:
            az(command)
        self.assertEqual(failed.exception.code, code, failed.exception.text)
        self.assertIn(text, failed.exception.text)

    def ended(self, vault, job):
        """Waits for the end of a backup job, without az's pauses of half a minute, and returns the job."""
        while az(f"backup job show {vault} -n {job['name']}")["properties"]["status"] == "InProgress":
            pass
        az(f"backup job wait {vault} -n {job['name']} --timeout 60")
        return az(f"backup job show {vault} -n {job['name']}")

    @classmethod
    def plain_vault(cls, group, name):
        """A vault whose soft delete can be disabled. The newest `az backup vault create` cannot create one: it requests
        AlwaysON, which is final."""
        cls.put(f"/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{name}", "2023-04-01",
                {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}})

    @classmethod
    def put(cls, path, version, body):
        return az("rest --method put", "--url", f"/subscriptions/{cls.subscription}{path}?api-version={version}",
                  "--body", json.dumps(body))


def interpreter_of(program):
    """The Python that runs az: the one in its first line, or Debian's if that is another script."""
    first = pathlib.Path(program).read_bytes().split(b"\n", 1)[0].decode(errors="replace")
    for candidate in ([first[2:].split()[0]] if first.startswith("#!") and "python" in first else []) + \
            ["/usr/bin/python3", sys.executable]:
        if subprocess.run([candidate, "-c", "import azure.cli.core"], capture_output=True).returncode == 0:
            return candidate
    return None


def main(files):
    program = shutil.which("az")
    if program is None:
        print("az is not installed: its flows are not run")
        return 0
    interpreter = interpreter_of(program)
    if interpreter is None:
        print(f"{program} is not a Python program of this machine: its flows are not run")
        return 0
    try:
        with running_server() as server:
            server.quaymaster("az", "--data", server.folder / "data", "login", "-o", "none", check=True)
            environment = dict(server.environment("az"), QUAYMASTER_TEST_FOLDER=str(server.folder),
                               AZURE_CORE_ONLY_SHOW_ERRORS="yes")
            subprocess.run([interpreter, "-W", "ignore", "-m", "unittest", *files], env=environment,
                           cwd=pathlib.Path(__file__).parent, check=True)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or sorted(path.name for path in pathlib.Path(__file__).parent.glob("*_flow.py"))))
