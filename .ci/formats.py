"""Holds reports of the shared sample against readers and schemas that are not ours.

    formats.py FOLDER JUNIT_XSD

The folder holds one report of each format, `sample.<extension>`.
"""

import csv
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import icalendar
import openpyxl
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

folder, junit = pathlib.Path(sys.argv[1]), sys.argv[2]
report = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
findings, wrong = report["findings"], []


def expect(what, holds):
    if not holds:
        wrong.append(what)


def run(name, command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    expect(f"{name}: {(done.stdout + done.stderr)[-2000:]}", done.returncode == 0 and not (text and done.stderr.strip()))


# CycloneDX: the official schema.
problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str((folder / "sample.cdx.json").read_text(encoding="utf-8"))
expect(f"cyclonedx: {problem}", problem is None)
# JUnit: the schema of Jenkins.
run("junit", ["xmllint", "--noout", "--schema", junit, str(folder / "sample.xml")])
# The calendar: another parser reads each date, once, with what it was told.
raw = (folder / "sample.ics").read_bytes()
calendar = icalendar.Calendar.from_ical(raw)
events = {str(event["UID"]).removesuffix("@interdict"): event for event in calendar.walk("VEVENT")}
dates = {date["id"]: date for act in report["acts"].values() for date in act["dates"] if date["on"] != "to-be-announced"}
expect("ics: lines are folded", all(len(line) <= 75 for line in raw.split(b"\r\n")))
expect(f"ics: a date is no event: {dates.keys() ^ events.keys()}", dates and dates.keys() == events.keys() and not calendar.errors)
for uid, event in events.items():
    expect(f"ics: {uid}: {event.errors}", not event.errors)
    expect(f"ics: {uid}: its day", event["DTSTART"].to_ical().decode()[:6] == dates[uid]["on"][:7].replace("-", ""))
    expect(f"ics: {uid}: its note", str(dates[uid].get("note", "")) in str(event["DESCRIPTION"]))
    expect(f"ics: {uid}: reminders", [alarm.decoded("TRIGGER").days for alarm in event.walk("VALARM")] == [-30, -7, -1])
    expect(f"ics: {uid}: source", event["URL"].startswith("https://"))
# Prometheus: a hint of the linter is a failure too.
run("prometheus", ["promtool", "check", "metrics"], (folder / "sample.prom").read_text(encoding="utf-8"))
# SVG: any reader of XML.
expect("svg: is a drawing", xml.etree.ElementTree.parse(folder / "sample.svg").getroot().tag.endswith("svg"))
# CSV and JSON lines.
rows = list(csv.DictReader((folder / "sample.csv").open(encoding="utf-8", newline="")))
expect("csv: every finding is a row", sum(row["kind"] == "finding" for row in rows) == len(findings))
lines = [json.loads(line) for line in (folder / "sample.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
expect("jsonl: every finding is a line", sum(line["kind"] == "finding" for line in lines) == len(findings))
# The workbook: sheets, dates, filters, links, and no formula.
book = openpyxl.load_workbook(folder / "sample.xlsx")
expect(f"xlsx: sheets {book.sheetnames}", book.sheetnames == ["Summary", "Findings", "Deadlines", "Unread", "Waivers", "Decisions", "Rules"])
sheet = book["Findings"]
expect("xlsx: every finding is a row", sheet.max_row == len(findings) + 1)
head = {cell.value: cell.column - 1 for cell in sheet[1]}
for row, finding in zip(sheet.iter_rows(min_row=2), findings):
    expect(f"xlsx: {row[0].coordinate}", row[0].value == finding["status"])
    since = row[head["Since or from"]]
    expect(f"xlsx: {since.coordinate} is a date", since.value is None or since.is_date)
    expect(f"xlsx: {row[0].row} has a link", row[head["Source"]].hyperlink is not None)
expect("xlsx: a date is there", any(row[head["Next on"]].is_date for row in sheet.iter_rows(min_row=2)))
for sheet in book:
    expect(f"xlsx: {sheet.title} has no formula", all(cell.data_type != "f" for row in sheet for cell in row))
    expect(f"xlsx: {sheet.title} keeps its header", sheet.freeze_panes == "A2")
    expect(f"xlsx: {sheet.title} has a filter", sheet.title == "Summary" or sheet.auto_filter.ref is not None)
for one in wrong:
    print(one)
print(f"formats: {len(wrong)} problems")
sys.exit(bool(wrong))
