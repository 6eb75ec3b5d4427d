"""Makes an inventory as large as asked for; the same bytes for the same words.

usage: inventory.py ROWS OUT [--format csv|parquet] [--kind usual|distinct|one|long|quoted] [--products N] [--found N] [--seed N]

  usual     products as frequent as words in a text: a few are everywhere, most are rare
  distinct  no two rows with the same product
  one       the same product in every row
  long      names of 4 KB
  quoted    every field in quotes, some with line breaks

One in --found products is Kaspersky's; --found 0 for none. Parquet needs pyarrow.
"""
import argparse
import bisect
import itertools
import random

PLACES = "US DE FR GB PL FI CZ NL ES IT SE CA AU JP KR IN".split()
KINDS = ["Endpoint Security", "Office Suite", "Media Player", "Remote Access Client", "Runtime (x64)", "Backup Agent", "PDF Reader", "Browser"]


def name(number):
    """A word for a number, long enough to be nobody's name."""
    syllables = ["ka", "lo", "mi", "ter", "no", "va", "ri", "sen", "do", "pa", "lu", "gre", "tor", "vin", "qua", "zen"]
    word = ""
    while True:
        number, digit = divmod(number, 16)
        word += syllables[digit]
        if number == 0 and len(word) > 7:
            return "Q" + word


def products(count, found, kind):
    for number in range(count):
        if found and number % found == found // 2:
            yield "AO Kaspersky Lab", f"Kaspersky Plus {number}", "21.3"
        else:
            filler = " " + "lorem " * 680 if kind == "long" else ""
            yield f"{name(number % 600)} GmbH", f"{name(number)} {KINDS[number % 8]}{filler}", f"{number % 24}.{number % 7}.{number}"


def rows(args):
    draw = random.Random(args.seed)
    known = list(products(1 if args.kind == "one" else args.products, args.found, args.kind))
    weights = list(itertools.accumulate(1 / (rank + 1) ** 1.05 for rank in range(len(known))))
    order = list(range(len(known)))
    draw.shuffle(order)
    for row in range(args.rows):
        if args.kind == "distinct":
            vendor, product, version = known[row % len(known)]
            version = f"{version}.{row}"
        else:
            vendor, product, version = known[order[min(bisect.bisect(weights, draw.random() * weights[-1]), len(known) - 1)]]
        place = PLACES[draw.randrange(16)]
        yield f"WS-{row // 40:07}.corp.{place.lower()}.example.com", vendor, product, version, place


HEADER = ["host", "publisher", "product", "version", "country"]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("out")
    parser.add_argument("--format", default="csv")
    parser.add_argument("--kind", default="usual")
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--found", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.format == "parquet":
        import pyarrow
        import pyarrow.parquet

        schema = pyarrow.schema([(column, pyarrow.string()) for column in HEADER])
        with pyarrow.parquet.ParquetWriter(args.out, schema, compression="zstd") as file:
            all_rows = rows(args)
            while part := list(itertools.islice(all_rows, 500_000)):
                file.write_table(pyarrow.table(dict(zip(HEADER, map(list, zip(*part)))), schema=schema))
        return
    with open(args.out, "w", encoding="utf-8", newline="") as file:
        if args.kind == "quoted":
            file.write(",".join(HEADER) + "\n")
            for number, row in enumerate(rows(args)):
                file.write('"' + '","'.join(row) + ('\r\n"' if number % 97 == 0 else '"') + "\n")
        else:
            file.write(",".join(HEADER) + "\n")
            file.writelines(",".join(row) + "\n" for row in rows(args))


main()
