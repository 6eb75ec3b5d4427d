//! Identifiers of software: CPE 2.2 and 2.3 names, package URLs, package and bundle ids.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of identifier an inventory may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifierKind {
    /// Common Platform Enumeration name, 2.2 URI or 2.3 formatted string.
    Cpe,
    /// Package URL.
    Purl,
    /// Reverse-domain id of a macOS or mobile application.
    BundleId,
    /// Id in a package manager or application store.
    PackageId,
    /// Subject of the certificate that signed it.
    Signer,
}

impl IdentifierKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Cpe, Self::Purl, Self::BundleId, Self::PackageId, Self::Signer];

    /// Returns the word used in reports and column names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpe => "cpe",
            Self::Purl => "purl",
            Self::BundleId => "bundle-id",
            Self::PackageId => "package-id",
            Self::Signer => "signer",
        }
    }
}

/// An identifier, read as far as it parses. What does not parse is kept as text, so that it can
/// still be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Kind that the inventory gave it.
    pub kind: IdentifierKind,
    /// As written.
    pub text: String,
    /// The parts that rules speak of.
    pub parts: Parts,
}

/// The parts of an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Vendor, product and version of a CPE name.
    Cpe(Cpe),
    /// Type, namespace, name and version of a package URL.
    Purl(Purl),
    /// A plain id, lower case.
    Plain(String),
    /// It does not parse as its kind.
    Broken,
}

impl Identifier {
    /// Reads an identifier; never fails.
    #[must_use]
    pub fn read(kind: IdentifierKind, text: &str) -> Self {
        let parts = match kind {
            IdentifierKind::Cpe => Cpe::parse(text).map_or(Parts::Broken, Parts::Cpe),
            IdentifierKind::Purl => Purl::parse(text).map_or(Parts::Broken, Parts::Purl),
            IdentifierKind::BundleId | IdentifierKind::PackageId | IdentifierKind::Signer => {
                Parts::Plain(text.trim().to_lowercase())
            }
        };
        Self { kind, text: text.to_owned(), parts }
    }

    /// Returns whether it tells a maker or a product.
    #[must_use]
    pub fn names_something(&self) -> bool {
        match &self.parts {
            Parts::Cpe(cpe) => cpe.vendor.is_some() || cpe.product.is_some(),
            Parts::Purl(_) => true,
            Parts::Plain(text) => text.chars().any(char::is_alphanumeric),
            Parts::Broken => false,
        }
    }
}

/// The parts of a CPE name that rules use; lower case, unquoted. `None` stands for ANY, and a
/// vendor or product that is NA or ANY is `None` as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpe {
    /// `a`, `o` or `h`.
    pub part: Option<char>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Product.
    pub product: Option<String>,
    /// Version.
    pub version: Option<String>,
}

impl Cpe {
    /// Reads `cpe:2.3:a:vendor:product:version:…` or `cpe:/a:vendor:product:version:…`. Of the first
    /// form, too, what is left out at the end is taken as any.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let lower = text.get(..8)?.to_ascii_lowercase();
        let fields = if lower == "cpe:2.3:" {
            let fields = split_escaped(&text[8..]);
            (3..=11).contains(&fields.len()).then_some(fields)?.into_iter().map(|field| unquote(&field)).collect::<Vec<_>>()
        } else if lower.starts_with("cpe:/") {
            let fields: Vec<_> = text[5..].split(':').map(percent_decode).collect::<Option<_>>()?;
            (fields.len() <= 7).then_some(fields)?
        } else {
            return None;
        };
        let field = |index: usize| {
            fields.get(index).map(|field| field.to_lowercase()).filter(|field| !matches!(field.as_str(), "" | "*" | "-"))
        };
        let part = field(0).and_then(|part| part.chars().next());
        if !matches!(part, None | Some('a' | 'o' | 'h')) {
            return None;
        }
        Some(Self { part, vendor: field(1), product: field(2), version: field(3) })
    }
}

/// Splits at colons that no backslash quotes.
fn split_escaped(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        let Some(field) = fields.last_mut() else { break };
        match letter {
            ':' if !quoted => fields.push(String::new()),
            _ => field.push(letter),
        }
        quoted = letter == '\\' && !quoted;
    }
    fields
}

fn unquote(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            _ => plain.push(letter),
        }
    }
    plain
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The parts of a package URL that rules use, normalised by type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purl {
    /// Type, such as `npm`.
    pub kind: String,
    /// Namespace, segments joined by `/`; empty where there is none.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
}

impl Purl {
    /// Reads a package URL.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let purl = packageurl::PackageUrl::from_str(text.trim()).ok()?;
        Some(Self {
            kind: purl.ty().to_lowercase(),
            namespace: purl.namespace().unwrap_or_default().to_owned(),
            name: purl.name().to_owned(),
            version: purl.version().map(str::to_owned),
        })
    }

    /// Returns `type/namespace/name`, lower case: what namespaces in entity files are held against.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = self.kind.clone();
        for part in [&self.namespace, &self.name] {
            if !part.is_empty() {
                path.push('/');
                path.push_str(&part.to_lowercase());
            }
        }
        path
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_cpe_are_read() {
        let new = Cpe::parse("cpe:2.3:a:kaspersky:endpoint_security:11.10:*:*:*:*:windows:*:*").expect("2.3");
        let old = Cpe::parse("cpe:/a:Kaspersky:endpoint_security:11.10").expect("2.2");
        assert_eq!(new, old);
        assert_eq!(new.vendor.as_deref(), Some("kaspersky"));
        assert_eq!(new.version.as_deref(), Some("11.10"));
    }

    #[test]
    fn a_short_cpe_is_read_as_far_as_it_goes() {
        let cpe = Cpe::parse("cpe:2.3:a:kaspersky:endpoint_security").expect("2.3");
        assert_eq!(
            (cpe.vendor.as_deref(), cpe.product.as_deref(), cpe.version),
            (Some("kaspersky"), Some("endpoint_security"), None)
        );
    }

    #[test]
    fn quoted_characters_are_unquoted() {
        let cpe = Cpe::parse(r"cpe:2.3:a:1c:1c\:enterprise:8.3\:beta:*:*:*:*:*:*:*").expect("2.3");
        assert_eq!(cpe.product.as_deref(), Some("1c:enterprise"));
        let cpe = Cpe::parse("cpe:/a:1c:1c%3aenterprise").expect("2.2");
        assert_eq!(cpe.product.as_deref(), Some("1c:enterprise"));
    }

    #[test]
    fn broken_cpe_names_are_no_cpe() {
        for text in ["", "cpe:2.3:a:b", "cpe:/z:vendor:product", "kaspersky", "cpe:/a:%zz", "cpe:2.3:a:v:p:1:*:*:*:*:*:*:*:*"] {
            assert_eq!(Cpe::parse(text), None, "{text}");
        }
    }

    #[test]
    fn wildcards_name_nobody() {
        let cpe = Cpe::parse("cpe:2.3:a:*:-:*:*:*:*:*:*:*:*").expect("2.3");
        assert_eq!((cpe.vendor, cpe.product), (None, None));
    }

    #[test]
    fn purls_are_normalised_by_type() {
        let purl = Purl::parse("pkg:golang/github.com/Aliyun/alibaba-cloud-sdk-go@v1.2").expect("purl");
        assert_eq!(purl.path(), "golang/github.com/aliyun/alibaba-cloud-sdk-go");
        assert_eq!(Purl::parse("pkg:npm/%40alicloud/pop-core@1.7").expect("purl").path(), "npm/@alicloud/pop-core");
        assert_eq!(Purl::parse("npm/left-pad"), None);
    }
}
