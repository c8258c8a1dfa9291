#!/usr/bin/env python3
"""What a policy's patterns cost: runs two builds of bench_admission in turns, and prints the best time of each for 20,000
images with 40 patterns, and their ratio.

usage: tests/bench/patterns.py [--rounds N] BUILD OTHER_BUILD     each is a path of bench_admission"""
import argparse
import re
import subprocess

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("builds", nargs=2, metavar="BUILD")
options = parser.parse_args()
best = {}
for _ in range(options.rounds):
    for build in options.builds:
        line = subprocess.run([build, "--patterns"], check=True, capture_output=True, text=True).stdout
        found = [float(number) for number in re.fullmatch(r".*: ([\d.]+) ms, with .* patterns ([\d.]+) ms, .*\n", line).groups()]
        best[build] = [min(pair) for pair in zip(found, best.get(build, found))]
for build in options.builds:
    print(f"{build}: {best[build][0]:.1f} ms, with patterns {best[build][1]:.1f} ms, ratio {best[build][1] / best[build][0]:.2f}")
print(f"with patterns, the second takes {best[options.builds[1]][1] / best[options.builds[0]][1]:.1f} times as long as the first")
