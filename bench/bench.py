#!/usr/bin/env python3
"""Speed and memory as ratios to the programs that a user would use instead and to the machine's own limit, in one run."""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

import api_bench
import common
import get_bench
import import_bench
import vault_bench

BENCHMARKS = {"import": import_bench.run, "get": get_bench.run, "vault": vault_bench.run,
              "api": api_bench.run}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"benchmarks to run: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, help="default: 3, or 1 with --quick")
    parser.add_argument("--large-gib", type=float, default=4, help="import: size of the one large file; 0: none")
    parser.add_argument("--small-files", type=int, default=20000, help="import: how many files of 1 to 64 KiB; 0: none")
    parser.add_argument("--tree-files", type=int, default=80000, help="vault: files of the source tree; 0: none")
    parser.add_argument("--image-gib", type=float, default=4, help="vault: size of the VM image; 0: none")
    parser.add_argument("--media-gib", type=float, default=1, help="vault: incompressible media; 0: none")
    parser.add_argument("--api-jobs", type=int, default=1_000_000, help="api: how many jobs the large vault has")
    parser.add_argument("--quick", action="store_true", help="vault: an eighth of the data, one round; for development")
    parser.add_argument("--vault-data", choices=["all", "tree", "image", "media"], default="all")
    parser.add_argument("--without-peers", action="store_true", help="do not run rclone to Azurite, restic and borg")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    if options.quick:
        options.tree_files //= 8
        options.image_gib /= 8
        options.media_gib /= 8
    print(common.machine())
    for name in options.names or BENCHMARKS:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}; there are {', '.join(BENCHMARKS)}")
        BENCHMARKS[name](options)


if __name__ == "__main__":
    main()
