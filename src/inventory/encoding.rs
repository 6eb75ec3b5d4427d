//! How the text of a file is written, where it is not UTF-8.
//!
//! Old programs write the code page of their country and do not say which. It is told from the rows
//! that are no UTF-8, once for a whole file, and a remark names it: read wrongly, a vendor's name
//! in Cyrillic or Chinese would match nothing. Rows that are UTF-8 stay as they are, since files
//! are often put together from several sources.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::Sink;

/// How the text of a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The code page of a country or a language.
    Legacy(&'static encoding_rs::Encoding),
}

/// Names that people use and the registry of encodings does not know.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("1250", "windows-1250"),
    ("1251", "windows-1251"),
    ("1252", "windows-1252"),
    ("936", "gbk"),
    ("cp936", "gbk"),
    ("949", "euc-kr"),
    ("cp949", "euc-kr"),
    ("950", "big5"),
    ("cp950", "big5"),
    ("932", "shift_jis"),
    ("cp932", "shift_jis"),
    ("866", "ibm866"),
    ("oem866", "ibm866"),
    ("ansi", "windows-1252"),
];

/// Encodings that are named where none of that name is known.
const USUAL: &[&str] = &[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "iso-8859-2",
    "iso-8859-15",
    "koi8-r",
    "koi8-u",
    "ibm866",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
];

impl Encoding {
    /// Returns its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Legacy(encoding) => encoding.name(),
        }
    }

    /// Returns the encoding of a name, as the web knows it, or as Windows numbers it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name.as_str(), |(_, usual)| usual);
        let encoding = encoding_rs::Encoding::for_label_no_replacement(name.as_bytes())?;
        Some(match encoding {
            _ if encoding == encoding_rs::UTF_8 => Self::Utf8,
            _ if encoding == encoding_rs::UTF_16LE => Self::Utf16Le,
            _ if encoding == encoding_rs::UTF_16BE => Self::Utf16Be,
            other => Self::Legacy(other),
        })
    }

    /// Returns the names that help texts suggest.
    #[must_use]
    pub fn usual() -> &'static [&'static str] {
        USUAL
    }

    pub(super) fn decoder(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Legacy(encoding) => encoding,
        }
    }
}

/// Tells the encoding of the first bytes of a file; none where they are UTF-8 so far.
pub(super) fn of_head(head: &[u8], complete: bool) -> Option<&'static encoding_rs::Encoding> {
    match std::str::from_utf8(head) {
        Ok(_) => None,
        // A character that goes on beyond the first bytes.
        Err(error) if error.error_len().is_none() && !complete => None,
        Err(_) => Some(guess(head)),
    }
}

/// Tells the encoding of text from those of its lines that are no UTF-8.
pub(super) fn guess(text: &[u8]) -> &'static encoding_rs::Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for line in text.split_inclusive(|&byte| byte == b'\n' || byte == b'\r') {
        if std::str::from_utf8(line).is_err() {
            detector.feed(line, false);
        }
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Several code pages agree in all that a short text holds; of these the commonest is named.
    let decoded = |encoding: &'static encoding_rs::Encoding| encoding.decode_without_bom_handling(text).0;
    let is_western = guess.is_single_byte() && decoded(guess) == decoded(encoding_rs::WINDOWS_1252);
    if is_western { encoding_rs::WINDOWS_1252 } else { guess }
}

/// Puts a line into UTF-8, if it is not. Two bytes of an East Asian encoding often look like a
/// character of UTF-8; three never do by accident, and none of these languages needs fewer.
pub(super) fn line<'t>(bytes: &'t [u8], encoding: &'static encoding_rs::Encoding) -> (Cow<'t, str>, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() || encoding.is_single_byte() || text.chars().any(|letter| letter.len_utf8() > 2) => {
            (text.into(), false)
        }
        _ => (encoding.decode_without_bom_handling(bytes).0, true),
    }
}

/// Rows that are no UTF-8.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    count: Cell<u64>,
    first: Cell<u64>,
    damaged: Cell<bool>,
}

impl Foreign {
    pub(super) fn add(&self, line: u64, text: &str) {
        if self.count.get() == 0 {
            self.first.set(line);
        }
        self.count.set(self.count.get() + 1);
        self.damaged.set(self.damaged.get() || text.contains('\u{fffd}'));
    }

    /// Takes in what was counted over other rows.
    pub(super) fn absorb(&self, other: &Self) {
        if other.count.get() > 0 {
            let first = if self.count.get() > 0 { self.first.get().min(other.first.get()) } else { other.first.get() };
            self.first.set(first);
            self.count.set(self.count.get() + other.count.get());
            self.damaged.set(self.damaged.get() || other.damaged.get());
        }
    }

    /// Says which encoding was taken, and for how many rows.
    pub(super) fn tell(&self, encoding: &'static str, sink: &mut dyn Sink) {
        let rows = match self.count.get() {
            0 => return,
            1 => format!("1 row (line {})", self.first.get()),
            count => format!("{count} rows (the first is line {})", self.first.get()),
        };
        let damaged = if self.damaged.get() { ", with bytes that do not fit it shown as \u{fffd}" } else { "" };
        sink.remark(format!("{rows} not UTF-8, read as {encoding}{damaged}; `--encoding` names another"));
    }
}

/// A line is never longer; what is gets cut and put together again, at the worst with one
/// character damaged.
const MOST_LINE: usize = 1 << 20;

/// Puts text into UTF-8, line by line.
pub(super) struct Mixed<R> {
    inner: R,
    encoding: &'static encoding_rs::Encoding,
    foreign: Rc<Foreign>,
    /// Bytes read; those before `start` are done with.
    raw: Vec<u8>,
    start: usize,
    out: Vec<u8>,
    given: usize,
    line: u64,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Mixed<R> {
    pub(super) fn new(inner: R, encoding: &'static encoding_rs::Encoding, foreign: Rc<Foreign>) -> Self {
        let (raw, out) = (Vec::new(), Vec::new());
        Self { inner, encoding, foreign, raw, start: 0, out, given: 0, line: 1, ended: false, failed: None }
    }

    /// Reads on, and puts all lines that are whole into `out`.
    fn refill(&mut self) -> io::Result<()> {
        self.raw.drain(..self.start);
        self.start = 0;
        self.out.clear();
        self.given = 0;
        match self.inner.by_ref().take(64 << 10).read_to_end(&mut self.raw) {
            Ok(count) => self.ended = count == 0,
            Err(error) => {
                self.failed = Some(error);
                self.ended = true;
            }
        }
        while let Some(length) = self.next_line() {
            let bytes = &self.raw[self.start..self.start + length];
            let (text, is_foreign) = line(bytes, self.encoding);
            if is_foreign {
                self.foreign.add(self.line, &text);
            }
            self.out.extend_from_slice(text.as_bytes());
            // CR and LF are one end; a CR at the end of what was read waits for more.
            self.line += u64::from(matches!(bytes, [.., b'\n' | b'\r']));
            self.start += length;
        }
        Ok(())
    }

    /// Returns the length of the next line with its end, where that is known.
    fn next_line(&self) -> Option<usize> {
        let rest = &self.raw[self.start..];
        let whole = match memchr::memchr2(b'\n', b'\r', rest) {
            Some(at) => match (rest[at], rest.get(at + 1)) {
                (b'\r', Some(b'\n')) => Some(at + 2),
                (b'\r', None) if !self.ended => None,
                _ => Some(at + 1),
            },
            None if self.ended || rest.len() >= MOST_LINE => Some(rest.len()),
            None => None,
        };
        whole.filter(|&length| length > 0)
    }
}

impl<R: Read> Read for Mixed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if self.ended {
                return self.failed.take().map_or(Ok(0), Err);
            }
            self.refill()?;
        }
        let count = buffer.len().min(self.out.len() - self.given);
        buffer[..count].copy_from_slice(&self.out[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_known() {
        for name in USUAL.iter().chain(OTHER_NAMES.iter().map(|(name, _)| name)) {
            assert!(Encoding::parse(name).is_some(), "{name}");
        }
        assert_eq!(Encoding::parse(" CP1251 "), Some(Encoding::Legacy(encoding_rs::WINDOWS_1251)));
        assert_eq!(Encoding::parse("latin-9000"), None);
    }

    /// A few rows of each kind of export are enough to tell what they are written in.
    #[test]
    fn exports_of_many_countries_are_told() {
        let cases: &[(&str, &str)] = &[
            (
                "windows-1252",
                "Rechnername;Hersteller;Produkt\nPC-1;Müller & Söhne GmbH;Büro für Österreich\nPC-2;Éditions Françaises;Comptabilité\n",
            ),
            (
                "windows-1251",
                "Компьютер;Издатель;Название программы\nПК-1;Лаборатория Касперского;Антивирус Касперского\nПК-2;ООО 1С-Софт;1С:Предприятие 8\n",
            ),
            (
                "koi8-r",
                "Компьютер;Издатель;Название программы\nПК-1;Лаборатория Касперского;Антивирус Касперского\nПК-2;ООО 1С-Софт;1С:Предприятие 8\n",
            ),
            (
                "ibm866",
                "Компьютер;Издатель;Название программы\nПК-1;Лаборатория Касперского;Антивирус Касперского\nПК-2;ООО 1С-Софт;1С:Предприятие 8\n",
            ),
            ("gbk", "计算机名,厂商,软件名称\n电脑一,腾讯科技(深圳)有限公司,微信\n电脑二,北京奇虎科技有限公司,360安全卫士\n"),
            ("big5", "電腦名稱,廠商,軟體名稱\n電腦一,騰訊科技有限公司,微信電腦版\n電腦二,趨勢科技股份有限公司,防毒軟體\n"),
            (
                "shift_jis",
                "コンピューター名,発行元,製品名\n端末一,ジャストシステム株式会社,一太郎\n端末二,トレンドマイクロ株式会社,ウイルスバスター\n",
            ),
            ("euc-kr", "컴퓨터,제조사,제품\n컴퓨터1,한글과컴퓨터,한글 오피스\n컴퓨터2,안랩,안랩 보안\n"),
            (
                "windows-1250",
                "Komputer;Producent;Oprogramowanie\nPC-1;Łódzkie Zakłady Księgowości;Płatność i świadczenia\nPC-2;Žlutý kůň;Účetnictví pro české školy\n",
            ),
        ];
        for (name, text) in cases {
            let Some(Encoding::Legacy(encoding)) = Encoding::parse(name) else { panic!("{name}") };
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable, "{name}");
            let guessed = guess(&bytes);
            let read = guessed.decode_without_bom_handling(&bytes).0;
            assert_eq!(read, *text, "{name} taken as {}", guessed.name());
        }
    }

    #[test]
    fn lines_of_utf8_stay_as_they_are() {
        let mut bytes = "Ключ;ООО\n".as_bytes().to_vec();
        bytes.extend(b"B\xfccher;M\xfcller\r\n\r\nC\xe9;D");
        let foreign = Rc::new(Foreign::default());
        let mut text = String::new();
        let mut mixed = Mixed::new(&bytes[..], encoding_rs::WINDOWS_1252, Rc::clone(&foreign));
        mixed.read_to_string(&mut text).expect("memory");
        assert_eq!(text, "Ключ;ООО\nBücher;Müller\r\n\r\nCé;D");
        assert_eq!((foreign.count.get(), foreign.first.get()), (2, 2));
    }

    #[test]
    fn two_bytes_of_an_east_asian_row_are_no_utf8() {
        // 巴 is B0 CD in GBK; 屯 is CD CD; 涞 is E4 B6: 亲 is C7 D7, and 帮 is B0 EF. 拢 is C2 A3, which is £ in UTF-8.
        let (bytes, _, _) = encoding_rs::GBK.encode("拢");
        assert_eq!(std::str::from_utf8(&bytes), Ok("£"));
        assert_eq!(line(&bytes, encoding_rs::GBK), ("拢".into(), true));
        assert_eq!(line("微信".as_bytes(), encoding_rs::GBK), ("微信".into(), false));
    }
}
