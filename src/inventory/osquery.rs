//! Results of osquery: rows of the tables of programs and packages, as a list, as snapshots or as a
//! differential log, one result a line.
//!
//! What a differential log says was removed is gone, and no item.

use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::maintainer::{Named, maker};
use super::sniff::Input;
use super::{Error, Options, Reader, Sink, Understood};

/// Reads results of osquery.
pub(super) struct Osquery;

static SHAPE: Shape = Shape {
    records: &[&["columns"], &["snapshot"], &["diffResults", "added"], &["data", "columns"]],
    assets: &[&["hostIdentifier"], &["decorations", "hostname"], &["host_identifier"]],
    scopes: &[&[]],
    fields: &[
        ("display_name", Field::Product),
        ("bundle_name", Field::Product),
        ("name", Field::Product),
        ("bundle_short_version", Field::Version),
        ("version", Field::Version),
        ("vendor", Field::Vendor),
        ("publisher", Field::Vendor),
        ("author", Field::Vendor),
        ("bundle_identifier", Field::BundleId),
        ("identifying_number", Field::PackageId),
        ("identifier", Field::PackageId),
        ("package_id", Field::PackageId),
        ("install_date", Field::Acquired),
    ],
    others: &["maintainer"],
    tidy,
    lenient: true,
    gone: Some((&["action"], "removed", "results of the log say that something was removed; they are no items")),
};

fn tidy(record: &mut Record) -> Verdict {
    if [Field::Version, Field::BundleId, Field::PackageId].iter().all(|&field| record.get(field).is_empty()) {
        return Verdict::LeaveOut("results of other queries left out: they have no version");
    }
    if record.get(Field::Vendor).is_empty() {
        let vendor = maker(record.other("maintainer"), Named::Person, "pkg:deb/").to_owned();
        record.set(Field::Vendor, vendor);
    }
    // An application bundle is named after its folder.
    if let Some(name) = record.get(Field::Product).strip_suffix(".app") {
        let name = name.to_owned();
        record.set(Field::Product, name);
    }
    Verdict::Keep
}

impl Reader for Osquery {
    fn name(&self) -> &'static str {
        "osquery"
    }

    fn description(&self) -> &'static str {
        "osquery results: snapshots, differential logs, as JSON or one a line"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        let is_log = holds("\"hostIdentifier\"") || holds("\"calendarTime\"") || holds("\"diffResults\"");
        is_log && (holds("\"columns\"") || holds("\"snapshot\"") || holds("\"diffResults\"")) && json_records::claims(&SHAPE, input)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        json_records::read(&SHAPE, input, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn logs_name_their_machine_and_what_was_removed_is_gone() {
        let text = concat!(
            "{\"name\":\"pack_it_programs\",\"hostIdentifier\":\"pc-1\",\"columns\":{\"name\":\"Kaspersky Plus\",\"version\":\"21.17\",",
            "\"publisher\":\"AO Kaspersky Lab\",\"install_date\":\"20240820\"},\"action\":\"added\"}\n",
            "{\"name\":\"pack_it_apps\",\"columns\":{\"name\":\"TikTok.app\",\"bundle_short_version\":\"36.1\"},\"hostIdentifier\":\"mac-2\",\"action\":\"added\"}\n",
            "{\"name\":\"pack_it_programs\",\"hostIdentifier\":\"pc-1\",\"columns\":{\"name\":\"Gone\",\"version\":\"1\"},\"action\":\"removed\"}\n",
            "{\"snapshot\":[{\"name\":\"7-Zip\",\"version\":\"23.01\"},{\"name\":\"proc\",\"pid\":\"5\"}],\"action\":\"snapshot\",\"hostIdentifier\":\"pc-3\"}\n",
        );
        let (result, found) = gather("x.log", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "osquery");
        let rows: Vec<_> =
            found.rows.iter().map(|row| (row.asset.as_str(), row.vendor.as_str(), row.product.as_str(), row.line)).collect();
        assert_eq!(rows, [("pc-1", "AO Kaspersky Lab", "Kaspersky Plus", 1), ("mac-2", "", "TikTok", 2), ("pc-3", "", "7-Zip", 4)]);
        assert_eq!((found.unread.len(), found.remarks.len()), (0, 2));
        assert!(found.rows[0].acquired.is_some());
    }
}
