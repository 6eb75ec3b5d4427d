"""What the scripts that measure programs side by side share: one run measured, and the job as Polars does it."""
import importlib.util
import os
import subprocess
import sys
import time

POLARS = """
import polars, sys
names = [line.strip() for line in open(sys.argv[2], encoding="utf-8")]
rows = polars.SCAN.select("publisher", "product")
text = polars.col("publisher") + " " + polars.col("product")
found = rows.unique().with_columns(name=text.str.extract_many(names, ascii_case_insensitive=True).list.min()).drop_nulls("name")
print(rows.join(found, on=["publisher", "product"]).group_by("name").len().collect(engine="streaming").head(3))
"""


def polars(scan):
    """Returns the script for a table that this call opens; its arguments are the table and the file of names."""
    return POLARS.replace("SCAN", scan)


def names_in(folder):
    """Writes 200 vendors' names to look for. Returns the file."""
    path = os.path.join(folder, "names.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"Vendor{number} Systems\n" for number in range(199))
        file.write("Kaspersky\n")
    return path


def has(module):
    return importlib.util.find_spec(module) is not None


def run(command):
    """Returns seconds by the clock and peak memory in MB of one run."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1024
