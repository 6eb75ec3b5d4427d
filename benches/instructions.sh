#!/bin/sh
# What a run costs in instructions, which are the same on a busy machine: the start (`check` on ten rows), a row of a
# stream whose products were met before, and a product that was not. Fails where a figure is past its budget, which is the
# last measured one and some more. A debug build has budgets of its own: it is what the tests build anyway.
# Usage: benches/instructions.sh [PROGRAM [debug]]. Needs valgrind; says so and skips where there is none.
set -eu
if [ "${2:-release}" = debug ]; then
  rows=10000 start_budget=66000000 row_budget=13500 product_budget=580000
else
  rows=100000 start_budget=15600000 row_budget=1900 product_budget=75000
fi

if ! command -v valgrind > /dev/null; then
  echo "skipped: valgrind, which counts instructions, is not installed"
  exit 0
fi
program=${1:-target/release/interdict}
case $program in /*) ;; *) program=$PWD/$program ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

{
  echo asset,vendor,product,version,location
  for number in 1 2 3 4 5 6 7 8 9; do echo "pc-$number,Contoso,App $number,1.$number,US"; done
  echo pc-10,AO Kaspersky Lab,Kaspersky Plus,21.3,US
} > ten.csv
# One product in fifty is one that acts speak of. `make ROWS PRODUCTS`
make() {
  awk -v rows="$1" -v products="$2" 'BEGIN {
    print "asset,vendor,product,version,location"
    for (row = 0; row < rows; row++) {
      product = row % products
      vendor = product % 50 ? "Contoso " product % 300 " GmbH" : "AO Kaspersky Lab"
      name = product % 50 ? "Office Tool " product : "Kaspersky Tool " product
      printf "pc-%d,%s,%s,%d.%d,%s\n", row / 20, vendor, name, product % 7, product % 10, product % 3 ? "US" : "DE"
    }
  }'
}
make 2000 2000 > products.csv
make $rows 2000 > stream.csv

# Prints the instructions of a run. Exit code 1 means findings, which there are.
count() {
  code=0
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file=count.txt \
    "$program" check "$1" --threads 1 -j US --no-config --as-of 2024-10-01 > out.txt 2>&1 || code=$?
  [ $code -eq 1 ] || { cat out.txt >&2; echo "$program: exit code $code, not 1" >&2; exit 2; }
  sed -n 's/.*Collected : //p' count.txt
}

start=$(count ten.csv)
products=$(count products.csv)
stream=$(count stream.csv)
status=0
# Prints a figure beside its budget.
judge() {
  [ "$2" -le "$3" ] && word=within || { word="PAST" && status=1; }
  echo "$1: $2 instructions, $word the budget of $3"
}
judge "start, ten rows" "$start" "$start_budget"
judge "a product not met before" $(((products - start) / 2000)) "$product_budget"
judge "a row met before" $(((stream - products) / (rows - 2000))) "$row_budget"
exit $status
