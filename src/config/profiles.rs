//! `[[profiles]]` of the configuration: how a user's own exports are read.

use schemars::JsonSchema;
use serde::Deserialize;

use super::problems::Problems;
use crate::diag::{Code, Diagnostics, SourceId};
use crate::inventory::{DateOrder, Encoding, Field, Format, NameGlob, Profile};
use crate::pack::file::At;
use crate::pack::strict;

/// How files of some names are read. The first profile that fits a file is taken.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProfileRow {
    /// Globs of file names, such as `sam-*.csv`; one with a slash is held against the path.
    pub files: Vec<At<String>>,
    /// Format, as for `--input-format`.
    pub format: Option<At<String>>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Encoding of text, as for `--encoding`.
    pub encoding: Option<At<String>>,
    /// The character that parts columns; a tab is `"\t"`.
    pub delimiter: Option<At<String>>,
    /// Which number of `04/05/2024` is the day.
    pub dates: Option<DatesWord>,
    /// Place of rows that name none, as a code or a country's name.
    pub location: Option<At<String>>,
    /// Where each field comes from.
    #[serde(default)]
    pub fields: FieldsRow,
}

/// Which of two numbers is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DatesWord {
    /// `31/12/2024`.
    DayFirst,
    /// `12/31/2024`.
    MonthFirst,
}

/// Where a field comes from: one column, or several put together; and what it is where they are empty.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FieldRow {
    /// Header of the column, or its number as `#1`.
    pub column: Option<At<String>>,
    /// Headers of several columns, in the order in which they are put together.
    #[serde(default)]
    pub columns: Vec<At<String>>,
    /// What stands between them; default: a space.
    pub join: Option<String>,
    /// Value where the columns are empty, or where there are none.
    pub default: Option<At<String>>,
}

macro_rules! fields {
    ($($name:ident $field:ident)*) => {
        /// Where each field comes from.
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct FieldsRow {
            $(#[doc = concat!("Source of the field `", stringify!($name), "`.")] pub $name: Option<At<FieldRow>>,)*
        }

        impl FieldsRow {
            pub(super) fn given(&self) -> Vec<(Field, &At<FieldRow>)> {
                let all = [$((Field::$field, self.$name.as_ref())),*];
                all.into_iter().filter_map(|(field, row)| Some((field, row?))).collect()
            }
        }
    };
}

fields! {
    product Product
    vendor Vendor
    version Version
    cpe Cpe
    purl Purl
    bundle_id BundleId
    package_id PackageId
    signer Signer
    location Location
    audience Audience
    quantity Quantity
    acquired Acquired
    renewal Renewal
    owner Owner
    asset Asset
}

/// Checks a profile. Every problem goes to `diagnostics`.
pub(super) fn check(row: &ProfileRow, source: SourceId, diagnostics: &mut Diagnostics) -> Option<Profile> {
    let mut problems = Problems { source, diagnostics, count: 0 };
    if row.files.is_empty() {
        problems.add(Code::EmptyValue, 0..0, "a profile names no files".to_owned(), "such as files = [\"sam-*.csv\"]");
    }
    let mut files = Vec::new();
    for glob in &row.files {
        match NameGlob::new(glob) {
            Ok(read) => files.push(read),
            Err(why) => {
                let message = format!("`{}` is no glob: {why}", strict::cut(glob));
                problems.add(Code::InvalidConfiguration, glob.span(), message, "`*` stands for any letters, `**` crosses folders");
            }
        }
    }
    let formats = || Format::ALL.iter().map(|format| format.name());
    let encodings = || Encoding::usual().iter().copied();
    let profile = Profile {
        name: row.files.first().map(|glob| glob.get().clone()).unwrap_or_default(),
        files,
        format: problems.word(row.format.as_ref(), "format", Format::parse, formats),
        sheet: row.sheet.clone(),
        encoding: problems.word(row.encoding.as_ref(), "encoding", Encoding::parse, encodings),
        delimiter: problems.delimiter(row.delimiter.as_ref()),
        dates: row.dates.map(|word| match word {
            DatesWord::DayFirst => DateOrder::DayFirst,
            DatesWord::MonthFirst => DateOrder::MonthFirst,
        }),
        fields: row.fields.given().into_iter().map(|(field, row)| (field, problems.field(field, row))).collect(),
    };
    (problems.count == 0).then_some(profile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;

    fn read(text: &str) -> (Option<crate::config::ConfigFile>, Diagnostics) {
        let mut sources = Sources::default();
        let id = sources.add("interdict.toml", text);
        let mut diagnostics = Diagnostics::default();
        (crate::config::read(text, id, &mut diagnostics), diagnostics)
    }

    #[test]
    fn every_field_has_a_key() {
        let schema = serde_json::to_value(schemars::schema_for!(FieldsRow)).expect("json");
        let keys = schema["properties"].as_object().expect("properties");
        assert!(Field::ALL.iter().all(|field| keys.contains_key(field.as_str())), "{keys:?}");
        assert_eq!(keys.len(), Field::ALL.len());
    }

    #[test]
    fn a_whole_profile_is_read() {
        let text = "[[profiles]]\nfiles = ['sam-*.csv', 'in/*.txt']\nformat = 'csv'\nencoding = 'cp1251'\ndelimiter = ';'\n\
            dates = 'day-first'\nlocation = 'DE'\n[profiles.fields]\nproduct = { columns = ['Suite', 'Edition'], join = ' ' }\n\
            vendor = { column = 'Maker', default = 'Example' }\naudience = { default = 'companies' }\n";
        let (config, diagnostics) = read(text);
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        let profile = &config.expect("read").read_profiles[0];
        assert_eq!((profile.name.as_str(), profile.files.len(), profile.delimiter), ("sam-*.csv", 2, Some(b';')));
        assert_eq!(profile.encoding, Encoding::parse("windows-1251"));
        assert_eq!(profile.fields.len(), 3);
        assert_eq!(profile.fields[1].1.default, "Example");
    }

    #[test]
    fn every_mistake_of_a_profile_is_named_at_its_place() {
        let cases = [
            ("files = ['a[']", "is no glob"),
            ("files = []", "names no files"),
            ("format = 'cvs'\nfiles = ['a']", "unknown format `cvs`"),
            ("encoding = 'latin-9000'\nfiles = ['a']", "unknown encoding"),
            ("delimiter = ';;'\nfiles = ['a']", "cannot part columns"),
            ("dates = 'year-first'\nfiles = ['a']", "year-first"),
            ("files = ['a']\nfield = 1", "unknown key `field`"),
            ("files = ['a']\n[profiles.fields]\nprodcut = { column = 'a' }", "unknown key `prodcut`"),
            ("files = ['a']\n[profiles.fields]\nproduct = { colum = 'a' }", "unknown key `colum`"),
            ("files = ['a']\n[profiles.fields]\nproduct = {}", "neither a column nor a default"),
            ("files = ['a']\n[profiles.fields]\nproduct = { column = 'a', columns = ['b'] }", "both `column` and `columns`"),
            ("files = ['a']\n[profiles.fields]\nproduct = { column = 'a', join = '-' }", "puts nothing together"),
            ("files = ['a']\n[profiles.fields]\nproduct = { column = ' ' }", "has no name"),
        ];
        for (text, part) in cases {
            let (config, diagnostics) = read(&format!("[[profiles]]\n{text}\n"));
            assert!(config.is_none(), "{text}");
            assert!(diagnostics.iter().any(|one| one.message.contains(part)), "{text}: {diagnostics:?}");
        }
    }
}
