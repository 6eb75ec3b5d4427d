#!/usr/bin/env bash
# Five years of scheduled runs: how large the history gets, and how long `history diff` takes.
#
#   benches/history.sh target/release/interdict [NIGHTS] [FINDINGS]
#
# Runs `interdict run` for so many nights (400) over an inventory of machines that give so many findings
# (5,000). Each night one machine in a hundred is another, the file has a new name, every row stands on
# another line, and the calendar of the Kaspersky ban goes over all of it. The size of five years is
# extrapolated from the last hundred nights. Fails where it passes 200 MB, or where `history diff` of two
# nights, of 200, or of all takes 100 ms of processor time or more.

set -euo pipefail
interdict=$(realpath "${1:?usage: history.sh INTERDICT [NIGHTS] [FINDINGS]}")
nights=${2:-400} findings=${3:-5000}
[ "$nights" -gt 201 ] || { echo "history.sh: at least 202 nights"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir exports
printf '%s\n' 'schema = 1' '[organisation]' 'jurisdictions = ["US"]' '[check]' 'ignore-kinds = ["advisory"]' \
  '[[inventories]]' 'paths = ["exports/*.csv"]' >interdict.toml

inventory() {
  rm -f exports/*
  awk -v night="$1" -v rows="$rows" 'BEGIN {
    print "asset,vendor,product,version"
    for (at = 0; at < night; at++) print "srv-" at ",Mozilla,Firefox,1"
    for (at = 0; at < rows; at++) {
      age = at % 100 == 0 ? night : 0
      printf "pc-%05d-%d,Kaspersky Lab,Kaspersky Plus,21.%d.%d\n", at, age, at % 40, at % 7
    }
  }' >"exports/fleet-$2.csv"
}

# How many findings a machine gives.
rows=1
inventory 0 day
"$interdict" check exports/* --as-of 2024-10-01 -q -o jsonl >one.jsonl || [ $? = 1 ]
rows=$((findings / $(grep -c '"kind":"finding"' one.jsonl)))

size() { stat -c %s interdict-history.db; }
begun=$(date -ud 2024-03-01 +%s) before=0
for ((night = 1; night <= nights; night++)); do
  day=$(date -ud "@$((begun + night * 86400))" +%F)
  inventory "$night" "$day"
  code=0
  "$interdict" run --as-of "$day" --known-on "$day" -q >last.txt 2>&1 || code=$?
  [ "$code" -le 1 ] || { cat last.txt; exit 1; }
  if [ "$night" = $((nights - 100)) ]; then before=$(size); fi
done
after=$(size)
five=$((after + (after - before) * (1825 - nights) / 100))
echo "$rows machines, $nights nights with $("$interdict" history list -o json | grep -c '"run":') runs, $(tail -n 1 last.txt)"
echo "size: $after bytes; five years: $five bytes"
failed=0
[ "$five" -lt 200000000 ] || { echo "FAILED: more than 200 MB"; failed=1; }

# The median of eleven, in milliseconds of user and system time.
TIMEFORMAT='%U %S'
median() {
  for _ in {1..11}; do { time "$interdict" history diff "$@" >diff.txt 2>&1; } 2>&1; done |
    awk '{ printf "%.0f\n", ($1 + $2) * 1000 }' | sort -n | sed -n 6p
}
for from in $((nights - 1)) $((nights - 200)) 1; do
  for output in table json; do
    ms=$(median "$from" "$nights" -o "$output")
    echo "history diff $from $nights -o $output: $ms ms, $(wc -l <diff.txt) lines"
    [ "$ms" -lt 100 ] || { echo "FAILED: 100 ms or more"; failed=1; }
  done
done
exit "$failed"
