use proptest::prelude::*;

use super::*;
use crate::inventory::Options;

fn open<'a>(bytes: &'a mut &[u8]) -> Xml<'a> {
    Xml::open(Input::open("x.xml", bytes, &Options::default()).expect("input"))
}

/// Depth, name, line and attribute `id` of an element.
type Seen = (u32, String, u64, String);

/// Every element as depth, name, line, attribute `id` and text; then why reading ended.
fn walk(bytes: &[u8]) -> (Vec<Seen>, Option<String>, Vec<String>) {
    fn inside(xml: &mut Xml<'_>, level: Level, found: &mut Vec<Seen>) -> Result<(), Error> {
        while xml.child(level)? {
            let id = xml.attribute("id").unwrap_or_default();
            found.push((level.0, xml.name().to_owned(), xml.line(), id));
            let here = xml.inside();
            inside(xml, here, found)?;
        }
        Ok(())
    }
    let mut bytes = bytes;
    let mut xml = open(&mut bytes);
    let mut found = Vec::new();
    let result = xml.root().and_then(|root| inside(&mut xml, root, &mut found)).and_then(|()| xml.end());
    let reason = result.err().map(|error| match error {
        Error::Broken(unread) => format!("{}: {unread}", unread.line.expect("line")),
        error => panic!("{error}"),
    });
    (found, reason, xml.remarks())
}

/// The texts of the root's children.
fn texts(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut bytes = bytes;
    let mut xml = open(&mut bytes);
    let root = xml.root().expect("root");
    let mut found = Vec::new();
    while xml.child(root).expect("child") {
        found.push(xml.text().expect("text"));
    }
    xml.end().expect("end");
    (found, xml.remarks())
}

#[test]
fn elements_come_with_lines_and_attributes() {
    let (found, reason, remarks) = walk(
        b"<?xml version=\"1.0\"?>\n<!-- one\ntwo -->\n<p:a xmlns:p='urn:x'>\n <p:b x:id='1 &amp; 2'>\n  <c id=\"&#x416;\"\n   />text</p:b>\n\n<d/></p:a>\n",
    );
    let names: Vec<_> = found.iter().map(|(depth, name, line, id)| (*depth, name.as_str(), *line, id.as_str())).collect();
    assert_eq!(names, [(1, "b", 5, "1 & 2"), (2, "c", 6, "Ж"), (1, "d", 9, "")]);
    assert_eq!((reason, remarks), (None, vec![]));
}

#[test]
fn text_is_that_of_the_element_alone() {
    let (found, _) = texts(b"<r>no<a> x &lt;<![CDATA[<y> & ]]>&#1078;<i>not this</i> z\n</a>no<b/><c>Johnson & Johnson</c></r>");
    assert_eq!(found, ["x <<y> & ж z", "", "Johnson & Johnson"]);
}

#[test]
fn children_nobody_reads_are_passed_over() {
    let mut bytes: &[u8] = b"<r><a><b><c>1</c></b></a><d>2</d></r>";
    let mut xml = open(&mut bytes);
    let root = xml.root().expect("root");
    assert!(xml.child(root).expect("a"));
    let a = xml.inside();
    assert!(xml.child(a).expect("b"));
    assert!(xml.child(root).expect("d"));
    assert_eq!(xml.name(), "d");
    assert_eq!(xml.text().expect("text"), "2");
    assert_eq!(xml.text().expect("read before"), "");
    assert!(!xml.child(root).expect("end"));
}

#[test]
fn no_entity_is_expanded() {
    let (found, remarks) = texts(
        b"<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><r><x>&b;&f;&nbsp;</x></r>",
    );
    assert_eq!(found, ["&b;&f;&nbsp;"]);
    assert!(remarks[0].contains("declares entities") && remarks[1].starts_with("3 references"), "{remarks:?}");
}

#[test]
fn encodings_are_those_declared() {
    let (found, remarks) =
        texts(b"<?xml version='1.0' encoding='windows-1251'?><r><a>\xca\xe0\xf1\xef\xe5\xf0\xf1\xea\xe8\xe9</a></r>");
    assert_eq!((found, remarks), (vec!["Касперский".to_owned()], vec![]));
    let (found, remarks) = texts(b"<?xml version=\"1.0\" encoding=\"utf-16\"?><r><a>\xd0\x96</a></r>");
    assert_eq!((found, remarks), (vec!["Ж".to_owned()], vec![]));
    let utf16: Vec<u8> =
        "\u{feff}<?xml version='1.0' encoding='utf-16'?><r><a>Ж</a></r>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(texts(&utf16).0, ["Ж"]);
    let (found, remarks) = texts(b"<?xml version='1.0' encoding='klingon'?><r><a>M\xfcller</a></r>");
    assert_eq!(found, ["Müller"]);
    assert!(remarks[0].contains("`klingon`") && remarks[1].contains("1 bytes that are not UTF-8"), "{remarks:?}");
}

#[test]
fn broken_bytes_at_the_seam_of_two_pieces_are_read() {
    for filler in CHUNK - 20..CHUNK {
        let mut bytes = format!("<r><a>{}</a><a>", " ".repeat(filler - 12)).into_bytes();
        bytes.extend_from_slice("жж\u{1f600}".as_bytes());
        bytes.extend_from_slice(b"\xe4</a></r>");
        let (found, remarks) = texts(&bytes);
        assert_eq!((found[1].as_str(), remarks.len()), ("жж\u{1f600}ä", 1), "{filler}");
    }
}

#[test]
fn what_breaks_off_or_is_damaged_is_told_with_its_line() {
    let reason = |text: &str| walk(text.as_bytes()).1.expect("broken");
    assert_eq!(reason("<r>\n<a>\n<b"), format!("3: {BREAKS_OFF}"));
    assert_eq!(reason("<r>\n<a>x\n"), format!("3: {BREAKS_OFF}"));
    assert_eq!(reason("<r>\n<!-- x"), format!("2: {BREAKS_OFF}"));
    assert!(reason("<r>\n<a>\n</b></r>").starts_with("3: the XML is damaged here (expected `</a>`"));
    assert!(reason("<r/>\n<r/>").starts_with("2: a second document"));
    assert!(reason("<r/>\nand more").starts_with("2: something that is no XML"));
    assert!(reason("text only").contains("no XML element"));
    assert!(reason(&"<a>\n".repeat(300)).contains("nested deeper"));
}

#[test]
fn long_texts_are_cut_and_the_rest_is_read() {
    let text = format!(
        "<r><a>{}</a>\n<b>{}\u{416}</b><c>{}</c><d/></r>",
        "ж".repeat(MOST_TEXT),
        "\n".repeat(3 * MOST_TEXT),
        "&lt;".repeat(MOST_TEXT + 1)
    );
    let (found, remarks) = texts(text.as_bytes());
    assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [MOST_TEXT, 0, MOST_TEXT, 0]);
    assert_eq!(remarks, [format!("texts of more than {MOST_TEXT} bytes were cut (3 of them)")]);
    assert_eq!(walk(text.as_bytes()).0[3].2, 2 + 3 * MOST_TEXT as u64, "lines go on");
}

#[test]
fn endless_markup_is_a_limit() {
    for begin in ["<r a='", "<r><!--", "<r><![CDATA[", "<!DOCTYPE r [", "<r><?pi "] {
        let text = format!("{begin}{}", "x ".repeat(MOST_MARKUP));
        assert!(walk(text.as_bytes()).1.expect("broken").contains("more than"), "{begin}");
    }
    let text = format!("<r>{}", " &x".repeat(100_000));
    assert!(walk(text.as_bytes()).1.expect("broken").contains("breaks off"));
}

#[test]
fn the_root_is_told_from_the_first_bytes() {
    let told = |text: &str| {
        let mut bytes = text.as_bytes();
        root(&Input::open("x", &mut bytes, &Options::default()).expect("input")).map(|root| (root.name, root.tag))
    };
    let bom = "<?xml version='1.0'?><!DOCTYPE x><!-- c --><c:bom xmlns:c='http://cyclonedx.org/schema/bom/1.4'>";
    assert_eq!(told(bom), Some(("bom".into(), "c:bom xmlns:c='http://cyclonedx.org/schema/bom/1.4'".into())));
    assert_eq!(told("<a/>"), Some(("a".into(), "a".into())));
    assert_eq!((told("{}"), told("<"), told("<!-- x")), (None, None, None));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 1..400)) {
        if bytes.iter().any(|byte| !byte.is_ascii_whitespace()) {
            walk(&bytes);
        }
    }

    #[test]
    fn no_markup_makes_it_panic(parts in proptest::collection::vec("[<>/&;a!?'\"= \\[\\]-]{0,6}|<a b='c'>|</a>|<!--|-->|<!\\[CDATA\\[|\\]\\]>|&#x41;|ж", 1..40)) {
        let text = parts.concat();
        if !text.trim().is_empty() {
            walk(text.as_bytes());
        }
    }
}
