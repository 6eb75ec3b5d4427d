//! Who makes a package, of those whom its metadata names.
//!
//! Packages of a Linux distribution name their maintainer or the distribution's own vendor: they
//! packed it, and somebody else made it. Taken for the maker they would hide who that is. A maintainer
//! is believed where an organisation speaks for itself: its mail address bears its name.

/// Package types of the purl specification whose packages a distribution makes of other people's work.
const DISTRIBUTED: &[&str] = &["deb", "rpm", "apk", "alpm", "qpkg", "opkg"];
/// How the names of distributions begin, in lower case.
const DISTRIBUTIONS: &[&str] = &[
    "alma",
    "alpine",
    "amazon linux",
    "amazon.com",
    "arch linux",
    "centos",
    "chainguard",
    "debian",
    "devuan",
    "epel",
    "fedora",
    "gentoo",
    "kali",
    "manjaro",
    "opensuse",
    "openwrt",
    "oracle linux",
    "photon",
    "raspberry pi",
    "raspbian",
    "red hat",
    "redhat",
    "rocky",
    "rpm fusion",
    "suse",
    "ubuntu",
    "void linux",
    "wolfi",
];

/// What is said of the one who is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A person.
    Person,
    /// An organisation, or nobody says which.
    Any,
}

/// Returns who makes a package: the name without its addresses, or nothing where that is who packs it.
pub(super) fn maker<'a>(text: &'a str, named: Named, purl: &str) -> &'a str {
    let (name, address) = without_addresses(text);
    if !is_distributed(purl) {
        return name;
    }
    let lower = name.to_lowercase();
    if DISTRIBUTIONS.iter().any(|distribution| lower.starts_with(distribution)) {
        return "";
    }
    match address.and_then(|address| address.rsplit_once('@')) {
        Some((_, domain)) if bears(&domain.to_lowercase(), &lower) => name,
        Some(_) => "",
        None if named == Named::Person => "",
        None => name,
    }
}

/// Returns whether a purl is that of a package of a distribution.
fn is_distributed(purl: &str) -> bool {
    let kind = purl.strip_prefix("pkg:").map(|rest| rest.trim_start_matches('/')).and_then(|rest| rest.split('/').next());
    kind.is_some_and(|kind| DISTRIBUTED.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Returns whether a domain bears a word of a name.
fn bears(domain: &str, name: &str) -> bool {
    let labels: Vec<_> = domain.split(['.', '-']).collect();
    let public = ["gmail", "googlemail", "outlook", "hotmail", "yahoo", "mail", "com", "net", "org", "lists", "the", "and", "inc"];
    name.split(|letter: char| !letter.is_alphanumeric())
        .any(|word| word.len() > 2 && !public.contains(&word) && labels.contains(&word))
}

/// Splits the addresses off the end of `Name <mail> (address)`. Returns the first of them as well.
fn without_addresses(text: &str) -> (&str, Option<&str>) {
    let (mut name, mut address) = (text.trim(), None);
    loop {
        let (open, close) = if name.ends_with('>') {
            ('<', '>')
        } else if name.ends_with(')') {
            ('(', ')')
        } else {
            break;
        };
        let Some((before, inner)) = name.rsplit_once(open) else { break };
        let inner = inner.trim_end_matches(close).trim();
        // Other brackets belong to the name, as in `Example (UK)`.
        if open == '(' && !inner.is_empty() && !inner.contains('@') && !inner.contains("://") {
            break;
        }
        if inner.contains('@') {
            address = Some(inner);
        }
        name = before.trim_end();
    }
    let is_address = |text: &str| text.contains('@') && !text.contains(char::is_whitespace) && !text.starts_with('@');
    if is_address(name) { ("", Some(name)) } else { (name, address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_part_of_a_name() {
        let name = |text| maker(text, Named::Any, "pkg:npm/x");
        assert_eq!(name("Jane Doe <jane@example.com> (https://example.com)"), "Jane Doe");
        assert_eq!(name("Example ()"), "Example");
        assert_eq!(name("Example (UK) Ltd. (info@example.com)"), "Example (UK) Ltd.");
        assert_eq!(name("Example (UK)"), "Example (UK)");
        assert_eq!(name("<jane@example.com>"), "");
        assert_eq!(name("jane@example.com"), "");
        assert_eq!(name("@angular"), "@angular");
        assert_eq!(name("Broken <"), "Broken <");
        assert_eq!(name(">"), ">");
    }

    #[test]
    fn who_packs_is_not_who_makes() {
        let name = |text| maker(text, Named::Any, "pkg:deb/debian/x@1");
        assert_eq!(name("Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>"), "");
        assert_eq!(name("Natanael Copa <ncopa@alpinelinux.org>"), "");
        assert_eq!(name("John Doe <john.doe@gmail.com>"), "");
        assert_eq!(name("Kaspersky Lab <support@kaspersky.com>"), "Kaspersky Lab");
        assert_eq!(name("Yandex Browser Team for Linux <browser@yandex-team.ru>"), "Yandex Browser Team for Linux");
        assert_eq!(maker("Red Hat, Inc.", Named::Any, "pkg:rpm/redhat/openssl"), "");
        assert_eq!(maker("Kaspersky Lab", Named::Any, "pkg:rpm/redhat/kesl"), "Kaspersky Lab");
        assert_eq!(maker("Jane Doe", Named::Person, "pkg:apk/alpine/x"), "");
        assert_eq!(maker("Jane Doe", Named::Person, "pkg:pypi/x"), "Jane Doe");
        assert_eq!(maker("Red Hat, Inc.", Named::Any, ""), "Red Hat, Inc.");
    }
}
