//! What identifiers say beyond those that the pack knows: whose a package is by its own name, what
//! a product's name is when it is written as an id, and what a product is called where no name is
//! given at all.

use std::borrow::Cow;

use super::Named;
use crate::model::identifier::Parts;
use crate::model::{Identifier, IdentifierKind};

/// What identifiers that the pack does not know say of the maker, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// Nothing: none is given, or it is that of a distribution, which packages the work of others.
    Nothing,
    /// An application of an id of its own, which may be one that the pack does not know yet, or of
    /// a CPE name.
    App,
    /// A package in a registry where names are first come, first served.
    Package,
    /// A package that carries its owner's name, and that is somebody else.
    Owner,
}

/// Package types of distributions and of files: what they call a package says nothing of its maker.
const DISTRIBUTIONS: [&str; 21] = [
    "alpine", "alpm", "apk", "apt", "arch", "bitnami", "brew", "choco", "deb", "ebuild", "flatpak", "generic", "nix", "oci",
    "opkg", "portage", "rpm", "scoop", "snap", "swid", "winget",
];

impl Claim {
    /// Returns what the identifiers of an item claim together.
    pub(super) fn of<'a>(identifiers: impl Iterator<Item = &'a Identifier>) -> Self {
        identifiers.map(Self::of_one).max().unwrap_or(Self::Nothing)
    }

    fn of_one(identifier: &Identifier) -> Self {
        match (&identifier.parts, identifier.kind) {
            (Parts::Purl(purl), _) if DISTRIBUTIONS.contains(&purl.kind.as_str()) => Self::Nothing,
            (Parts::Purl(purl), _) if purl.namespace.is_empty() => Self::Package,
            (Parts::Purl(_), _) => Self::Owner,
            (Parts::Plain(id), IdentifierKind::BundleId | IdentifierKind::PackageId) if is_dotted(id) => Self::App,
            (Parts::Cpe(cpe), _) if cpe.vendor.is_some() => Self::App,
            _ => Self::Nothing,
        }
    }
}

/// Returns the owner that a package URL names, where it is a single word: an organisation at a
/// forge, an npm scope, the company in a reverse domain.
pub(super) fn owner(identifier: &Identifier) -> Option<&str> {
    let Parts::Purl(purl) = &identifier.parts else { return None };
    if DISTRIBUTIONS.contains(&purl.kind.as_str()) {
        return None;
    }
    let namespace = purl.namespace.as_str();
    match purl.kind.as_str() {
        "maven" => namespace.split('.').nth(1),
        "golang" => {
            let (host, path) = namespace.split_once('/').unwrap_or((namespace, purl.name.as_str()));
            is_forge(host).then(|| path.split('/').next()).flatten()
        }
        _ => namespace.split('/').next().map(|scope| scope.trim_start_matches('@')),
    }
    .filter(|owner| !owner.is_empty())
}

fn is_forge(host: &str) -> bool {
    ["github.com", "gitlab.com", "gitee.com", "bitbucket.org", "codeberg.org"].iter().any(|forge| host.eq_ignore_ascii_case(forge))
}

/// Reads a product's name as identifiers, where it is written as one: a module's path, a scoped
/// package, a Maven coordinate, a reverse domain.
pub(super) fn written_as_id(product: &str) -> Vec<Identifier> {
    let text = product.trim();
    let is_id = (5..=200).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'@' | b':' | b'~' | b'+'));
    if !is_id {
        return Vec::new();
    }
    let purl = |purl: String| Identifier::read(IdentifierKind::Purl, &purl);
    if let Some(scoped) = text.strip_prefix('@') {
        return if scoped.contains('/') { vec![purl(format!("pkg:npm/%40{scoped}"))] } else { Vec::new() };
    }
    if let Some((host, path)) = text.split_once('/') {
        if !is_dotted(host) || host.contains([':', '@']) {
            return Vec::new();
        }
        let mut found = vec![purl(format!("pkg:golang/{text}"))];
        if host.eq_ignore_ascii_case("github.com") {
            found.push(purl(format!("pkg:github/{}", path.split('/').take(2).collect::<Vec<_>>().join("/"))));
        }
        return found;
    }
    if let Some((group, artifact)) = text.split_once(':') {
        let artifact = artifact.split(':').next().unwrap_or(artifact);
        return if is_reverse_domain(group) { vec![purl(format!("pkg:maven/{group}/{artifact}"))] } else { Vec::new() };
    }
    if is_reverse_domain(text) { vec![Identifier::read(IdentifierKind::BundleId, text)] } else { Vec::new() }
}

/// Returns the product's name: as given, else as an identifier has it.
pub(super) fn product_name(row: Named<'_>) -> Cow<'_, str> {
    if !row.product.trim().is_empty() {
        return Cow::Borrowed(row.product);
    }
    let named = row.identifiers.iter().find_map(|identifier| match &identifier.parts {
        Parts::Cpe(cpe) => {
            let product = cpe.product.as_deref()?.replace('_', " ");
            let vendor = cpe.vendor.as_deref().unwrap_or_default().replace('_', " ");
            Some(if product.starts_with(&vendor) { product } else { format!("{vendor} {product}") })
        }
        Parts::Purl(purl) => Some(purl.name.clone()),
        Parts::Plain(id) => {
            (identifier.kind == IdentifierKind::PackageId && !is_reverse_domain(id)).then(|| identifier.text.clone())
        }
        Parts::Broken => None,
    });
    named.map_or(Cow::Borrowed(""), Cow::Owned)
}

/// Returns whether an id has parts that are names.
fn is_dotted(id: &str) -> bool {
    id.split('.').filter(|part| !part.is_empty()).count() >= 2 && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Returns whether an id starts as a domain does when it is turned around.
fn is_reverse_domain(id: &str) -> bool {
    const TOP: [&str; 26] = [
        "ai", "app", "cn", "co", "com", "cz", "de", "dev", "edu", "eu", "fr", "gov", "im", "in", "io", "jp", "kr", "me", "net",
        "org", "ru", "sg", "tv", "uk", "us", "vn",
    ];
    let first = id.split('.').next().unwrap_or_default();
    TOP.iter().any(|top| top.eq_ignore_ascii_case(first)) && is_dotted(id) && !id.contains(['/', ':', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_name_their_owner_or_nobody() {
        for (purl, claim, named) in [
            ("pkg:golang/github.com/go-telegram-bot-api/telegram-bot-api@v4.6.4", Claim::Owner, Some("go-telegram-bot-api")),
            ("pkg:golang/gopkg.in/telegram-bot-api.v4", Claim::Owner, None),
            ("pkg:npm/%40alicloud/pop-core@1.7", Claim::Owner, Some("alicloud")),
            ("pkg:npm/node-telegram-bot-api@0.6", Claim::Package, None),
            ("pkg:pypi/dingtalk-sdk@1.0", Claim::Package, None),
            ("pkg:maven/com.dahuatech/sdk@1", Claim::Owner, Some("dahuatech")),
            ("pkg:deb/debian/telegram-desktop@4", Claim::Nothing, None),
            ("pkg:rpm/fedora/pango@1.50", Claim::Nothing, None),
            ("pkg:github/aliyun/oss-browser", Claim::Owner, Some("aliyun")),
        ] {
            let identifier = Identifier::read(IdentifierKind::Purl, purl);
            assert_eq!((Claim::of_one(&identifier), owner(&identifier)), (claim, named), "{purl}");
        }
        for (id, claim) in [
            ("com.acme.notes", Claim::App),
            ("Acme.Notes", Claim::App),
            ("telegram", Claim::Nothing),
            ("9NBLGGH5R558", Claim::Nothing),
        ] {
            assert_eq!(Claim::of_one(&Identifier::read(IdentifierKind::PackageId, id)), claim, "{id}");
        }
    }

    #[test]
    fn names_that_are_ids_are_read_as_such() {
        for (name, ids) in [
            (
                "github.com/aliyun/alibaba-cloud-sdk-go",
                "pkg:golang/github.com/aliyun/alibaba-cloud-sdk-go pkg:github/aliyun/alibaba-cloud-sdk-go",
            ),
            ("@alicloud/pop-core", "pkg:npm/%40alicloud/pop-core"),
            ("com.tencent.bugly:crashreport:4.1", "pkg:maven/com.tencent.bugly/crashreport"),
            ("com.zhiliaoapp.musically", "com.zhiliaoapp.musically"),
            ("Yandex.Disk", ""),
            ("Telegram.Bot", ""),
            ("README.md", ""),
            ("1C:Enterprise", ""),
            ("and/or", ""),
            ("Mail.ru Agent", ""),
        ] {
            let found: Vec<String> = written_as_id(name).into_iter().map(|id| id.text).collect();
            assert_eq!(found.join(" "), ids, "{name}");
        }
    }

    #[test]
    fn what_has_no_name_is_called_as_its_identifier_says() {
        for (kind, text, name) in [
            (IdentifierKind::Cpe, "cpe:2.3:a:kaspersky:endpoint_security:11:*:*:*:*:*:*:*", "kaspersky endpoint security"),
            (IdentifierKind::Cpe, "cpe:/a:zoom:zoom:4.4", "zoom"),
            (IdentifierKind::Purl, "pkg:npm/%40alicloud/pop-core@1.7", "pop-core"),
            (IdentifierKind::PackageId, "Kaspersky.KVRT", "Kaspersky.KVRT"),
            (IdentifierKind::PackageId, "com.zhiliaoapp.musically", ""),
            (IdentifierKind::BundleId, "com.kaspersky.kav", ""),
        ] {
            let identifiers = [Identifier::read(kind, text)];
            assert_eq!(product_name(Named { vendor: "", product: "", identifiers: &identifiers }), name, "{text}");
        }
    }
}
