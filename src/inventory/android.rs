//! Packages of an Android device: `pm list packages` with any of its options, and `dumpsys package`.

use super::sniff::Input;
use super::text::{Item, Lines};
use super::{Error, Options, Reader, Sink, Understood, Unread, clip};

/// Reads lists of Android packages.
pub(super) struct Android;

impl Reader for Android {
    fn name(&self) -> &'static str {
        "android"
    }

    fn description(&self) -> &'static str {
        "Android packages: `pm list packages`, `dumpsys package`"
    }

    fn claims(&self, input: &Input<'_>, _: &Options) -> bool {
        let lines = input.first_lines(200);
        let listed = lines.iter().filter(|line| listed(line).is_some()).count();
        listed > 0 && listed * 10 >= lines.len() * 9 || is_dump(input)
    }

    fn read(&self, input: Input<'_>, _: &Options, sink: &mut dyn Sink) -> Result<Understood, Error> {
        let understood = Understood::new(input.encoding);
        if is_dump(&input) { dump(input, sink) } else { list(input, sink) }?;
        Ok(understood)
    }
}

fn list(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    while let Some((line, text)) = lines.next(sink)? {
        match listed(text) {
            Some((id, version)) => {
                Item::package(id, version).hand_on(line, sink);
            }
            None if text.is_empty() || text.starts_with("* daemon ") => {}
            None => sink.unread(Unread::at(line, format!("the line is no package: {}", clip::quote(text)))),
        }
    }
    lines.finish(sink);
    Ok(())
}

/// `package:/data/app/…/base.apk=com.example.app  installer=… versionCode:123`.
fn listed(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim().strip_prefix("package:")?.split_whitespace();
    let first = words.next()?;
    let id = first.rsplit('=').next().filter(|_| first.starts_with('/')).unwrap_or(first);
    let version = words.find_map(|word| word.strip_prefix("versionCode:")).unwrap_or_default();
    is_id(id).then_some((id, version))
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte))
}

fn is_dump(input: &Input<'_>) -> bool {
    let lines = input.first_lines(400);
    lines.iter().any(|line| dumped(line).is_some()) || lines.iter().any(|line| line.starts_with("Activity Resolver Table:"))
}

/// `  Package [com.example.app] (1a2b3c):`.
fn dumped(line: &str) -> Option<&str> {
    let (id, rest) = line.trim_start().strip_prefix("Package [")?.split_once(']')?;
    (is_id(id) && rest.trim().starts_with('(')).then_some(id)
}

fn dump(input: Input<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut lines = Lines::new(input);
    let mut present: Option<(u64, Item)> = None;
    let give = |present: Option<(u64, Item)>, sink: &mut dyn Sink| {
        if let Some((line, item)) = present {
            item.hand_on(line, sink);
        }
    };
    while let Some((line, text)) = lines.next(sink)? {
        if let Some(id) = dumped(text) {
            give(present.take(), sink);
            present = Some((line, Item::package(id, "")));
        } else if let (Some(version), Some((_, item))) = (text.trim_start().strip_prefix("versionName="), &mut present)
            && item.version.is_empty()
        {
            version.clone_into(&mut item.version);
        } else if text.starts_with("Hidden system packages:") {
            // The versions that an update stands over; they are not what runs.
            break;
        }
    }
    give(present, sink);
    lines.finish(sink);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::gather;
    use super::*;

    #[test]
    fn lists_and_dumps_name_the_same() {
        let list = "package:/data/app/~~x==/com.zhiliaoapp.musically-1==/base.apk=com.zhiliaoapp.musically  installer=com.android.vending\npackage:com.tencent.mm versionCode:2480\n";
        let dump = "Packages:\n  Package [com.zhiliaoapp.musically] (6b3a):\n    userId=10\n    versionName=36.1.3\n  Package [com.tencent.mm] (6b3b):\n    versionName=8.0\n\nHidden system packages:\n  Package [com.tencent.mm] (1):\n";
        for text in [list, dump] {
            let (result, found) = gather("x.txt", text.as_bytes(), &Options::default());
            assert_eq!(result.expect("read").format.name(), "android");
            let rows: Vec<_> = found.rows.iter().map(|row| row.product.as_str()).collect();
            assert_eq!(rows, ["com.zhiliaoapp.musically", "com.tencent.mm"]);
            assert_eq!(found.unread, []);
        }
    }
}
