//! The formats, and the one table that joins each name to its reporter.
//!
//! A new format is one file with a [`Reporter`], one variant here and one row in [`Format::row`];
//! the tests below then ask for its snapshot on the shared sample.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::{
    Findings, Report, Reporter, csv, cyclonedx, github, gitlab, html, ics, json, jsonl, junit, markdown, prometheus, sarif, table,
    timeline_svg, xlsx,
};
use crate::model::Status;

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// Text for people at a terminal.
    Table,
    /// The report itself; `interdict report` reads it back.
    Json,
    /// One record a line.
    Jsonl,
    /// One finding a row.
    Csv,
    /// A workbook.
    Xlsx,
    /// Markdown that fits a comment.
    Md,
    /// A page in one file.
    Html,
    /// Drawing of the measures over time.
    Svg,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for pipelines.
    Junit,
    /// Annotations of GitHub's workflows.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// CycloneDX 1.6, the findings attached to components.
    Cyclonedx,
    /// A calendar of the dates ahead.
    Ics,
    /// Metrics for Prometheus.
    Prometheus,
}

/// What there is to know about a format.
struct Row {
    name: &'static str,
    extension: &'static str,
    is_text: bool,
    reporter: &'static dyn Reporter,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: &'static [Self] = &[
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Xlsx,
        Self::Md,
        Self::Html,
        Self::Svg,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Gitlab,
        Self::Cyclonedx,
        Self::Ics,
        Self::Prometheus,
    ];

    fn row(self) -> Row {
        let text = |name, extension, reporter: &'static dyn Reporter| Row { name, extension, is_text: true, reporter };
        match self {
            Self::Table => text("table", "txt", &table::Table),
            Self::Json => text("json", "json", &json::Json),
            Self::Jsonl => text("jsonl", "jsonl", &jsonl::Jsonl),
            Self::Csv => text("csv", "csv", &csv::Csv),
            Self::Xlsx => Row { name: "xlsx", extension: "xlsx", is_text: false, reporter: &xlsx::Xlsx },
            Self::Md => text("md", "md", &markdown::Markdown),
            Self::Html => text("html", "html", &html::Html),
            Self::Svg => text("svg", "svg", &timeline_svg::Svg),
            Self::Sarif => text("sarif", "sarif", &sarif::Sarif),
            Self::Junit => text("junit", "xml", &junit::Junit),
            Self::Github => text("github", "txt", &github::Github),
            Self::Gitlab => text("gitlab", "json", &gitlab::Gitlab),
            Self::Cyclonedx => text("cyclonedx", "cdx.json", &cyclonedx::Cyclonedx),
            Self::Ics => text("ics", "ics", &ics::Ics),
            Self::Prometheus => text("prometheus", "prom", &prometheus::Prometheus),
        }
    }

    /// Returns the name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the format of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// Returns the usual file extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.row().extension
    }

    /// Returns whether the format is text, which may go to a terminal.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.row().is_text
    }

    /// Writes a report in this format: the findings that the view shows, and everything else.
    ///
    /// # Errors
    /// What `out` returns.
    #[cfg_attr(not(clippy), doc(hidden))]
    pub fn write(self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        self.row().reporter.write(&view.cut(report), view, out)
    }
}

/// How a report is to be drawn. Only the binary knows the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Columns of the terminal; none where there is no terminal, and then the width is fixed.
    pub width: Option<usize>,
    /// Whether to use colour.
    pub colour: bool,
    /// Statuses of the findings to show; none for all. Counts stay those of the whole report.
    pub only: Vec<Status>,
    /// What the lines of a text report are gathered by.
    pub group_by: GroupBy,
}

impl View {
    /// Returns the report with only the findings to show, and the acts of these.
    fn cut<'a>(&self, report: &'a Report) -> Cow<'a, Report> {
        let shown = |status: Status| self.only.is_empty() || self.only.contains(&status);
        if self.only.is_empty() || report.findings.iter().all(|finding| shown(finding.status)) {
            return Cow::Borrowed(report);
        }
        let findings = report.findings.only(&self.only);
        let named: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.id.as_str()).collect();
        let mut cut = Report { findings: Findings::default(), ..report.clone() };
        cut.acts.retain(|id, _| named.contains(id.as_str()));
        cut.findings = findings;
        Cow::Owned(cut)
    }
}

/// What the lines of a text report are gathered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// One line for a product under an act.
    #[default]
    Product,
    /// One line for each asset, product and act; the assets that are worst off first.
    Asset,
    /// One line for an act and a status.
    Rule,
    /// One line for a product under an act; the jurisdictions with the worst first.
    Jurisdiction,
}

impl GroupBy {
    /// Every way to gather, in the order in which help lists them.
    pub const ALL: &'static [Self] = &[Self::Product, Self::Asset, Self::Rule, Self::Jurisdiction];

    /// Returns the name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Asset => "asset",
            Self::Rule => "rule",
            Self::Jurisdiction => "jurisdiction",
        }
    }

    /// Returns the way of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|way| way.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn bytes(format: Format, report: &Report, view: &View) -> Vec<u8> {
        let mut out = Vec::new();
        format.write(report, view, &mut out).expect("writes to memory");
        out
    }

    fn written(format: Format, report: &Report, view: &View) -> String {
        String::from_utf8(bytes(format, report, view)).expect("is UTF-8")
    }

    #[test]
    fn names_are_read_back_and_differ() {
        for (at, &format) in Format::ALL.iter().enumerate() {
            assert_eq!(Format::parse(format.name()), Some(format));
            assert_eq!(format as usize, at, "the list of all formats has the order of the type");
        }
        for &way in GroupBy::ALL {
            assert_eq!(GroupBy::parse(way.name()), Some(way));
        }
        assert_eq!(Format::parse("Table"), None);
    }

    #[test]
    fn every_text_format_has_its_snapshot_and_ends_with_a_line_break() {
        for &format in Format::ALL.iter().filter(|format| format.is_text()) {
            let text = written(format, &sample::report(), &View::default());
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{}", format.name());
            insta::assert_snapshot!(format.name(), text);
        }
    }

    #[test]
    fn no_text_format_lets_a_steering_character_through() {
        for &format in Format::ALL.iter().filter(|format| format.is_text()) {
            let text = written(format, &sample::report(), &View::default());
            for line in text.lines() {
                assert_eq!(crate::diag::printable(line), line, "{}", format.name());
            }
        }
    }

    #[test]
    fn the_same_report_gives_the_same_bytes_and_an_empty_one_can_be_drawn() {
        for &format in Format::ALL {
            let view = View::default();
            assert!(bytes(format, &sample::report(), &view) == bytes(format, &sample::report(), &view), "{}", format.name());
            assert!(!bytes(format, &sample::clean(), &view).is_empty());
        }
    }

    /// The words of a report, whatever holds them.
    fn words(format: Format, report: &Report) -> String {
        let out = bytes(format, report, &View::default());
        if format.is_text() {
            // Lines are broken by width; a calendar folds them.
            return String::from_utf8(out).expect("is UTF-8").replace("\r\n ", "").replace('\n', " ");
        }
        let mut book = zip::ZipArchive::new(io::Cursor::new(out)).expect("a workbook");
        let parts = 0..book.len();
        parts.map(|at| io::read_to_string(book.by_index(at).expect("a part")).expect("is UTF-8")).collect()
    }

    #[test]
    fn what_is_waived_and_what_was_decided_is_told_in_every_format() {
        let mut report = sample::report();
        let waiver = report.findings.iter().find_map(|finding| finding.waiver.cloned()).expect("one is waived");
        report.findings.iter_mut().for_each(|finding| finding.waiver = Some(waiver.clone()));
        let waived = report.findings.len();
        report.summary.decided = 2;
        report.decisions = vec![crate::report::SettledRows {
            decision: std::sync::Arc::new(crate::report::Decision {
                entity: "kaspersky".to_owned(),
                vendor: Some("Kaspersky Hotel".to_owned()),
                product: None,
                is: false,
                reason: "an inn".to_owned(),
                owner: "procurement".to_owned(),
                until: None,
                ticket: None,
            }),
            rows: 2,
            first: vec![crate::report::RowRef { source: "fleet.csv".into(), line: 7 }],
        }];
        for &format in Format::ALL {
            let told = words(format, &report);
            let marks = match format {
                Format::Prometheus => "waived=\"true\"",
                Format::Sarif => "\"suppressions\"",
                Format::Json | Format::Jsonl => "\"waiver\"",
                Format::Junit => "every finding is waived",
                Format::Cyclonedx => "interdict:waived-until",
                Format::Table | Format::Md | Format::Html | Format::Svg | Format::Github | Format::Gitlab | Format::Ics => "waived",
                Format::Csv => &waiver.until,
                // Dates are numbers in a workbook.
                Format::Xlsx => &waiver.approved_by,
            };
            assert!(told.to_lowercase().contains(&marks.to_lowercase()), "{}: {marks}", format.name());
            // Each finding on its own where the format lists findings one by one.
            let each = match format {
                Format::Json | Format::Jsonl => Some("\"waiver\""),
                Format::Sarif => Some("\"suppressions\""),
                Format::Gitlab => Some("Waived: "),
                _ => None,
            };
            assert!(each.is_none_or(|mark| told.matches(mark).count() >= waived), "{}", format.name());
            // A calendar and a drawing show acts, not items.
            let decided = match format {
                Format::Ics | Format::Svg => continue,
                Format::Prometheus => "interdict_items_decided 2",
                Format::Table => "Kaspersky Hotel is not",
                _ => "Kaspersky Hotel",
            };
            assert!(told.contains(decided), "{}: {decided}", format.name());
        }
    }

    #[test]
    fn only_cuts_findings_and_their_acts_but_no_count() {
        let report = sample::report();
        let view = View { only: vec![Status::Banned], ..View::default() };
        let cut = view.cut(&report);
        assert!(cut.findings.iter().all(|finding| finding.status == Status::Banned));
        assert!(!cut.findings.is_empty() && cut.findings.len() < report.findings.len());
        assert!(cut.acts.keys().all(|id| cut.findings.iter().any(|finding| finding.rule.id == *id)));
        assert_eq!(cut.summary, report.summary);
        assert!(matches!(View::default().cut(&report), Cow::Borrowed(_)));
    }
}
