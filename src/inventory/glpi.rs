//! Inventories of the agents of GLPI, FusionInventory and OCS, as JSON and as XML: one machine with
//! its programs, its protection against viruses (which the list of programs may lack) and its system.
//!
//! The machine is named somewhere among its parts; what stands before it waits for its name. On macOS
//! the publisher of a program is what its copyright notice says.

use super::columns::Field;
use super::dates::{self, Day, Order};
use super::json_records::{self, Record, Shape, Verdict};
use super::sniff::Input;
use super::text::Item;
use super::xml::{self, Level, Xml};
use super::{Error, Options, Reader, Refusal, Sink, Understood, Unread};
use crate::diag::Code;
use crate::model::IdentifierKind;

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

/// Parts of an inventory; a long one has few of them among its first bytes.
const SECTIONS: &[&str] = &[
    "\"accesslog\"",
    "\"batteries\"",
    "\"bios\"",
    "\"controllers\"",
    "\"cpus\"",
    "\"hardware\"",
    "\"operatingsystem\"",
    "\"softwares\"",
];

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
        let known = SECTIONS.iter().filter(|section| holds(section)).count();
        input.first_byte() == Some(b'{')
            && holds("\"content\"")
            && (known >= 3 || known >= 1 && (holds("\"deviceid\"") || holds("\"versionclient\"")))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        json_records::read(&SHAPE, input, sink)
    }
}

/// So many programs wait for the name of their machine.
const MOST_WAITING: usize = 20_000;

/// Reads inventories of GLPI, FusionInventory and OCS as XML.
pub(super) struct GlpiXml;

impl Reader for GlpiXml {
    fn name(&self) -> &'static str {
        "glpi-xml"
    }

    fn description(&self) -> &'static str {
        "inventory of a GLPI, FusionInventory or OCS agent as XML"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let is_request = xml::root(input).is_some_and(|root| matches!(root.name.as_str(), "REQUEST" | "COMPUTER"));
        is_request && ["<CONTENT", "<HARDWARE", "<SOFTWARE", "<QUERY>INVENTORY"].iter().any(|tag| input.head_holds(tag))
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        let mut xml = Xml::open(input);
        let mut machine = Machine { sink, asset: String::new(), waiting: Vec::new(), system: None, has_content: false };
        let result = machine.request(&mut xml);
        machine.end();
        let has_content = machine.has_content;
        for remark in xml.remarks() {
            sink.remark(remark);
        }
        result?;
        if !has_content {
            let reason = "the document is a request of an agent without an inventory";
            return Err(Refusal::new(Code::UnknownFormat, reason)
                .help("give the inventory that the agent sends, with its `CONTENT`")
                .into());
        }
        Ok(understood)
    }
}

/// The machine that is read.
struct Machine<'s> {
    sink: &'s mut dyn Sink,
    asset: String,
    waiting: Vec<(u64, Item)>,
    /// Its system, with whether the part on the system itself says so.
    system: Option<(bool, u64, Item)>,
    has_content: bool,
}

impl Machine<'_> {
    fn request(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        let root = xml.root()?;
        let mut device = String::new();
        while xml.child(root)? {
            match xml.name() {
                "CONTENT" => {
                    self.has_content = true;
                    let content = xml.inside();
                    while xml.child(content)? {
                        self.part(xml)?;
                    }
                }
                "DEVICEID" => device = xml.text()?,
                _ => {
                    self.has_content |= matches!(xml.name(), "HARDWARE" | "SOFTWARES" | "SOFTWARE");
                    self.part(xml)?;
                }
            }
        }
        if self.asset.is_empty() {
            self.asset = device;
        }
        xml.end()
    }

    fn part(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        let (line, part) = (xml.line(), xml.inside());
        match xml.name() {
            "SOFTWARES" | "SOFTWARE" | "ANTIVIRUS" => {
                let item = program(xml, part)?;
                self.item(line, item);
            }
            "OPERATINGSYSTEM" => {
                let mut item = Item::default();
                while xml.child(part)? {
                    match xml.name() {
                        "FULL_NAME" => item.product = xml.text()?,
                        "NAME" if item.product.is_empty() => item.product = xml.text()?,
                        "VERSION" => item.version = xml.text()?,
                        _ => {}
                    }
                }
                self.system = Some((true, line, item));
            }
            "HARDWARE" => {
                let mut item = Item::default();
                while xml.child(part)? {
                    match xml.name() {
                        "NAME" => self.asset = xml.text()?,
                        "OSNAME" => item.product = xml.text()?,
                        "OSVERSION" => item.version = xml.text()?,
                        _ => {}
                    }
                }
                if self.system.as_ref().is_none_or(|(own, _, _)| !own) {
                    self.system = Some((false, line, item));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn item(&mut self, line: u64, item: Item) {
        self.waiting.push((line, item));
        if !self.asset.is_empty() || self.waiting.len() > MOST_WAITING {
            self.give();
        }
    }

    fn give(&mut self) {
        for (line, item) in std::mem::take(&mut self.waiting) {
            if item.product.is_empty() && item.vendor.is_empty() && item.identifiers.is_empty() {
                self.sink.unread(Unread::at(line, "the program has no name").column("NAME"));
                continue;
            }
            Item { asset: self.asset.clone(), ..item }.hand_on(line, self.sink);
        }
    }

    fn end(&mut self) {
        if let Some((_, line, item)) = self.system.take().filter(|(_, _, item)| !item.product.is_empty()) {
            self.waiting.push((line, item));
        }
        self.give();
    }
}

fn program(xml: &mut Xml<'_>, part: Level) -> Result<Item, Error> {
    let (mut item, mut comments, mut from) = (Item::default(), String::new(), String::new());
    while xml.child(part)? {
        match xml.name() {
            "NAME" => item.product = xml.text()?,
            "VERSION" => item.version = xml.text()?,
            "PUBLISHER" | "COMPANY" | "MANUFACTURER" => item.vendor = copyright_holder(&xml.text()?).to_owned(),
            "GUID" => item.identifiers.push((IdentifierKind::PackageId, xml.text()?)),
            "COMMENTS" => comments = xml.text()?,
            "FROM" => from = xml.text()?,
            "INSTALLDATE" => {
                // The agents write the day first, whatever the machine is set to.
                if let Day::Known(day) = dates::read(&xml.text()?, Order::DayFirst) {
                    item.acquired = Some(day);
                }
            }
            _ => {}
        }
    }
    if from.eq_ignore_ascii_case("android") && comments.contains('.') && !comments.contains(' ') {
        item.identifiers.push((IdentifierKind::PackageId, comments));
    }
    item.identifiers.retain(|(_, id)| !id.is_empty());
    Ok(item)
}

/// Returns who holds the rights, where a publisher is written as a notice: `Tool 1.5, Copyright ©
/// 2000-2009 Example, Inc. All rights reserved.`
fn copyright_holder(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let Some(at) =
        lower.rfind("copyright").map(|at| at + "copyright".len()).or_else(|| text.rfind('©').map(|at| at + '©'.len_utf8()))
    else {
        return text;
    };
    let rest = text.get(at..).unwrap_or_default();
    let mark = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || ",-–.:;©®".contains(letter);
    let rest = rest.trim_start_matches(mark);
    let rest = ["(c)", "(C)"].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest).trim_start_matches(mark);
    let rest = ["by ", "By "].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    let end = rest.to_ascii_lowercase().find("all rights").unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim().trim_end_matches([',', '.', ';']).trim()
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

    #[test]
    fn a_machine_in_xml_is_the_same() {
        let text = concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<REQUEST>\n<CONTENT>\n<ANTIVIRUS><NAME>Kaspersky Endpoint Security 10 for Windows</NAME></ANTIVIRUS>\n",
            "<HARDWARE><NAME>pc-1</NAME><OSNAME>Windows 8.1</OSNAME></HARDWARE>\n",
            "<SOFTWARES><NAME>CCleaner</NAME><GUID>CCleaner</GUID><PUBLISHER>Piriform</PUBLISHER><INSTALLDATE>11/09/2015</INSTALLDATE></SOFTWARES>\n",
            "<SOFTWARES><VERSION>1</VERSION></SOFTWARES>\n</CONTENT>\n<DEVICEID>x</DEVICEID>\n</REQUEST>\n",
        );
        let (result, found) = gather("x.ocs", text.as_bytes(), &Options::default());
        assert_eq!(result.expect("read").format.name(), "glpi-xml");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.asset.as_str(), row.product.as_str(), row.line)).collect();
        assert_eq!(
            rows,
            [("pc-1", "Kaspersky Endpoint Security 10 for Windows", 4), ("pc-1", "CCleaner", 6), ("pc-1", "Windows 8.1", 5)]
        );
        assert_eq!(found.rows[1].acquired.map(|day| day.to_string()).as_deref(), Some("2015-09-11"));
        assert_eq!(found.unread[0].line, Some(7));
    }

    #[test]
    fn what_breaks_off_keeps_what_came_before() {
        let text = "<REQUEST><CONTENT><SOFTWARES><NAME>A</NAME></SOFTWARES><SOFTWARES><NAME>B</NA";
        let (result, found) = gather("x.xml", text.as_bytes(), &Options::default());
        assert!(matches!(result, Err(Error::Broken(_))), "{result:?}");
        assert_eq!(found.rows.len(), 1);
    }

    #[test]
    fn a_notice_names_who_holds_the_rights() {
        assert_eq!(
            copyright_holder("SystemUIServer version 1.5.5, Copyright 2000-2009 Apple Computer, Inc."),
            "Apple Computer, Inc"
        );
        assert_eq!(
            copyright_holder("Copyright (c) 2009-2016 Adobe Systems Incorporated. All rights reserved."),
            "Adobe Systems Incorporated"
        );
        assert_eq!(copyright_holder("© 2010 Kaspersky Lab"), "Kaspersky Lab");
        assert_eq!(copyright_holder("Piriform"), "Piriform");
    }
}
