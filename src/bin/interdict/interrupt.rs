//! Ctrl-C while files are written: the half-written file is taken away, and nothing else changes.
//!
//! Before the first file is begun there is nothing to take away, and the signal ends the program as
//! it ends any other.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static STOPPED: AtomicBool = AtomicBool::new(false);
static WATCH: Once = Once::new();

/// How a program ends that was interrupted, as shells have it.
pub(crate) const EXIT: u8 = 130;

/// Returns whether the program was asked to stop while it wrote.
pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// A file that is written until the program is asked to stop. Whoever writes it gives up then.
pub(crate) struct Interruptible<'a>(&'a mut dyn Write);

impl<'a> Interruptible<'a> {
    /// Begins a file. From now on, the signal no longer ends the program by itself.
    pub(crate) fn new(file: &'a mut dyn Write) -> Self {
        // Where there is no way to know of the signal, it ends the program as before.
        WATCH.call_once(|| drop(ctrlc::set_handler(|| STOPPED.store(true, Ordering::Relaxed))));
        Self(file)
    }
}

impl Write for Interruptible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_stopped() {
            // Not `Interrupted`, which means to try again.
            return Err(io::Error::other("the program was asked to stop"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
