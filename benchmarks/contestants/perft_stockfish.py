"""Chess: positions a second of Stockfish's own `go perft`, on one thread; the program is on the command line."""

import subprocess
import sys
import time

from contestant import say

program, depth = sys.argv[1], sys.argv[2]
engine = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
name = engine.stdout.readline().split()[1]
say({"ready": 0.0, "versions": {"stockfish": name}})
for _ in sys.stdin:
    started = time.perf_counter()
    engine.stdin.write(f"position startpos\ngo perft {depth}\n")
    for line in engine.stdout:
        if line.startswith("Nodes searched"):
            lines = int(line.split()[-1])
            break
    say({"value": lines / (time.perf_counter() - started), "lines": lines})
engine.kill()
