#!/bin/sh
# What it costs to start: `check` on ten rows, 50 times. Prints CPU time (user and system) for one run, and the peak memory.
# Usage: cargo build --release && benches/startup.sh [PROGRAM]. To see where it goes:
#   valgrind --tool=callgrind target/release/interdict check ten.csv --as-of 2024-10-01
set -eu
program=${1:-target/release/interdict}
case $program in /*) ;; *) program=$PWD/$program ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  echo asset,vendor,product,version,location
  for number in 1 2 3 4 5 6 7 8 9; do echo "pc-$number,Contoso,App $number,1.$number,US"; done
  echo pc-10,AO Kaspersky Lab,Kaspersky Plus,21.3,US
} > "$folder/ten.csv"
cd "$folder"
once() { "$program" check ten.csv -j US --no-config --as-of 2024-10-01 > out.txt 2>&1 || [ $? -eq 1 ]; }
once # the first one reads the program from the disk

python3 - "$program" <<'PYTHON'
import os, sys
runs, before = 50, os.times()
for _ in range(runs):
    out = (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)
    os.waitpid(os.posix_spawn(sys.argv[1], [sys.argv[1], "check", "ten.csv", "-j", "US", "--no-config", "--as-of", "2024-10-01"], {}, file_actions=[out]), 0)
after = os.times()
cpu = after.children_user + after.children_system - before.children_user - before.children_system
print(f"{1000 * cpu / runs:.1f} ms CPU a run")
PYTHON
# Not from python3: a child's peak would be that of the parent it was forked from.
[ ! -x /usr/bin/time ] || /usr/bin/time -f '%M KiB at most' sh -c 'exec "$0" check ten.csv -j US --no-config --as-of 2024-10-01 > out.txt' "$program" 2>&1 | grep 'at most'
