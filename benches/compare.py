"""The same job in what people would use instead, side by side: every round runs each of them once.

usage: python benches/compare.py [--rows N] [--rounds N] [--kind usual|distinct|one|long|quoted] [--program PATH] [--bare PATH]

Needs a release build of the program, one of benches/bare, and Python with duckdb, polars and pandas; leaves out what is
missing and says so. Others only look which rows carry one of 200 vendors' names and count them by vendor; `interdict
check` matches, judges by place, audience and day, and keeps evidence. Prints medians, and ratios to `interdict` with all
cores; only ratios of one run mean anything.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from beside import has, names_in, polars, run

HERE = pathlib.Path(__file__).resolve().parent

DUCKDB = """
import duckdb, sys
db = duckdb.connect()
db.execute(f"create view rows as select * from read_csv('{sys.argv[1]}', header = true, all_varchar = true)")
names = [line.strip().lower() for line in open(sys.argv[2], encoding="utf-8")]
db.execute("create table names (name varchar)")
db.executemany("insert into names values (?)", [[name] for name in names])
print(db.execute('''
    with pairs as (select distinct publisher, product from rows),
    found as (select publisher, product, min(name) as name from pairs join names
              on contains(lower(publisher || ' ' || product), name) group by all)
    select found.name, count(*) from rows join found using (publisher, product) group by all''').fetchall()[:3])
"""
POLARS = polars("scan_csv(sys.argv[1], infer_schema=False)")
PANDAS = """
import pandas, sys
names = [line.strip().lower() for line in open(sys.argv[2], encoding="utf-8")]
rows = pandas.read_csv(sys.argv[1], usecols=["publisher", "product"], dtype=str)
pairs = rows.drop_duplicates().copy()
text = (pairs.publisher + " " + pairs["product"]).str.lower()
pairs["name"] = [min((name for name in names if name in one), default=None) for one in text]
print(rows.merge(pairs.dropna(subset=["name"]), on=["publisher", "product"]).groupby("name").size().head(3))
"""


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kind", default="usual")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", help="an inventory that is there already")
    parser.add_argument("--program", default="target/release/interdict")
    parser.add_argument("--bare", default="benches/bare/target/release/bare")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, names = args.file or f"{folder}/inventory.csv", names_in(folder)
        if not args.file:
            make = [sys.executable, HERE / "inventory.py", str(args.rows), table, "--kind", args.kind, "--seed", str(args.seed)]
            subprocess.run(make, check=True)
        check = [args.program, "check", table, "--no-config", "-j", "US", "--as-of", "2024-10-01", "-f", "never"]
        jobs = {
            "interdict check, all cores": check,
            "interdict check, 1 thread": [*check, "--threads", "1"],
            "interdict check, every finding as jsonl": [*check, "-o", f"jsonl={folder}/found.jsonl"],
            "records counted by the csv crate, 1 thread": [args.bare, "csv", table],
            "records counted by simd-csv, 1 thread": [args.bare, "simd-csv", table],
            "lines counted, 1 thread": [args.bare, "lines", table],
        }
        for module, script in ("duckdb", DUCKDB), ("polars", POLARS), ("pandas", PANDAS):
            if has(module):
                jobs[module] = [sys.executable, "-c", script, table, names]
            else:
                print(f"left out: {module} is not installed for {sys.executable}")
        if not os.path.exists(args.bare):
            print("left out: benches/bare is not built")
            jobs = {name: command for name, command in jobs.items() if command[0] != args.bare}
        size = os.path.getsize(table) / 1e6
        print(f"{size:.0f} MB, {os.cpu_count()} cores, medians of {args.rounds} rounds\n")
        measured = {name: [] for name in jobs}
        for _ in range(args.rounds + 1):
            for name, command in jobs.items():
                measured[name].append(run(command))
        # The first round only warms the cache.
        median = {name: statistics.median(seconds for seconds, _ in runs[1:]) for name, runs in measured.items()}
        ours = median["interdict check, all cores"]
        print(f"| {'what':<44} | seconds | ratio | MB |\n|{'-' * 46}|---:|---:|---:|")
        for name, seconds in median.items():
            memory = max(memory for _, memory in measured[name])
            print(f"| {name:<44} | {seconds:.2f} | {seconds / ours:.2f} | {memory:.0f} |")


main()
