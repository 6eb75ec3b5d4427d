//! A progress bar for long inputs; on a terminal only.

use std::io::{self, Read};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use interdict::inventory::{Bytes, Whole};

/// Files shorter than this are read before a bar could be seen.
const WORTH_SHOWING: u64 = 16 << 20;

/// Reads bytes and moves a bar.
pub(crate) struct Progress<R> {
    inner: R,
    bar: ProgressBar,
    pending: u64,
}

impl<R> Progress<R> {
    /// Wraps an input of a known length; `shown`: whether a bar may be drawn at all.
    pub(crate) fn new(inner: R, name: &str, length: Option<u64>, shown: bool) -> Self {
        let worth = length.is_none_or(|length| length >= WORTH_SHOWING);
        let bar = match length {
            _ if !shown || !worth => ProgressBar::hidden(),
            Some(length) => {
                ProgressBar::new(length).with_style(style("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}"))
            }
            None => ProgressBar::new_spinner().with_style(style("{msg} {spinner} {bytes} {bytes_per_sec}")),
        };
        bar.set_message(interdict::diag::printable(name));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { inner, bar, pending: 0 }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.pending += count as u64;
        if self.pending >= 1 << 20 || count == 0 {
            self.bar.inc(self.pending);
            self.pending = 0;
        }
        Ok(count)
    }
}

impl<R: Bytes> Bytes for Progress<R> {
    fn whole(&self) -> Option<Whole> {
        let whole = self.inner.whole()?;
        if self.bar.is_hidden() {
            return Some(whole);
        }
        let bar = self.bar.clone();
        // Parts of it may be read twice.
        Some(whole.watched(move |count| bar.inc(count.min(bar.length().unwrap_or(u64::MAX).saturating_sub(bar.position())))))
    }
}

impl<R> Drop for Progress<R> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
