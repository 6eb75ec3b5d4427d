//! Software of Fleet: lists of software and of titles, and hosts with theirs.

use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::{Error, Options, Reader, Sink, Understood};

/// Reads software lists of Fleet.
pub(super) struct Fleet;

static SHAPE: Shape = Shape {
    records: &[&["software"], &["host", "software"], &["hosts", "software"], &["software_titles"]],
    assets: &[&["host", "hostname"], &["host", "display_name"], &["hosts", "hostname"], &["hosts", "display_name"]],
    scopes: &[&["host"], &["hosts"]],
    fields: &[
        ("display_name", Field::Product),
        ("name", Field::Product),
        ("version", Field::Version),
        ("vendor", Field::Vendor),
        ("bundle_identifier", Field::BundleId),
        ("extension_id", Field::PackageId),
        ("application_id", Field::PackageId),
        ("generated_cpe", Field::Cpe),
        ("hosts_count", Field::Quantity),
    ],
    others: &["source"],
    tidy,
    lenient: false,
    gone: None,
};

/// What Fleet calls the source of a package tells the type of its package URL.
fn tidy(record: &mut Record) -> Verdict {
    let kind = match record.other("source") {
        "python_packages" => Some("pypi"),
        "npm_packages" => Some("npm"),
        _ => None,
    };
    let name = record.get(Field::Product).strip_suffix(".app").unwrap_or(record.get(Field::Product)).to_owned();
    if let Some(kind) = kind {
        record.add(Field::Purl, format!("pkg:{kind}/{}", name.replace('@', "%40")));
    }
    record.set(Field::Product, name);
    Verdict::Keep
}

impl Reader for Fleet {
    fn name(&self) -> &'static str {
        "fleet"
    }

    fn description(&self) -> &'static str {
        "Fleet software as JSON: software, titles, hosts"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        (input.head_holds("\"software\"") || input.head_holds("\"software_titles\"")) && json_records::claims(&SHAPE, input)
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
    fn hosts_name_themselves_before_or_after_their_software() {
        let text = concat!(
            "{\"hosts\":[{\"software\":[{\"name\":\"TikTok.app\",\"version\":\"36\",\"source\":\"apps\",\"bundle_identifier\":\"com.zhiliaoapp.musically\"}],",
            "\"hostname\":\"mac-1\"},{\"hostname\":\"pc-2\",\"software\":[{\"name\":\"lark\",\"version\":\"1\",\"source\":\"python_packages\",\"hosts_count\":3}]}]}",
        );
        let (result, found) = gather("x.json", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "fleet");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.asset.as_str(), row.product.as_str(), row.quantity)).collect();
        assert_eq!(rows, [("mac-1", "TikTok", 1), ("pc-2", "lark", 3)]);
        assert_eq!(found.rows[1].identifiers, [("purl", "pkg:pypi/lark".to_owned())]);
    }
}
