use std::io::{Cursor, Write};

use ::zip::write::SimpleFileOptions;
use proptest::prelude::*;

use super::super::testing::{Gathered, gather, shared};
use super::*;
use crate::inventory::Field;

fn seed(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name)).expect("a seed")
}

fn options(columns: &[(Field, &str)]) -> Options {
    let columns = columns.iter().map(|&(field, header)| (field, header.to_owned())).collect();
    Options { columns, ..Options::default() }
}

fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// A workbook with these sheets: name, state, and what stands between `sheetData`.
fn xlsx(sheets: &[(&str, &str, &str)], workbook_properties: &str) -> Vec<u8> {
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut list, mut relations) = (String::new(), String::new());
    let mut parts: Vec<(String, String)> = Vec::new();
    for (number, (name, state, rows)) in sheets.iter().enumerate() {
        let number = number + 1;
        list += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" state=\"{state}\" r:id=\"rId{number}\"/>");
        relations +=
            &format!("<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>");
        let sheet = format!("{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        parts.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
    }
    relations += &format!("<Relationship Id=\"rId99\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>");
    let styles = "<numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts>\
        <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>";
    parts.extend([
        ("[Content_Types].xml".to_owned(), format!("{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>")),
        (
            "_rels/.rels".to_owned(),
            format!("{HEAD}<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
        ),
        ("xl/_rels/workbook.xml.rels".to_owned(), format!("{HEAD}<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>")),
        (
            "xl/workbook.xml".to_owned(),
            format!("{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\">{workbook_properties}<sheets>{list}</sheets></workbook>"),
        ),
        ("xl/styles.xml".to_owned(), format!("{HEAD}<styleSheet xmlns=\"{MAIN}\">{styles}</styleSheet>")),
    ]);
    packed(&parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// A row: texts in quotes, everything else as it stands in a cell.
fn row(number: usize, cells: &[&str]) -> String {
    let cell = |(column, text): (usize, &&str)| {
        let at = format!("{}{number}", char::from(b'A' + column as u8));
        match text.strip_prefix('<') {
            Some(_) => text.replacen("<c", &format!("<c r=\"{at}\""), 1),
            None => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        }
    };
    format!("<row r=\"{number}\">{}</row>", cells.iter().enumerate().map(cell).collect::<String>())
}

fn read(bytes: &[u8], options: &Options) -> (Result<Understood, Error>, Gathered) {
    gather("x", bytes, options)
}

fn read_whole(bytes: &[u8]) -> Gathered {
    let (result, found) = read(bytes, &Options::default());
    result.unwrap_or_else(|error| panic!("{error}"));
    found
}

fn refused(bytes: &[u8], options: &Options) -> Refusal {
    match read(bytes, options).0 {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_workbook_gives_the_same_rows() {
    let whole = read_whole(&seed("fleet.xlsx"));
    assert_eq!((whole.rows.len(), &whole.unread[..], &whole.remarks[..]), (6, &[][..], &[][..]));
    let row = &whole.rows[3];
    assert_eq!((row.vendor.as_str(), row.product.as_str()), ("Müller & Söhne GmbH", "Rechnungsbuch \"Büro\""));
    assert_eq!((row.version.as_str(), row.quantity, row.line, row.acquired), ("10", 3, 5, None));
    assert_eq!(whole.rows[2].version, "24.08");
    assert_eq!(whole.rows[0].acquired.map(|day| day.to_string()).as_deref(), Some("2023-03-14"));
    assert_eq!((whole.rows[4].asset.as_str(), whole.rows[4].line), ("srv-fra-01", 2));
    assert_eq!(read_whole(&seed("fleet.xls")).rows, whole.rows);
    assert_eq!(read_whole(&seed("fleet.ods")).rows, whole.rows);
}

#[test]
fn a_sheet_can_be_chosen() {
    let bytes = seed("fleet.xlsx");
    let only = |name: &str| Options { sheet: Some(name.to_owned()), ..Options::default() };
    let (result, found) = read(&bytes, &only("servers"));
    assert_eq!((found.rows.len(), result.expect("read").sheet.as_deref()), (2, Some("Servers")));
    let refusal = refused(&bytes, &only("Server"));
    assert!(refusal.is_usage());
    assert_eq!(refusal.help.as_deref(), Some("did you mean `Servers`?"));
}

#[test]
fn titles_above_the_header_and_sheets_without_one_are_told() {
    let rows = row(1, &["Software of all offices"]) + &row(3, &["Product", "Vendor"]) + &row(4, &["Reader", "Example"]);
    let notes = row(1, &["Remember", "the milk"]);
    let bytes = xlsx(&[("Software", "visible", &rows), ("Notes", "visible", &notes), ("Leer", "visible", "")], "");
    let found = read_whole(&bytes);
    assert_eq!((found.rows.len(), found.rows[0].line), (1, 4));
    assert_eq!(
        found.remarks,
        [
            "sheet `Software`: row 1 above the header in row 3 skipped",
            "sheets that were left out: `Notes` (no column of it could be taken for the product), `Leer` (it is empty)",
        ]
    );
    let refusal = refused(&xlsx(&[("Notes", "visible", &notes)], ""), &Options::default());
    assert_eq!(refusal.code, Code::NoProductColumn);
    assert!(refusal.reason.starts_with("sheet `Notes`: no column"), "{refusal:?}");
}

#[test]
fn dates_numbers_formulas_and_errors_are_what_they_mean() {
    let header = row(1, &["product", "version", "purchase date", "seats", "vendor"]);
    let cells =
        ["Reader", "<c><v>10</v></c>", "<c s=\"1\"><v>45292</v></c>", "<c><f>1+1</f><v>2</v></c>", "<c t=\"e\"><v>#REF!</v></c>"];
    let rows = header + &row(2, &cells);
    let found = read_whole(&xlsx(&[("S", "visible", &rows)], ""));
    let item = &found.rows[0];
    assert_eq!((item.version.as_str(), item.quantity, item.vendor.as_str()), ("10", 2, ""));
    assert_eq!(item.acquired.map(|day| day.to_string()).as_deref(), Some("2024-01-01"));
    assert_eq!(found.remarks, ["1 cell (row 2) holds an error such as #REF!, taken as empty"]);
    let found = read_whole(&xlsx(&[("S", "visible", &rows)], "<workbookPr date1904=\"1\"/>"));
    assert_eq!(found.rows[0].acquired.map(|day| day.to_string()).as_deref(), Some("2028-01-02"));
}

#[test]
fn what_is_hidden_is_read_and_said() {
    let rows = row(1, &["product"]) + &row(2, &["Reader"]).replace("<row ", "<row hidden=\"1\" ");
    let found = read_whole(&xlsx(&[("Old", "hidden", &rows)], ""));
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.remarks, ["the sheet `Old` is hidden, and was read as well", "1 hidden row was read as well"]);
}

#[test]
fn a_table_without_a_header_is_read_by_number() {
    let rows = row(1, &["reader", "1.0"]) + &row(2, &["writer", "<c><v>2.5</v></c>", "noarch"]);
    let bytes = xlsx(&[("S", "visible", &rows)], "");
    assert_eq!(refused(&bytes, &Options::default()).code, Code::NoProductColumn);
    let (result, found) = read(&bytes, &options(&[(Field::Product, "#1"), (Field::Version, "#2")]));
    assert_eq!(result.expect("read").header_line, None);
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.version.as_str(), row.line)).collect();
    assert_eq!(rows, [("reader", "1.0", 1), ("writer", "2.5", 2)]);
    assert_eq!(found.unread, []);
}

#[test]
fn a_sheet_that_lacks_a_named_column_is_left_out() {
    let (table, other) = (row(1, &["Tool", "Who"]) + &row(2, &["Reader", "Example"]), row(1, &["Tool"]) + &row(2, &["Writer"]));
    let bytes = xlsx(&[("A", "visible", &table), ("B", "visible", &other)], "");
    let (result, found) = read(&bytes, &options(&[(Field::Product, "Tool"), (Field::Vendor, "Who")]));
    result.expect("read");
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.remarks, ["sheets that were left out: `B` (it lacks a column that was named)"]);
    assert!(refused(&bytes, &options(&[(Field::Product, "Tol")])).is_usage());
}

#[test]
fn rows_whose_last_cells_are_empty_are_rows() {
    let rows = row(1, &["host", "vendor", "product"]) + &row(2, &["pc-1", "AO Kaspersky Lab"]) + &row(3, &["pc-2"]);
    let found = read_whole(&xlsx(&[("S", "visible", &rows)], ""));
    assert_eq!((found.rows.len(), found.unread.len()), (2, 0), "{found:?}");
    assert_eq!((found.rows[0].vendor.as_str(), found.rows[0].product.as_str()), ("AO Kaspersky Lab", ""));
}

#[test]
fn rows_that_cannot_be_read_are_told_with_their_sheet() {
    let rows = row(1, &["host", "product"]) + &row(2, &["pc-1", "Reader", "more"]) + &row(3, &["pc-2", "Reader"]);
    let other = row(1, &["product"]);
    let found = read_whole(&xlsx(&[("A b", "visible", &rows), ("C", "visible", &other)], ""));
    assert_eq!((found.rows.len(), found.unread.len(), found.unread[0].line), (1, 1, Some(2)));
    assert!(found.unread[0].reason.starts_with("sheet `A b`: "), "{:?}", found.unread);
}

#[test]
fn a_sheet_that_breaks_off_gives_what_was_read() {
    let rows = row(1, &["product"]) + &row(2, &["Reader"]) + &row(3, &["Writer"]) + "<row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is>";
    let found = read_whole(&xlsx(&[("S", "visible", &rows)], ""));
    // Nobody knows whether the last row before the break is whole.
    assert_eq!((found.rows.len(), found.unread.len()), (1, 1), "{found:?}");
    assert!(found.unread[0].reason.contains("breaks off"), "{found:?}");
}

#[test]
fn what_claims_more_than_it_can_hold_is_refused() {
    let long = row(1, &["product"]) + &row(2, &["a".repeat(2 << 20).as_str()]);
    let Err(Error::Broken(unread)) = read(&xlsx(&[("S", "visible", &long)], ""), &Options::default()).0 else { panic!("read") };
    assert!(unread.reason.contains("longer than 1 MiB"), "{unread:?}");
    let document = packed(&[
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", "<workbook/>"),
        ("xl/sharedStrings.xml", "<sst count=\"1\" uniqueCount=\"99999999999\"/>"),
    ]);
    let Err(Error::Broken(unread)) = read(&document, &Options::default()).0 else { panic!("read") };
    assert!(unread.reason.contains("more texts than it can"), "{unread:?}");
    let mut old = seed("fleet.xls");
    let at = memchr::memmem::find(&old, &[0x00, 0x02, 0x0e, 0x00, 0, 0, 0, 0]).expect("a size");
    old[at + 8..at + 12].fill(0x7f);
    assert!(refused(&old, &Options::default()).reason.contains("claims a size"));
}

#[test]
fn rows_and_cells_of_ods_that_are_repeated_stay_within_bounds() {
    let content = |rows: &str| {
        let text = format!(
            "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><table:table table:name=\"S\">{rows}</table:table></office:document-content>"
        );
        packed(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &text)])
    };
    let cell = |text: &str, repeated: &str| {
        format!("<table:table-cell office:value-type=\"string\"{repeated}><text:p>{text}</text:p></table:table-cell>")
    };
    let header = format!("<table:table-row>{}{}</table:table-row>", cell("product", ""), cell("vendor", ""));
    let twice = format!(
        "<table:table-row table:number-rows-repeated=\"2\">{}</table:table-row>",
        cell("Rea<text:s text:c=\"2\"/>der &amp; &#228;", "")
    );
    let found = read_whole(&content(&(header.clone() + &twice)));
    let rows: Vec<_> = found.rows.iter().map(|row| (row.product.as_str(), row.line)).collect();
    assert_eq!(rows, [("Rea  der & ä", 2), ("Rea  der & ä", 3)]);
    let wide = format!("<table:table-row>{}</table:table-row>", cell("a", " table:number-columns-repeated=\"99999999999\""));
    let found = read_whole(&content(&(header + &wide)));
    assert_eq!((found.rows.len(), found.unread.len()), (0, 1), "{found:?}");
    assert!(found.unread[0].reason.contains("4096 columns"), "{found:?}");
}

#[test]
fn encrypted_workbooks_and_other_documents_are_named() {
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let ods = packed(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", "<x/>"),
        ("META-INF/manifest.xml", manifest),
    ]);
    assert!(refused(&ods, &Options::default()).reason.contains("encrypted"));
    let make = |stream: &str| {
        let mut book = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("memory");
        book.create_stream(stream).expect("memory").write_all(b"x").expect("memory");
        book.into_inner().into_inner()
    };
    assert!(refused(&make("/EncryptedPackage"), &Options::default()).reason.contains("encrypted"));
    assert!(refused(&make("/WordDocument"), &Options::default()).reason.contains("no workbook"));
    assert!(refused(b"PK\x03\x04 and so on", &Options::default()).reason.contains("damaged"));
}

#[test]
fn the_samples_of_others_are_read_whole() {
    let Some(folder) = shared() else { return };
    let open = |name: &str| std::fs::read(folder.join(name)).expect("a sample");
    let columns = [(Field::Product, "Donor"), (Field::Acquired, "DonationDate")];
    let book = read(&open("names/donations.xlsx"), &options(&columns));
    let table = gather("donations.csv", &open("names/donations.csv"), &options(&columns));
    assert_eq!((book.1.rows.len(), book.1.unread.len()), (292, 0), "{:?}", book.0);
    let names = |found: &Gathered| found.rows.iter().map(|row| (row.product.clone(), row.acquired)).collect::<Vec<_>>();
    assert_eq!(names(&book.1), names(&table.1));
    let (result, found) = read(&open("csv/opencloudos-software.xlsx"), &options(&[(Field::Product, "#1"), (Field::Version, "#2")]));
    result.expect("read");
    assert_eq!((found.rows.len(), found.unread.len()), (1379 + 1667 + 1560 + 780, 0), "{:?}", found.remarks);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_it_panic(kind in 0..3usize, at: prop::sample::Index, byte: u8, cut: prop::sample::Index, cuts: bool) {
        let mut bytes = seed(["fleet.xlsx", "fleet.xls", "fleet.ods"][kind]);
        let length = bytes.len();
        bytes[at.index(length)] = byte;
        if cuts {
            bytes.truncate(cut.index(length) + 1);
        }
        let _ = read(&bytes, &Options::default());
    }
}
