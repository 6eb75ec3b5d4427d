//! The rows of a large table, read by several threads.
//!
//! One thread cuts the table into pieces; all read them, each into a part of the sink. What comes of
//! it is the same for any number of threads.

use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, TrySendError};

use super::texts::Texts;
use crate::inventory::Sink;
use crate::inventory::pieces::{Cut, Piece, Pieces};
use crate::inventory::records::Records;

/// A table of fewer pieces is read before threads would have begun.
const BY_ONE: usize = 2;
/// After so many stretches that are no pieces, the rest is read by one thread.
const MOST_STRETCHES: usize = 16;

/// So many more pieces wait than there are threads that take them.
const AHEAD: usize = 1;

/// Why the threads stopped.
#[derive(Debug, Default)]
enum Stop {
    /// There is no more.
    #[default]
    End,
    /// A stretch can be read as a stream only.
    Long,
    /// Rows are not UTF-8, and one thread has to tell what they are.
    Foreign,
    Failed(io::Error),
}

/// Reads all that is left of a table.
pub(super) fn read<R: Read>(mut pieces: Pieces<R>, threads: usize, texts: &mut Texts<'_>, sink: &mut dyn Sink) -> io::Result<()> {
    let mut stretches = 0;
    let mut by_one = BY_ONE;
    loop {
        for _ in 0..by_one {
            match pieces.next()? {
                Cut::Piece(piece) => texts.all(&mut Records::piece(piece, pieces.delimiter()), sink)?,
                Cut::Long => stream(&mut pieces, texts, sink)?,
                Cut::End => return Ok(()),
            }
        }
        pieces.lengthen();
        let (mut stop, mut parts) = (Stop::End, Vec::new());
        let is_split = sink.split(threads, &mut |sinks| (stop, parts) = share_out(&mut pieces, texts, sinks));
        texts.absorb(parts, sink);
        match stop {
            Stop::Failed(error) => return Err(error),
            Stop::End if is_split => return Ok(()),
            Stop::Long if stretches < MOST_STRETCHES => {
                stream(&mut pieces, texts, sink)?;
                stretches += 1;
                by_one = 0;
            }
            Stop::Foreign if !texts.is_undecided() => by_one = 0,
            _ => by_one = usize::MAX,
        }
    }
}

fn stream<R: Read>(pieces: &mut Pieces<R>, texts: &mut Texts<'_>, sink: &mut dyn Sink) -> io::Result<()> {
    pieces.stream(|records| {
        let step = records.step()?;
        if let Some(step) = step {
            texts.step(step, records, sink);
        }
        Ok(step.is_some())
    })
}

/// Has each piece read into one of the sinks. Returns why that ended, and what the threads know besides.
fn share_out<'l, R: Read>(
    pieces: &mut Pieces<R>,
    texts: &mut Texts<'l>,
    mut sinks: Vec<&mut (dyn Sink + Send)>,
) -> (Stop, Vec<Texts<'l>>) {
    let delimiter = pieces.delimiter();
    // This thread reads pieces as well, when there are enough for the others: with a thread more than processors they
    // would keep driving each other from them.
    let Some(own_sink) = sinks.pop() else { return (Stop::Foreign, Vec::new()) };
    let mut own = texts.part(own_sink);
    let (give, take) = mpsc::sync_channel(sinks.len() + AHEAD);
    let (give_back, used) = mpsc::channel();
    let (take, is_stuck) = (Mutex::new(take), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (take, is_stuck) = (&take, &is_stuck);
        let threads: Vec<_> = sinks
            .into_iter()
            .map(|sink| {
                let (give_back, mut texts) = (give_back.clone(), texts.part(sink));
                scope.spawn(move || {
                    // A lock is poisoned where another thread panicked, which ends the run.
                    while let Some(piece) = take.lock().ok().and_then(|take| take.recv().ok()) {
                        // Nobody takes it any more at the end.
                        let _ = give_back.send(read_piece(piece, delimiter, &mut texts, sink, is_stuck));
                    }
                    texts
                })
            })
            .collect();
        let mut stop = Stop::Foreign;
        while !is_stuck.load(Ordering::Relaxed) {
            if let Ok(buffer) = used.try_recv() {
                pieces.reuse(buffer);
            }
            stop = match pieces.next() {
                Ok(Cut::Piece(piece)) => match give.try_send(piece) {
                    Ok(()) => continue,
                    Err(TrySendError::Full(piece)) => {
                        pieces.reuse(read_piece(piece, delimiter, &mut own, own_sink, is_stuck));
                        continue;
                    }
                    Err(TrySendError::Disconnected(_)) => unreachable!("the other end is held here"),
                },
                Ok(Cut::End) => Stop::End,
                Ok(Cut::Long) => Stop::Long,
                Err(error) => Stop::Failed(error),
            };
            break;
        }
        drop(give);
        let parts = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (stop, parts.chain([own]).collect())
    })
}

/// Reads a piece. Returns its buffer.
fn read_piece(piece: Piece, delimiter: Option<u8>, texts: &mut Texts<'_>, sink: &mut dyn Sink, is_stuck: &AtomicBool) -> Vec<u8> {
    texts.look();
    let mut records = Records::piece(piece, delimiter);
    // A piece is in memory: reading it cannot fail.
    let _ = texts.all(&mut records, sink);
    if texts.is_stuck() {
        is_stuck.store(true, Ordering::Relaxed);
    }
    records.into_buffer()
}
