"""Holds the fleet way against `check`, in a real engine.

    fleet.py PROGRAM FOLDER [--rows N] [--items N] [--each N] [--spark]

DuckDB makes so many rows (20 million unless told otherwise) out of so many items (10,000): those of the rules' own tests, of the
seeds, generated ones and hostile ones. The printed queries run as they stand. Then

- every item on every day asked about: the exported acts and statuses are those that `check` finds for it;
- the counts by act are those findings times the rows that the engine counted by itself;
- some rows (200,000) one by one: what the engine joins to each row is what `check` says of it;
- the report of the export is the report of `check` over the same rows, finding by finding.

With --spark, the same queries run in a local cluster of PySpark with two executors, over fewer rows.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import time
import tomllib

import duckdb

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--rows", type=int, default=20_000_000)
parser.add_argument("--items", type=int, default=10_000)
parser.add_argument("--each", type=int, default=200_000)
parser.add_argument("--spark", action="store_true")
options = parser.parse_args()
program = str(pathlib.Path(options.program).resolve())
folder = options.folder
folder.mkdir(parents=True, exist_ok=True)
ROOT = pathlib.Path(__file__).resolve().parent.parent
FIELDS = ["vendor", "product", "version", "cpe", "location", "acquired"]
COLUMNS = {"vendor": "publisher", "product": "name", "version": "ver", "cpe": "cpe", "location": "country", "acquired": "bought"}
DAYS = ["2024-07-19", "2024-07-20", "2024-09-29", "2026-11-25"]
PLACE, AUDIENCE, KNOWN = "US", "companies", options.items
MARKS = []
start = time.monotonic()


def told(what):
    MARKS.append(what)
    print(f"{time.monotonic() - start:6.1f} s  {what}", flush=True)


def run(*words, codes=(0,)):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit(f"{words}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def items():
    """The distinct items, in an order of their own."""
    found, lot = [], random.Random(7)
    for path in sorted((ROOT / "rules").glob("*/*.toml")):
        for test in tomllib.loads(path.read_text(encoding="utf-8")).get("tests", []):
            item = test.get("item", {})
            cpe = item.get("cpe")
            cpe = cpe[0] if isinstance(cpe, list) and cpe else cpe
            row = [item.get(key) for key in ("vendor", "product", "version")] + [cpe] + [item.get("location"), item.get("acquired")]
            found.append(tuple(None if value is None else str(value) for value in row))
    real = list(dict.fromkeys(found))
    strange = [
        ("AO Kaspersky Lab", "Kaspersky Plus", None, None, "US", None),
        ("AO Kaspersky Lab", "Kaspersky Plus", "", None, "US", None),
        ("AO Kaspersky Lab", "Kaspersky Plus", "", "", "US", None),
        (None, "Kaspersky Plus", None, None, None, None),
        ("", "Kaspersky Plus", None, None, None, None),
        ("ao kaspersky lab", "Kaspersky Plus", None, None, "US", None),
        ("AO Kaspersky Lab", "kaspersky plus", None, None, "US", None),
        (" AO Kaspersky Lab ", "Kaspersky Plus", None, None, "US", None),
        ('АО "Лаборатория Касперского"', "Kaspersky\nPlus", None, None, "DE", None),
        ("O'Brien; DROP TABLE fleet; --", 'a "quoted", \'name\' \\ with\r\nall', "\\N", None, "US", None),
        ("Kaspersky Lab", "Kaspersky " + "x" * 4096, "1", None, "US", None),
        (None, None, None, None, None, None),
        ("", "", "", "", "", ""),
        ("-", "--", None, None, "US", None),
        ("Kaspersky Lab", "Kaspersky Plus", "21", None, "Atlantis", None),
        ("Kaspersky Lab", "Kaspersky Plus", "21", None, "US", "2024-09-30"),
        ("Kaspersky Lab", "Kaspersky Plus", "21", None, "US", "2024-07-01"),
        ("Kaspersky Lab", "Kaspersky Plus", "21", None, "US", "never"),
    ]
    all_items = dict.fromkeys(real + strange)
    words = ["Editor", "Viewer", "Studio", "Server", "Client", "Agent", "Tools", "Driver", "Player", "Office", "Backup", "Cloud"]
    while len(all_items) < KNOWN:
        if lot.random() < 0.01 and real:
            vendor, product, version, cpe, _, _ = lot.choice(real)
            row = (vendor, product, f"{lot.randrange(30)}.{lot.randrange(99)}", cpe, lot.choice(["US", "US-TX", "DE", "FR", "JP", None]), None)
        else:
            name = f"{lot.choice(words)} {lot.choice(words)} {lot.randrange(500)}"
            row = (f"Maker {lot.randrange(800)} Inc.", name, f"{lot.randrange(30)}.{lot.randrange(99)}", None, lot.choice(["US", "DE", "FR", "JP", None]), None)
        all_items[row] = None
    return list(all_items)


def columns(*more):
    pairs = [f"{field}={COLUMNS[field]}" for field in FIELDS] + list(more)
    return [word for pair in pairs for word in ("--column", pair)]


def join(table, day, *more, extra=(), dialect="duckdb", verdicts=None):
    verdicts = verdicts or str(folder / "verdicts.parquet")
    return run("fleet", "join", "--no-config", "--dialect", dialect, "--table", table, *columns("asset=host", *extra), "--verdicts", verdicts,
               "--place", PLACE, "--audience", AUDIENCE, "--as-of", day, *more)


def check(file, day, *outputs):
    return run("check", file, "--no-config", "-q", "-j", PLACE, "--audience", AUDIENCE, "--as-of", day, "--allow-unread", *columns("asset=host"),
               *outputs, codes=(0, 1))


def findings(file, day):
    """What `check` finds: the acts with their statuses, by asset."""
    out = folder / "check.json"
    check(file, day, "-o", f"json={out}")
    report = json.loads(out.read_text(encoding="utf-8"))
    by_asset = collections.defaultdict(set)
    for finding in report["findings"]:
        by_asset[finding["item"]["asset"]].add(f"{finding['rule']['id']}={finding['status']}")
    return report, by_asset


def equal(what, ours, theirs):
    if ours == theirs:
        return
    if isinstance(ours, dict):
        wrong = [(key, ours.get(key), theirs.get(key)) for key in sorted(set(ours) | set(theirs), key=str) if ours.get(key) != theirs.get(key)]
        sys.exit(f"{what}: {len(wrong)} differ, first {wrong[:3]}")
    sys.exit(f"{what}: {ours!r} and {theirs!r}")


con = duckdb.connect()
con.execute("SET preserve_insertion_order = false")
con.execute(f"CREATE TABLE items (id INTEGER, {', '.join(f'{COLUMNS[field]} VARCHAR' for field in FIELDS)})")
numbered = [dict(zip(["id", *COLUMNS.values()], (at, *row))) for at, row in enumerate(items())]
(folder / "items.json").write_text("\n".join(map(json.dumps, numbered)) + "\n", encoding="utf-8")
kinds = ", ".join(f"{COLUMNS[field]}: 'VARCHAR'" for field in FIELDS)
con.execute(f"INSERT INTO items FROM read_json('{folder / 'items.json'}', format = 'newline_delimited', columns = {{id: 'INTEGER', {kinds}}})")
listed = ", ".join(COLUMNS[field] for field in FIELDS)
fleet, known, single = (str(folder / name) for name in ("fleet.parquet", "items.parquet", "single.parquet"))
# Each item is there; a few are on many machines, most on few. The machine's name says which item it is: so rows can be told apart.
con.execute(f"""COPY (
  SELECT 'item-' || id AS host, {listed}
  FROM (SELECT CAST(floor({KNOWN} * pow((hash(i) % 1000003) / 1000003.0, 3)) AS INTEGER) AS pick FROM range({options.rows - KNOWN}) r(i)
    UNION ALL SELECT id FROM items) JOIN items ON id = pick
) TO '{fleet}' (FORMAT parquet)""")
con.execute(f"COPY (SELECT 'item-' || id AS host, {listed} FROM items ORDER BY id) TO '{known}' (FORMAT parquet)")
con.execute(f"COPY (SELECT 'row-' || row_number() OVER () AS host, {listed} FROM (SELECT * FROM '{fleet}' LIMIT {options.each})) TO '{single}' (FORMAT parquet)")
told(f"{options.rows} rows of {KNOWN} items made")

identities, verdicts = str(folder / "identities.parquet"), str(folder / "verdicts.parquet")
con.execute(run("fleet", "distinct", "--dialect", "duckdb", "--table", fleet, *columns("asset=host"), "--write-to", identities))
told("distinct items")
csv = str(folder / "identities.csv")
con.execute(run("fleet", "distinct", "--dialect", "duckdb", "--table", identities, *[word for field in FIELDS for word in ("--column", f"{field}={field}")],
                "--write-to", csv, "--write-as", "csv"))
run("fleet", "verdicts", identities, "--no-config", "--place", PLACE, "--place", "DE", "--audience", AUDIENCE, "-o", f"parquet={verdicts}")
told("verdicts")
run("fleet", "verdicts", csv, "--no-config", "--place", PLACE, "--place", "DE", "--audience", AUDIENCE, "-o", f"parquet={folder / 'from-csv.parquet'}")
equal("verdicts of CSV and of Parquet", con.execute(f"SELECT count(*) FROM (FROM '{verdicts}' EXCEPT FROM '{folder / 'from-csv.parquet'}')").fetchall(), [(0,)])
told("verdicts out of CSV are the same")

rows = dict(con.execute(f"SELECT host, count(*) FROM '{fleet}' GROUP BY host").fetchall())
for day in DAYS:
    report, by_asset = findings(known, day)
    found = con.execute(join(known, day, "--export"))
    names = [name for name, *_ in found.description]
    export = [dict(zip(names, row)) for row in found.fetchall()]
    engine = {row["asset"]: set(row["acts"].split(" ")) for row in export if row["kind"] == "item"}
    equal(f"{day}: acts by item", engine, dict(by_asset))
    summary = collections.Counter()
    for row in export:
        if row["kind"] == "status":
            summary[row["status"]] += int(row["rows"])
    for status in ("banned", "no-updates", "no-sale", "upcoming", "advisory", "review", "clear", "unidentified"):
        equal(f"{day}: items {status}", summary[status], report["summary"][status])
    told(f"{day}: {len(engine)} items with findings, as `check` finds them")

day = "2024-10-01"
_, by_asset = findings(known, day)
expected = collections.Counter()
for asset, acts in by_asset.items():
    for act in acts:
        expected[tuple(act.split("="))] += rows.get(asset, 0)
counted = con.execute(join(fleet, day, "--count", "act")).fetchall()
equal("rows by act and status", {(act, status): count for act, status, count, *_ in counted if act}, {key: count for key, count in expected.items() if count})
told(f"{options.rows} rows counted by act: {sum(expected.values())} findings")

export = str(folder / "export.parquet")
con.execute(join(single, day, "--export", "--write-to", export))
run("report", export, "--no-config", "-q", "--allow-unread", "-o", f"json={folder / 'report.json'}", codes=(0, 1))
ours = json.loads((folder / "report.json").read_text(encoding="utf-8"))
theirs, by_asset = findings(single, day)
engine = {asset: set(acts.split(" ")) for asset, acts in con.execute(f"SELECT asset, acts FROM '{export}' WHERE kind = 'item'").fetchall()}
equal(f"{options.each} rows one by one", engine, dict(by_asset))


def comparable(report):
    for finding in report["findings"]:
        for part in (finding["item"], *finding["rows"]["first"]):
            part.pop("line"), part.pop("source")
    report["findings"].sort(key=lambda finding: (finding["fingerprint"]))
    return {key: report[key] for key in ("findings", "summary", "acts", "scope", "rules")}


equal("the report of the export", comparable(ours), comparable(theirs))
told(f"{options.each} rows one by one, and the report of {len(ours['findings'])} findings")

# What the verdicts do not know of is no all-clear.
con.execute(f"COPY (FROM '{single}' UNION ALL BY NAME SELECT 'new' AS host, 'Nobody' AS publisher, 'Newer' AS name) TO '{folder / 'newer.parquet'}' (FORMAT parquet)")
con.execute(join(str(folder / "newer.parquet"), day, "--export", "--write-to", export))
run("report", export, "--no-config", "-q", "--fail-on", "never", "-o", f"json={folder / 'report.json'}", codes=(3,))
equal("rows without a verdict", json.loads((folder / "report.json").read_text(encoding="utf-8"))["summary"]["unread"], theirs["summary"]["unread"] + 1)
told("a row newer than the verdicts is unread")

if options.spark:
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local-cluster[2,1,1024]").appName("fleet").config("spark.ui.enabled", "false").getOrCreate()
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW software AS SELECT * FROM parquet.`{single}`")
    distinct = spark.sql(run("fleet", "distinct", "--dialect", "spark", "--table", "software", *columns("asset=host")).rstrip().rstrip(";"))
    distinct.write.mode("overwrite").parquet(str(folder / "spark-identities"))
    theirs = str(folder / "spark-verdicts.parquet")
    run("fleet", "verdicts", folder / "spark-identities", "--no-config", "--place", PLACE, "--audience", AUDIENCE, "-o", f"parquet={theirs}")
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW verdicts AS SELECT * FROM parquet.`{theirs}`")
    query = join("software", day, "--export", dialect="spark", verdicts="verdicts")
    found = spark.sql(query.rstrip().rstrip(";"))
    engine = {row["asset"]: set(row["acts"].split(" ")) for row in found.collect() if row["kind"] == "item"}
    equal(f"Spark: {options.each} rows one by one", engine, dict(by_asset))
    found.write.mode("overwrite").json(str(folder / "spark-export"))
    told("Spark: the same, in a cluster of two executors")
    spark.stop()

print(f"fleet: {len(MARKS)} steps, {time.monotonic() - start:.0f} s")
