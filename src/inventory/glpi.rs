//! Inventories of the agents of GLPI, FusionInventory and OCS as JSON: one machine with its
//! programs, its protection against viruses (which the list of programs may lack) and its system.

use super::columns::Field;
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::{Error, Options, Reader, Sink, Understood};

/// Reads inventories of GLPI as JSON.
pub(super) struct GlpiJson;

static SHAPE: Shape = Shape {
    records: &[&["content", "softwares"], &["content", "antivirus"], &["content", "operatingsystem"]],
    assets: &[&["content", "hardware", "name"], &["deviceid"]],
    scopes: &[&[]],
    fields: &[
        ("full_name", Field::Product),
        ("name", Field::Product),
        ("version", Field::Version),
        ("publisher", Field::Vendor),
        ("company", Field::Vendor),
        ("guid", Field::PackageId),
        ("install_date", Field::Acquired),
    ],
    others: &["from", "comments"],
    tidy,
    lenient: true,
    gone: None,
};

/// An Android application has its id in the comments.
fn tidy(record: &mut Record) -> Verdict {
    let id = record.other("comments");
    if record.other("from").eq_ignore_ascii_case("android") && id.contains('.') && !id.contains(' ') {
        let id = id.to_owned();
        record.add(Field::PackageId, id);
    }
    Verdict::Keep
}

impl Reader for GlpiJson {
    fn name(&self) -> &'static str {
        "glpi-json"
    }

    fn description(&self) -> &'static str {
        "inventory of a GLPI or FusionInventory agent as JSON"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let holds = |text| input.head_holds(text);
        input.first_byte() == Some(b'{')
            && holds("\"content\"")
            && (holds("\"versionclient\"") || holds("\"softwares\"") || holds("\"hardware\""))
            && (holds("\"deviceid\"") || holds("\"action\"") || holds("\"itemtype\""))
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
    fn programs_protection_and_system_are_items_of_the_machine() {
        let text = concat!(
            "{\"action\":\"inventory\",\"content\":{\"antivirus\":[{\"name\":\"Kaspersky Endpoint Security\",\"company\":\"Kaspersky\",\"version\":\"12\"}],",
            "\"softwares\":[{\"name\":\"Chat\",\"comments\":\"com.tencent.mm\",\"from\":\"Android\"},{\"name\":\"gitg\",\"publisher\":\"Fedora Project\"}],",
            "\"operatingsystem\":{\"name\":\"Astra\",\"full_name\":\"Astra Linux 1.7\",\"timezone\":{\"name\":\"MSK\"}},\"hardware\":{\"name\":\"pc-1\"}},\"deviceid\":\"pc-1-2020\"}",
        );
        let (result, found) = gather("x.json", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "glpi-json");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.asset.as_str(), row.vendor.as_str(), row.product.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("pc-1", "Kaspersky", "Kaspersky Endpoint Security"),
                ("pc-1", "", "Chat"),
                ("pc-1", "Fedora Project", "gitg"),
                ("pc-1", "", "Astra Linux 1.7")
            ]
        );
        assert_eq!(found.rows[1].identifiers, [("package-id", "com.tencent.mm".to_owned())]);
    }
}
