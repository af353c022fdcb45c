"""The wall time of a whole command, start-up included, in seconds. The command is what follows on this line."""

import subprocess
import sys
import time

from contestant import serve


def prepare():
    def measure(seconds):
        started = time.perf_counter()
        subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
        return {"value": time.perf_counter() - started}

    measure(0)
    return measure


serve(prepare, ["numba", "numpy"])
