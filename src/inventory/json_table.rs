//! Lists of objects as JSON, whose keys are the headers of the usual exports: Intune and Defender
//! over their interfaces, ServiceNow, Snipe-IT, Lansweeper, Wazuh, PowerShell's `ConvertTo-Json`,
//! `osqueryi --json`.
//!
//! The list is the document itself or lies under one of the keys that these tools use. It is asked
//! last of the JSON formats.

use super::columns::Field;
use super::json_records::{self, Shape, as_it_is};
use super::sniff::Input;
use super::{Error, Options, Reader, Sink, Understood};

/// Reads lists of objects.
pub(super) struct JsonTable;

static SHAPE: Shape = Shape {
    records: &[
        &[],
        &["value"],
        &["data"],
        &["data", "items"],
        &["result"],
        &["results"],
        &["records"],
        &["rows"],
        &["items"],
        &["Results"],
        &["hits", "hits", "_source", "package"],
        &["data", "affected_items"],
        &["applications"],
        &["installedApps"],
        &["installed_software"],
        &["programs"],
        &["packages"],
        &["products"],
        &["inventory"],
    ],
    assets: &[&["hits", "hits", "_source", "agent", "name"]],
    scopes: &[&["hits", "hits"]],
    fields: &[("generated_cpe", Field::Cpe), ("productCodeCpe", Field::Cpe), ("hosts_count", Field::Quantity)],
    others: &[],
    tidy: as_it_is,
    lenient: false,
    gone: None,
};

impl Reader for JsonTable {
    fn name(&self) -> &'static str {
        "json"
    }

    fn description(&self) -> &'static str {
        "JSON list of objects with the keys of the usual exports: Intune, Defender, ServiceNow, Snipe-IT, Wazuh, PowerShell, osquery"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        json_records::claims(&SHAPE, input)
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
    fn each_tool_wraps_its_list_in_its_own_way() {
        let row = "{\"displayName\":\"Kaspersky Plus\",\"publisher\":\"AO Kaspersky Lab\",\"version\":\"21.17\",\"deviceCount\":7}";
        let wrapped = [
            format!("[{row}]"),
            format!("{{\"@odata.context\":\"x\",\"value\":[{row}]}}"),
            format!("{{\"data\":{{\"items\":[{row}]}}}}"),
            format!("{{\"total\":1,\"rows\":[{row}]}}"),
            format!("{row}\n"),
        ];
        for text in wrapped {
            let (result, found) = gather("x.json", text.as_bytes(), &Options::default());
            assert_eq!(result.unwrap_or_else(|error| panic!("{text}: {error}")).format.name(), "json", "{text}");
            let row = &found.rows[0];
            assert_eq!(
                (row.vendor.as_str(), row.product.as_str(), row.quantity),
                ("AO Kaspersky Lab", "Kaspersky Plus", 7),
                "{text}"
            );
            assert_eq!(found.unread, [], "{text}");
        }
    }

    #[test]
    fn objects_stand_for_their_names() {
        let text = "{\"result\":[{\"display_name\":\"x\",\"manufacturer\":{\"link\":\"https://x\",\"display_value\":\"Acme\"},\"name\":\"Tool\",\"u_cpe\":null}]}";
        let (_, found) = gather("x.json", text.as_bytes(), &Options::default());
        assert_eq!((found.rows[0].vendor.as_str(), found.rows[0].product.as_str()), ("Acme", "x"));
    }

    #[test]
    fn an_entry_that_names_nothing_is_unread() {
        let text = "[{\"name\":\"Tool\"},{\"size\":5},\n7,{\"name\":\"Other\"}]";
        let (_, found) = gather("x.json", text.as_bytes(), &Options::default());
        assert_eq!((found.rows.len(), found.unread.len()), (2, 2));
        let (result, found) = gather("x.json", b"[{\"name\":\"Tool\"},{\"name\":\"Oth", &Options::default());
        assert!(matches!(result, Err(Error::Broken(_))) && found.rows.len() == 1);
    }

    #[test]
    fn documents_without_a_list_of_products_are_refused() {
        for text in ["{\"queries\":{\"x\":{\"query\":\"select 1\",\"version\":\"1\"}}}", "[1,2]", "{}", "[]"] {
            assert!(gather("x.json", text.as_bytes(), &Options::default()).0.is_err(), "{text}");
        }
    }
}
