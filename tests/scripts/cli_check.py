"""What the tests of the command line share: running it, and counting claims."""

import os
import subprocess
import sys

STEPWELL = os.environ["STEPWELL"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COUNTS = {True: 0, False: 0}


def stepwell(*arguments, text=None, **options):
    """Runs the binary; text is its standard input. The streams come back as str."""
    return subprocess.run([STEPWELL, *arguments], input=text, capture_output=True, timeout=120,
                          encoding="utf-8", errors="surrogateescape",
                          **({} if text is not None else {"stdin": subprocess.DEVNULL}), **options)


def claim(name, ok, detail=""):
    ok = bool(ok)
    COUNTS[ok] += 1
    if not ok:
        print(f"FAIL {name}\n     {detail}")


def claim_done(name, done, status, *parts):
    """That it ended with status and said all parts, on either stream."""
    said = done.stdout + done.stderr
    missing = [part for part in parts if part not in said]
    claim(name, done.returncode == status and not missing,
          f"status {done.returncode}, missing {missing}, in: {said[:2000]!r}")


def finish():
    print(f"{COUNTS[True]} passed, {COUNTS[False]} failed")
    sys.exit(COUNTS[False] > 0)
