use std::io::{Cursor, Seek, Write};

use ::zip::write::SimpleFileOptions;
use proptest::prelude::*;

use super::*;
use crate::inventory::testing::{Gathered, shared};
use crate::inventory::{Options, read};

const TABLE: &str = "host,product,vendor\npc-1,Reader,Example\npc-2,Writer,Example\n";

/// What came of an input: each name with its rows, or the words of what went wrong.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    read: Vec<(String, usize)>,
    wrong: Vec<(String, String)>,
    left_out: Vec<String>,
}

fn found(name: &str, mut bytes: &[u8]) -> Found {
    let mut found = Found::default();
    unpack(name, &mut bytes, &mut |inside| match inside {
        Inside::Inventory(name, bytes) => {
            let mut gathered = Gathered::default();
            let result = bytes.and_then(|bytes| read(name, bytes, &Options::default(), &mut gathered));
            if !gathered.rows.is_empty() {
                found.read.push((name.to_owned(), gathered.rows.len()));
            }
            if let Err(error) = result {
                found.wrong.push((name.to_owned(), error.to_string()));
            }
        }
        Inside::LeftOut(_, what) => found.left_out.push(what),
    });
    found
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, data) in files {
        let kind = if name.ends_with('/') { b'5' } else { b'0' };
        if name.len() > 99 {
            bytes.extend(header("././@LongLink", name.len(), b'L'));
            bytes.extend(padded(name.as_bytes()));
        }
        bytes.extend(header(&name[..name.len().min(99)], data.len(), kind));
        bytes.extend(padded(data));
    }
    bytes.extend([0; 1024]);
    bytes
}

fn header(name: &str, size: usize, kind: u8) -> [u8; 512] {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..263].copy_from_slice(b"ustar\0");
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(512), 0);
    data
}

fn rows(names: &[&str]) -> Vec<(String, usize)> {
    names.iter().map(|name| ((*name).to_owned(), 2)).collect()
}

#[test]
fn every_kind_of_archive_gives_the_same_rows() {
    let table = TABLE.as_bytes();
    assert_eq!(found("a.csv", table).read, rows(&["a.csv"]));
    assert_eq!(found("a.csv.gz", &gzipped(table)).read, rows(&["a.csv.gz"]));
    assert_eq!(found("a.csv.zst", &zstandard(table)).read, rows(&["a.csv.zst"]));
    assert_eq!(found("a.zip", &zipped(&[("b/c.csv", table)])).read, rows(&["a.zip!/b/c.csv"]));
    let long = format!("{}/c.csv", "folder/".repeat(30));
    let tar = tarred(&[("b/", b""), ("./b/c.csv", table), (&long, table)]);
    let names = ["a.tar!/b/c.csv".to_owned(), format!("a.tar!/{long}")];
    assert_eq!(found("a.tar", &tar).read, rows(&[&names[0], &names[1]]));
    assert_eq!(found("a.tgz", &gzipped(&tar)).read.len(), 2);
    assert_eq!(found("a.tar.zst", &zstandard(&tar)).read.len(), 2);
}

#[test]
fn several_members_and_frames_are_one_file() {
    let (first, second) = TABLE.as_bytes().split_at(30);
    assert_eq!(found("a.gz", &[gzipped(first), gzipped(second)].concat()).read, rows(&["a.gz"]));
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    assert_eq!(found("a.zst", &[skipped.clone(), zstandard(first), skipped, zstandard(second)].concat()).read, rows(&["a.zst"]));
}

#[test]
fn archives_in_archives_are_opened_but_not_for_ever() {
    let inner = zipped(&[("c.csv", TABLE.as_bytes())]);
    let outer = zipped(&[("b.zip", &inner), ("d.csv.gz", &gzipped(TABLE.as_bytes()))]);
    assert_eq!(found("a.zip", &outer).read, rows(&["a.zip!/b.zip!/c.csv", "a.zip!/d.csv.gz"]));
    let mut deep = TABLE.as_bytes().to_vec();
    for _ in 0..=MOST_DEPTH {
        deep = gzipped(&deep);
    }
    let found = found("a.gz", &deep);
    assert_eq!((found.read.len(), found.wrong.len()), (0, 1));
    assert!(found.wrong[0].1.contains("more than 6 deep"), "{found:?}");
}

#[test]
fn what_was_cut_short_gives_what_was_read_and_says_so() {
    let table: String = std::iter::once("host,product\n".to_owned())
        .chain((0..5000u32).map(|number| format!("pc-{number},Reader {}\n", number.wrapping_mul(2_654_435_761))))
        .collect();
    for (name, packed) in [("a.gz", gzipped(table.as_bytes())), ("a.tar.gz", gzipped(&tarred(&[("b.csv", table.as_bytes())])))] {
        let found = found(name, &packed[..packed.len() / 2]);
        assert!(found.read[0].1 > 1000 && found.read[0].1 < 5000, "{found:?}");
        assert_eq!(found.wrong.len(), 1, "{found:?}");
        assert!(found.wrong[0].1.contains("gzip data breaks off"), "{found:?}");
    }
    let tar = tarred(&[("b.csv", table.as_bytes()), ("c.csv", TABLE.as_bytes())]);
    let cut = found("a.tar", &tar[..tar.len() / 2]);
    assert!(cut.read[0].1 > 1000, "{cut:?}");
    assert!(cut.wrong[0].1.contains("the tar archive breaks off"), "{cut:?}");
    let small = gzipped(TABLE.as_bytes());
    let cut = found("a.gz", &small[..small.len() - 4]);
    assert_eq!((cut.read.len(), cut.wrong.len()), (1, 1), "{cut:?}");
    let packed = zipped(&[("b.csv", TABLE.as_bytes())]);
    let cut = found("a.zip", &packed[..packed.len() - 10]);
    assert!(cut.wrong[0].1.contains("no readable directory"), "{cut:?}");
}

#[test]
fn damage_is_named() {
    let mut packed = gzipped(TABLE.as_bytes());
    let end = packed.len() - 6;
    packed[end] ^= 0xff;
    let damaged = found("a.gz", &packed);
    assert!(damaged.wrong[0].1.contains("gzip data is damaged"), "{damaged:?}");
    let table = TABLE.repeat(50);
    let mut packed = zstandard(table.as_bytes());
    let end = packed.len() - 2;
    packed[end] ^= 0xff;
    let damaged = found("a.zst", &packed);
    assert!(damaged.wrong[0].1.contains("Zstandard data is damaged"), "{damaged:?}");
    let mut tar = tarred(&[("b.csv", TABLE.as_bytes()), ("c.csv", TABLE.as_bytes())]);
    tar[1024] ^= 0xff;
    let damaged = found("a.tar", &tar);
    assert_eq!(damaged.read, rows(&["a.tar!/b.csv"]));
    assert!(damaged.wrong[0].1.contains("tar archive is damaged"), "{damaged:?}");
}

#[test]
fn files_that_cannot_be_opened_are_named_and_the_rest_is_read() {
    let mut packed = zipped(&[("b.csv", TABLE.as_bytes()), ("c.csv", TABLE.as_bytes()), ("d.csv", TABLE.as_bytes())]);
    // In the directory at the end: the flag that a file is encrypted, and a method that nobody has.
    let entries: Vec<usize> = memchr::memmem::find_iter(&packed, b"PK\x01\x02").collect();
    packed[entries[0] + 8] |= 1;
    packed[entries[1] + 10] = 93;
    let found = found("a.zip", &packed);
    assert_eq!(found.read, rows(&["a.zip!/d.csv"]));
    assert!(found.wrong[0].0.ends_with("b.csv") && found.wrong[0].1.contains("encrypted"), "{found:?}");
    assert!(found.wrong[1].0.ends_with("c.csv") && found.wrong[1].1.contains("93 (Zstandard)"), "{found:?}");
}

#[test]
fn an_archive_without_a_file_is_nothing_to_evaluate() {
    for (name, packed) in [("a.zip", zipped(&[])), ("a.tar", tarred(&[("b/", b"")]))] {
        let found = found(name, &packed);
        assert_eq!(found.wrong, [(name.to_owned(), "the archive holds no file".to_owned())]);
    }
}

#[test]
fn hidden_files_are_left_out_and_that_is_said() {
    let packed = zipped(&[("__MACOSX/._b.csv", b"x"), ("b.csv", TABLE.as_bytes()), (".DS_Store", b"x")]);
    let found = found("a.zip", &packed);
    assert_eq!((found.read, found.wrong), (rows(&["a.zip!/b.csv"]), vec![]));
    assert_eq!(found.left_out, ["2 hidden files, such as `__MACOSX/._b.csv`, are left out"]);
}

#[test]
fn what_grows_without_end_is_stopped() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(b"product\n").expect("memory");
    let line = [b"a".repeat(1023), b"\n".to_vec()].concat();
    for _ in 0..(RATIO_FROM >> 10) + 2048 {
        packer.write_all(&line).expect("memory");
    }
    let found = found("a.gz", &packer.finish().expect("memory"));
    assert!(found.wrong[0].1.contains("more than 250 times its size"), "{:?}", found.wrong);
}

#[test]
fn office_documents_that_are_no_workbook_are_named() {
    let packed =
        zipped(&[("[Content_Types].xml", b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml")]);
    assert!(found("a.docx", &packed).wrong[0].1.contains("a Word document"));
    let packed = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")]);
    assert!(found("a.odt", &packed).wrong[0].1.contains("OpenDocument text"));
}

#[test]
fn names_cannot_climb() {
    assert_eq!(inner("a.zip", "../../etc/passwd"), "a.zip!/etc/passwd");
    assert_eq!(inner("a.zip", "\\b\\c.csv"), "a.zip!/b/c.csv");
}

#[test]
fn a_workbook_is_handed_on_whole() {
    let Some(folder) = shared() else { return };
    let bytes = std::fs::read(folder.join("names/donations.xlsx")).expect("a workbook");
    let mut names = Vec::new();
    unpack("a.xlsx", &mut &bytes[..], &mut |inside| {
        if let Inside::Inventory(name, Ok(given)) = inside {
            let mut copy = Vec::new();
            given.read_to_end(&mut copy).expect("a file");
            names.push((name.to_owned(), copy == bytes));
        }
    });
    assert_eq!(names, [("a.xlsx".to_owned(), true)]);
}

#[test]
fn only_what_is_not_packed_is_the_file_itself() {
    let is_whole = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("writes");
        file.rewind().expect("rewinds");
        let mut found = Vec::new();
        unpack("x", &mut file, &mut |inside| {
            if let Inside::Inventory(_, Ok(bytes)) = inside {
                let mut copy = Vec::new();
                let whole = bytes.whole();
                bytes.read_to_end(&mut copy).expect("reads");
                found.push((whole.is_some(), copy == TABLE.as_bytes()));
            }
        });
        found
    };
    assert_eq!(is_whole(TABLE.as_bytes()), [(true, true)]);
    assert_eq!(is_whole(&zipped(&[("a.csv", TABLE.as_bytes())])), [(false, true)]);
    assert_eq!(is_whole(&gzipped(TABLE.as_bytes())), [(false, true)]);
    assert_eq!(is_whole(&tarred(&[("a.csv", TABLE.as_bytes())])), [(false, true)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(kind in 0..4usize, at in 0..400usize, byte: u8, cut in 0..600usize) {
        let table = TABLE.as_bytes();
        let mut packed = match kind {
            0 => zipped(&[("b.csv", table), ("c.csv", table)]),
            1 => gzipped(table),
            2 => zstandard(table),
            _ => tarred(&[("b.csv", table)]),
        };
        let length = packed.len();
        packed[at % length] = byte;
        packed.truncate(length.saturating_sub(cut).max(1));
        let _ = found("a", &packed);
    }
}
