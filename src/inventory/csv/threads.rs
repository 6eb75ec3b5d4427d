//! The rows of a large table, read by several threads.
//!
//! One thread cuts the table into pieces; the others read them, each into a part of the sink. What
//! comes of it is the same for any number of threads.

use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use super::texts::Texts;
use crate::inventory::Sink;
use crate::inventory::pieces::{Cut, Piece, Pieces};
use crate::inventory::records::Records;

/// A table of fewer pieces is read before threads would have begun.
const BY_ONE: usize = 2;
/// After so many stretches that are no pieces, the rest is read by one thread.
const MOST_STRETCHES: usize = 16;

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
    texts: &Texts<'l>,
    sinks: Vec<&mut (dyn Sink + Send)>,
) -> (Stop, Vec<Texts<'l>>) {
    let delimiter = pieces.delimiter();
    let (give, take) = mpsc::sync_channel(sinks.len());
    let (give_back, used) = mpsc::channel();
    let (take, is_stuck) = (Mutex::new(take), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (take, is_stuck) = (&take, &is_stuck);
        let threads: Vec<_> = sinks
            .into_iter()
            .map(|sink| {
                let (give_back, texts) = (give_back.clone(), texts.part());
                scope.spawn(move || read_pieces(take, &give_back, is_stuck, delimiter, texts, sink))
            })
            .collect();
        let mut stop = Stop::Foreign;
        while !is_stuck.load(Ordering::Relaxed) {
            if let Ok(buffer) = used.try_recv() {
                pieces.reuse(buffer);
            }
            stop = match pieces.next() {
                Ok(Cut::Piece(piece)) => match give.send(piece) {
                    Ok(()) => continue,
                    // All threads are gone; they tell why when they are joined.
                    Err(_) => Stop::End,
                },
                Ok(Cut::End) => Stop::End,
                Ok(Cut::Long) => Stop::Long,
                Err(error) => Stop::Failed(error),
            };
            break;
        }
        drop(give);
        let parts = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (stop, parts.collect())
    })
}

/// Reads pieces until there are no more.
fn read_pieces<'l>(
    take: &Mutex<Receiver<Piece>>,
    give_back: &Sender<Vec<u8>>,
    is_stuck: &AtomicBool,
    delimiter: Option<u8>,
    mut texts: Texts<'l>,
    sink: &mut dyn Sink,
) -> Texts<'l> {
    loop {
        // A lock is poisoned where another thread panicked, which ends the run.
        let Some(piece) = take.lock().ok().and_then(|take| take.recv().ok()) else { return texts };
        let mut records = Records::piece(piece, delimiter);
        // A piece is in memory: reading it cannot fail.
        let _ = texts.all(&mut records, sink);
        if texts.is_stuck() {
            is_stuck.store(true, Ordering::Relaxed);
        }
        // Nobody takes it any more at the end.
        let _ = give_back.send(records.into_buffer());
    }
}
