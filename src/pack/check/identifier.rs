//! Identifiers of entities and products: none may be empty, or take in everybody's.

use super::Checker;
use crate::diag::Code;
use crate::pack::file::{At, EntityFile};
use crate::pack::name::Folded;
use crate::pack::strict::cut;

impl Checker<'_> {
    /// Identifiers must not be empty, nor take in everybody's.
    pub(super) fn identifiers(&mut self, file: &EntityFile) {
        let products = || file.products.iter();
        /// Texts, what each is not where it is bad, what makes it good, and how to write it.
        type Check<'a> = (Vec<&'a At<String>>, &'a str, fn(&str) -> bool, &'a str);
        let checks: [Check<'_>; 6] = [
            (
                file.purl_namespaces.iter().chain(products().flat_map(|product| &product.purls)).collect(),
                "no package URL path",
                is_purl_path,
                "write type/namespace, such as golang/github.com/example or npm/@example",
            ),
            (
                file.package_ids.iter().chain(products().flat_map(|product| &product.package_ids)).collect(),
                "no package id",
                is_package_id,
                "at least three letters, and a name of its own; a star only at the end",
            ),
            (
                file.bundle_prefixes.iter().chain(products().flat_map(|product| &product.bundle_ids)).collect(),
                "no bundle id",
                is_bundle_id,
                "write a segment of its own, such as com.example",
            ),
            (
                file.cpe_vendors.iter().chain(products().flat_map(|product| &product.cpe_products)).collect(),
                "no name in CPE",
                is_cpe_name,
                "write the one field, such as example_software",
            ),
            (file.domains.iter().collect(), "no domain", is_domain, "write the host alone, such as example.com"),
            (
                file.signers.iter().collect(),
                "no organisation",
                |text| !Folded::new(text).is_empty(),
                "write the organisation's name",
            ),
        ];
        for (texts, what, is_good, help) in checks {
            for text in texts.into_iter().filter(|text| !is_good(text)) {
                self.error(Code::InvalidIdentifier, text.span(), format!("`{}` is {what}", cut(text)), help.to_owned());
            }
        }
    }
}

/// First segments that everybody's ids share.
const SHARED: [&str; 8] = ["com", "org", "net", "edu", "gov", "io", "app", "dev"];
/// Hosts below which everybody has packages.
const SHARED_HOSTS: [&str; 5] = ["github.com", "gitlab.com", "bitbucket.org", "gitee.com", "codeberg.org"];

fn is_purl_path(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let shared = |part: &str| SHARED.contains(&part) || SHARED_HOSTS.contains(&part);
    parts.len() >= 2
        && parts.iter().all(|part| !part.is_empty())
        && !text.starts_with("pkg:")
        && (!text.contains('@') || text.contains("/@"))
        && !(parts.len() == 2 && matches!(parts[0], "golang" | "maven") && shared(parts[1]))
}

fn is_package_id(text: &str) -> bool {
    let stem = text.trim_end_matches('*');
    stem.len() >= 3 && !stem.contains('*') && !SHARED.contains(&stem.trim_end_matches('.').to_lowercase().as_str())
}

fn is_bundle_id(text: &str) -> bool {
    let stem = text.trim_end_matches(['.', '*']);
    let own = stem.contains('.') || stem.len() >= 3 && !SHARED.contains(&stem.to_lowercase().as_str());
    own && stem.split('.').all(|part| !part.is_empty()) && !stem.contains('*')
}

fn is_domain(text: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    text.contains('.') && text.split('.').all(good)
}

fn is_cpe_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|letter| letter.is_whitespace() || letter == '*')
}
