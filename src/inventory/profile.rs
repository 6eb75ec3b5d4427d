//! What a user says once for all of their own exports: which files are meant, and how these are read.

use std::borrow::Cow;

use super::sources::NameGlob;
use super::{DateOrder, Encoding, Field, Format, Options};

/// How the files of some names are read.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What it is called in words: its first glob.
    pub name: String,
    /// Globs of file names; one without a slash is held against the name alone.
    pub files: Vec<NameGlob>,
    /// Read as this format.
    pub format: Option<Format>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// How text is written.
    pub encoding: Option<Encoding>,
    /// What parts the columns.
    pub delimiter: Option<u8>,
    /// Which of two numbers is the day.
    pub dates: Option<DateOrder>,
    /// Where each field comes from.
    pub fields: Vec<(Field, FieldSource)>,
}

/// Where a field comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSource {
    /// Its columns, by header or number; none for a default alone.
    pub columns: Vec<String>,
    /// What stands between the values of several columns.
    pub join: String,
    /// Its value where the columns are empty.
    pub default: String,
}

impl Options {
    /// Returns how a file of that name is read: what the user says of all files goes before the first
    /// profile that fits.
    pub(super) fn of_file(&self, name: &str) -> Cow<'_, Self> {
        let Some(profile) = self.profiles.iter().find(|profile| profile.files.iter().any(|glob| glob.fits(name))) else {
            return Cow::Borrowed(self);
        };
        let mut own = self.clone();
        own.profile = Some(profile.name.clone());
        own.format = self.format.or(profile.format);
        own.sheet = self.sheet.clone().or_else(|| profile.sheet.clone());
        own.encoding = self.encoding.or(profile.encoding);
        own.delimiter = self.delimiter.or(profile.delimiter);
        own.dates = self.dates.or(profile.dates);
        for (field, source) in &profile.fields {
            if own.columns.iter().any(|(given, _)| given == field) {
                continue;
            }
            match source.columns.as_slice() {
                [] => {}
                [column] => own.columns.push((*field, column.clone())),
                columns => own.joined.push((*field, columns.to_vec(), source.join.clone())),
            }
            if !source.default.is_empty() {
                own.defaults.push((*field, source.default.clone()));
            }
        }
        Cow::Owned(own)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    fn source(columns: &[&str], join: &str, default: &str) -> FieldSource {
        FieldSource {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            join: join.to_owned(),
            default: default.to_owned(),
        }
    }

    fn options(fields: Vec<(Field, FieldSource)>) -> Options {
        let profile = Profile {
            name: "own-*".to_owned(),
            files: vec![NameGlob::new("own-*.txt").expect("a glob")],
            delimiter: Some(b'~'),
            dates: Some(DateOrder::DayFirst),
            fields,
            ..Profile::default()
        };
        Options { profiles: vec![profile], ..Options::default() }
    }

    #[test]
    fn columns_are_joined_and_defaults_fill_in() {
        let options = options(vec![
            (Field::Product, source(&["Suite", "Edition"], " ", "")),
            (Field::Vendor, source(&["Who"], "", "Example Inc.")),
            (Field::Location, source(&[], "", "DE")),
            (Field::Acquired, source(&["Bought"], "", "")),
        ]);
        let text = b"Suite~Edition~Who~Bought\nOffice~Pro~~01/02/2024\nOffice~~Maker~\n~~~\n";
        let (result, found) = gather("exports/own-1.txt", text, &options);
        let understood = result.expect("read");
        assert_eq!((understood.delimiter, understood.profile.as_deref()), (Some('~'), Some("own-*")));
        let rows: Vec<_> =
            found.rows.iter().map(|row| (row.product.as_str(), row.vendor.as_str(), row.location.as_str())).collect();
        // A row with nothing in it says nothing, whatever the defaults are.
        assert_eq!(rows, [("Office Pro", "Example Inc.", "DE"), ("Office", "Maker", "DE"), ("", "", "")]);
        assert_eq!(found.rows[0].acquired.map(|day| day.to_string()).as_deref(), Some("2024-02-01"));
        assert_eq!((&found.unread[..], &found.remarks[..]), (&[][..], &[][..]));
        assert_eq!(
            understood.columns.iter().map(|(_, header)| header.as_str()).collect::<Vec<_>>(),
            ["Suite", "Edition", "Who", "Bought"]
        );
    }

    #[test]
    fn other_files_are_not_meant_and_flags_win() {
        let mut options = options(vec![(Field::Product, source(&["Suite"], "", ""))]);
        assert!(gather("other.csv", b"Suite~Edition\nOffice~Pro\n", &options).0.is_err());
        options.columns.push((Field::Product, "Edition".to_owned()));
        let (_, found) = gather("own-2.txt", b"Suite~Edition\nOffice~Pro\n", &options);
        assert_eq!(found.rows[0].product, "Pro");
        let missing = Options { columns: Vec::new(), ..options };
        let (result, _) = gather("own-3.txt", b"Name~Edition\nOffice~Pro\n", &missing);
        assert!(result.expect_err("missing").to_string().contains("no column `Suite`"));
    }
}
