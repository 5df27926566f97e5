"""Runs a command and prints its seconds, CPU seconds, peak memory in MiB and exit code.

A separate program because the peak of a process includes that of its parent at the fork; this one's is small.
"""
import os
import sys
import time

started = time.monotonic()
quiet = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_WRONLY, 0) for descriptor in (1, 2)]
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet), 0)
print(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
