"""How time and memory grow: with rows, products, findings, aliases, acts and threads; drawn as one SVG.

usage: python benches/curves.py OUT.svg [--program PATH] [--rounds N] [--scale N]

Each curve varies one number and holds the others. Prints a row for each point, and for each curve the exponent: the slope
of the line through the logarithms; 1 is linear. `--scale 10` takes ten times as many rows.
"""
import argparse
import html
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def inventory(path, rows, products=10_000, found=100):
    make = [sys.executable, HERE / "inventory.py", str(rows), path, "--products", str(products), "--found", str(found)]
    subprocess.run(make, check=True)


def entity(folder, aliases):
    """A maker of one's own with so many aliases, and an act against it."""
    names = ", ".join(f'"Zorgol Works {number:05} Qx"' for number in range(aliases))
    pathlib.Path(folder, "entities").mkdir(parents=True, exist_ok=True)
    pathlib.Path(folder, "entities", "zorgol.toml").write_text(
        f'schema = 1\nid = "zorgol"\nname = "Zorgol"\nkind = "organisation"\ncountry = "XK"\ncategories = []\naliases = [{names}]\n'
    )
    act(folder, 0)


def act(folder, number):
    pathlib.Path(folder, "xk").mkdir(parents=True, exist_ok=True)
    pathlib.Path(folder, "xk", f"xk-test-zorgol-{number}-2024.toml").write_text(f'''schema = 1
id = "xk-test-zorgol-{number}-2024"
title = "Nobody sells Zorgol's products, {number}"
kind = "sales-ban"
jurisdiction = "XK"
authority = "Nobody"
citation = "{number}"
url = "https://example.com/{number}"
announced = 2024-01-01
names = "listed"
[[covers]]
entities = ["zorgol"]
[[measures]]
effect = "no-sale"
binds = ["everyone"]
nexus = ["territory"]
from = 2024-02-01
''')


def measure(program, table, rounds, more):
    """Returns the median of the CPU seconds, of the seconds by the clock, and the peak memory in MB."""
    runs = []
    for _ in range(rounds):
        start = time.perf_counter()
        command = [program, "check", table, "--no-config", "-q", "-j", "US", "--as-of", "2024-10-01", "-f", "never", *more]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            sys.exit(said.decode())
        runs.append((usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024))
    return [statistics.median(values) for values in zip(*runs)]


def exponent(points, value):
    xs, ys = [math.log(point[0]) for point in points], [math.log(value(point)) for point in points]
    middle = statistics.mean(xs)
    return sum((x - middle) * (y - statistics.mean(ys)) for x, y in zip(xs, ys)) / sum((x - middle) ** 2 for x in xs)


def panel(left, top, title, points, value, unit, note):
    """One curve on axes with logarithms."""
    width, height = 300, 170
    xs, ys = [math.log10(point[0]) for point in points], [math.log10(max(value(point), 1e-6)) for point in points]
    low, high = math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1)
    x = lambda at: left + 46 + (at - min(xs)) / (max(xs) - min(xs)) * (width - 70)
    y = lambda at: top + height - 30 - (at - low) / (high - low) * (height - 62)
    parts = [f'<text x="{left + 8}" y="{top + 18}" class="title">{html.escape(title)}</text>']
    for power in range(low, high + 1):
        parts.append(f'<path class="grid" d="M{left + 46} {y(power):.1f}H{left + width - 20}"/>')
        parts.append(f'<text x="{left + 40}" y="{y(power) + 4:.1f}" text-anchor="end">{10.0 ** power:g} {unit}</text>')
    for at, point in zip(xs, points):
        parts.append(f'<text x="{x(at):.1f}" y="{top + height - 12}" text-anchor="middle">{human(point[0])}</text>')
    line = " ".join(f"{x(at):.1f},{y(up):.1f}" for at, up in zip(xs, ys))
    parts.append(f'<polyline class="line" points="{line}"/>')
    parts += [f'<circle cx="{x(at):.1f}" cy="{y(up):.1f}" r="2.5"/>' for at, up in zip(xs, ys)]
    parts.append(f'<text x="{left + width - 20}" y="{top + 18}" text-anchor="end">{note}</text>')
    return "".join(parts)


def human(number):
    for unit, size in ("M", 1_000_000), ("k", 1_000):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:g}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("out")
    parser.add_argument("--program", default="target/release/interdict")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1)
    args = parser.parse_args()
    rows = int(1_000_000 * args.scale)
    curves = {}
    with tempfile.TemporaryDirectory() as folder:
        table = f"{folder}/inventory.csv"

        def point(curve, number, more=("--threads", "1"), measured=None):
            figures = measured or measure(args.program, table, args.rounds, more)
            curves.setdefault(curve, []).append((number, *figures))
            print(f"{curve:<10} {number:>10}  {figures[0]:8.2f} s CPU  {figures[1]:8.2f} s  {figures[2]:8.1f} MB", flush=True)

        for count in (rows // 10, rows // 3, rows, rows * 3):
            inventory(table, count, found=0)
            point("rows", count)
        for count in (100, 1_000, 10_000, 100_000):
            inventory(table, rows, products=count, found=0)
            point("products", count)
        for share in (1_000, 100, 10, 2):
            inventory(table, rows // 4, found=share)
            point("findings", rows // 4 // share)
        inventory(table, rows, found=0)
        for count in (200, 2_000, 20_000):
            entity(f"{folder}/aliases-{count}", count)
            point("aliases", count, ("--threads", "1", "--rules", f"{folder}/aliases-{count}"))
        for count in (10, 100, 1_000):
            entity(f"{folder}/acts-{count}", 1)
            for number in range(count):
                act(f"{folder}/acts-{count}", number)
            point("acts", count, ("--threads", "1", "--rules", f"{folder}/acts-{count}"))
        for count in sorted({1, 2, os.cpu_count() or 1}):
            point("threads", count, ("--threads", str(count)))
    parts = []
    for row, (curve, points) in enumerate(curves.items()):
        clock = (lambda point: point[2]) if curve == "threads" else (lambda point: point[1])
        slopes = [f"exponent {exponent(points, value):.2f}" for value in (clock, lambda point: point[3])] if len(points) > 1 else ["", ""]
        print(f"{curve}: time {slopes[0]}, memory {slopes[1]}")
        if len(points) > 1:
            parts.append(panel(0, row * 180, f"time by {curve}", points, clock, "s", slopes[0]))
            parts.append(panel(320, row * 180, f"memory by {curve}", points, lambda point: point[3], "MB", slopes[1]))
    style = "text{font:11px sans-serif;fill:#333}.title{font-weight:bold}.grid{stroke:#ddd}.line{fill:none;stroke:#1f5fa8;stroke-width:1.5}circle{fill:#1f5fa8}"
    size = f'width="640" height="{len(curves) * 180}" viewBox="0 0 640 {len(curves) * 180}"'
    pathlib.Path(args.out).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


main()
