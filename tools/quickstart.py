#!/usr/bin/env python3
"""The main job on real input, from outside: everything here uses the public REST APIs with Python's standard library.

First an import: a drive folder is prepared from a directory and imported through Microsoft.ImportExport with
backupDriveManifest; the manifest backup is checked against the drive and every blob against its source file. Then
backups: a virtual machine with a real disk image and a file share go through Microsoft.RecoveryServices, are changed,
restored and compared. Ends non-zero with one line when anything differs.
"""
import argparse
import contextlib
import pathlib
import shutil
import sys
import tempfile

from azure_rest import Arm, Failed, Server, say
from quickstart_backup import back_up_and_restore, print_jobs
from quickstart_import import import_directory


def run(options):
    source = pathlib.Path(options.directory).resolve()
    if not source.is_dir():
        raise Failed(f"{source} is not a directory")
    with contextlib.ExitStack() as cleanup:
        root = pathlib.Path(tempfile.mkdtemp(prefix="quaymaster-quickstart-", dir=options.work))
        cleanup.callback(shutil.rmtree, root, ignore_errors=True)
        images, shares = root / "images", root / "shares"
        images.mkdir()
        shares.mkdir()
        server = Server(options.binary, root, ["--image-directories", images, "--share-directories", shares])
        cleanup.callback(lambda: server.process.poll() is None and server.process.kill())
        say(f"server ready at {server.env['QUAYMASTER_URL']}")

        arm = Arm(server.env, "quickstart")
        account, imported = import_directory(server, arm, options.binary, source, root)
        jobs = back_up_and_restore(arm, account, source, root)
        server.stop()
        print_jobs(jobs)
        say(imported)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", default="/usr/share", help="directory to copy to the drive (default /usr/share)")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", help="directory for the drive, the dock and the server's data while it runs")
    try:
        run(parser.parse_args())
    except Failed as failure:
        print(f"quickstart: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
