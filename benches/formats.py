"""Other formats than text tables, beside the bare parse by the library that reads them (Parquet: beside Polars, streaming).

usage: python benches/formats.py [--scale N] [--rounds N] [--seed N] [--program PATH] [--bare PATH] [--kept FOLDER]

Makes CycloneDX of 200 MB, SPDX of 100 MB, a workbook of 200,000 rows and Parquet of 20 million, times the scale, and runs
both on each, one after the other, in every round. Needs a release build of the program, one of benches/bare, and Python
with xlsxwriter, pyarrow and polars; leaves out what is missing and says so. Prints medians; only ratios of one run mean
anything.
"""
import argparse
import itertools
import json
import multiprocessing
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

from beside import has, names_in, polars, run

HERE = pathlib.Path(__file__).resolve().parent
SYLLABLES = "ka lo mi ter no va ri sen do pa lu gre tor vin qua zen mar bel cor dex fin sol tra nex ori pul".split()

def components(chance, distinct):
    word = lambda: "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))
    version = lambda: f"{chance.randrange(20)}.{chance.randrange(30)}.{chance.randrange(99)}"
    pool = [(f"{word()}-{word()}", version(), word(), word().capitalize() + " GmbH") for _ in range(distinct)]
    return (pool[number % distinct] for number in itertools.count())


def listed(path, size, head, tail, entries):
    with open(path, "w", encoding="utf-8") as file:
        written = file.write(head)
        for number, entry in enumerate(entries):
            written += file.write(("," if number else "") + json.dumps(entry))
            if written > size:
                break
        file.write(tail)


def cyclonedx(path, scale, chance):
    entries = (
        {"type": "library", "bom-ref": f"{name}#{number}", "supplier": {"name": maker}, "group": f"@{group}", "name": name,
         "version": version, "purl": f"pkg:npm/%40{group}/{name}@{version}", "licenses": [{"license": {"id": "MIT"}}],
         "hashes": [{"alg": "SHA-256", "content": f"{chance.getrandbits(256):064x}"}]}
        for number, (name, version, group, maker) in enumerate(components(chance, 20_000)))
    listed(path, 200e6 * scale, '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[', "]}", entries)


def spdx(path, scale, chance):
    entries = (
        {"SPDXID": f"SPDXRef-{number}", "name": name, "versionInfo": version, "supplier": f"Organization: {maker}",
         "downloadLocation": "NOASSERTION", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                                              "referenceLocator": f"pkg:npm/%40{group}/{name}@{version}"}]}
        for number, (name, version, group, maker) in enumerate(components(chance, 20_000)))
    head = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
            "documentNamespace": "https://example.com/x", "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: x"]}}
    listed(path, 100e6 * scale, json.dumps(head)[:-1] + ',"packages":[', "]}", entries)


def workbook(path, scale, chance):
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["host", "publisher", "product", "version", "country"])
    rows = itertools.islice(components(chance, 10_000), int(200_000 * scale))
    for number, (name, version, _, maker) in enumerate(rows):
        sheet.write_row(number + 1, 0, [f"pc-{number // 20}", maker, name, version, chance.choice(["US", "DE", "FR"])])
    book.close()


def parquet(path, scale, chance):
    make = [sys.executable, HERE / "inventory.py", str(int(20e6 * scale)), path, "--format", "parquet", "--seed", str(chance.randrange(99))]
    subprocess.run(make, check=True)


KINDS = [  # name, file, how it is made, what it takes, the other command
    ("CycloneDX", "x.cdx.json", cyclonedx, [], lambda bare, path, _: [bare, "json", path]),
    ("SPDX", "x.spdx.json", spdx, [], lambda bare, path, _: [bare, "json", path]),
    ("workbook", "x.xlsx", workbook, ["xlsxwriter"], lambda bare, path, _: [bare, "xlsx", path]),
    ("Parquet", "x.parquet", parquet, ["pyarrow", "polars"], lambda _, path, names: [sys.executable, "-c", polars("scan_parquet(sys.argv[1])"), path, names]),
]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default="target/release/interdict")
    parser.add_argument("--bare", default=HERE / "bare/target/release/bare")
    parser.add_argument("--kept", help="a folder for the files, which are used again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = names_in(folder)
        folder = pathlib.Path(args.kept or folder)
        folder.mkdir(parents=True, exist_ok=True)
        print("| what | MB | interdict, s | MB | the other, s | MB | ratio |\n|---|---:|---:|---:|---:|---:|---:|")
        for name, file, make, needs, other in KINDS:
            missing = [module for module in needs if not has(module)]
            if missing:
                print(f"{name}: left out, {', '.join(missing)} is missing", file=sys.stderr)
                continue
            path = folder / file
            if not path.exists():
                # Apart, since what a process has held counts as held by those that it starts.
                maker = multiprocessing.Process(target=make, args=(str(path), args.scale, random.Random(args.seed)))
                maker.start()
                maker.join()
                if maker.exitcode:
                    sys.exit(f"{file} could not be made")
            ours = [args.program, "check", str(path), "--no-config", "-q", "-j", "US", "--as-of", "2024-10-01", "-f", "never"]
            pairs = [(run(ours), run(other(str(args.bare), str(path), names))) for _ in range(args.rounds)]
            medians = [[statistics.median(one[which] for one in side) for which in (0, 1)] for side in zip(*pairs)]
            (mine, mine_mb), (their, their_mb) = medians
            size = path.stat().st_size / 1e6
            print(f"| {name} | {size:.0f} | {mine:.2f} | {mine_mb:.0f} | {their:.2f} | {their_mb:.0f} | {mine / their:.2f} |", flush=True)


main()
