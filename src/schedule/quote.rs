//! One text in the quotation of each format. None gets a line break or a control character: the plan
//! refuses these.

use std::fmt::Write;

/// Returns a word for a POSIX shell. No backslash is needed, since cron has its own ideas of these.
pub(super) fn shell(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

/// Returns a command for a crontab, where a bare `%` ends it.
pub(super) fn crontab(command: &str) -> String {
    command.replace('%', "\\%")
}

/// Returns a word for a setting of systemd. The program of `ExecStart` and paths take no variables.
pub(super) fn systemd(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// Returns a word after the program in `ExecStart`, where `$` begins a variable.
pub(super) fn systemd_argument(text: &str) -> String {
    systemd(text).replace('$', "$$")
}

/// Returns text for XML, within an element.
pub(super) fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The same in ASCII: then it does not matter which encoding a file was saved in.
pub(super) fn xml_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in xml(text).chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "&#{};", u32::from(letter));
        }
    }
    out
}

/// Returns a text for YAML: JSON strings are among its double-quoted ones.
pub(super) fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
