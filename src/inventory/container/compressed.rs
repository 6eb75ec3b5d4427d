//! Compressed files: one stream of bytes in, the unpacked one out.

use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Bounds, Bytes, Damage, Packed, PackedState, Unpacked};

/// Unpacks gzip: one member after the other.
pub(super) fn gzip<'a>(bytes: &'a mut dyn Read, bounds: &'a Bounds) -> impl Bytes + 'a {
    let packed = Rc::new(PackedState::default());
    let input = BufReader::new(Packed { inner: bytes, state: Rc::clone(&packed) });
    Unpacked { inner: MultiGzDecoder::new(input), what: "gzip data", packed, given: 0, bounds }
}

/// Unpacks Zstandard: one frame after the other.
pub(super) fn zstandard<'a>(bytes: &'a mut dyn Read, bounds: &'a Bounds) -> impl Bytes + 'a {
    let packed = Rc::new(PackedState::default());
    let input = BufReader::new(Packed { inner: bytes, state: Rc::clone(&packed) });
    let frames = Frames { input, decoder: FrameDecoder::new(), in_frame: false };
    Unpacked { inner: frames, what: "Zstandard data", packed, given: 0, bounds }
}

/// The frames of a Zstandard file; what is to be skipped is.
struct Frames<R> {
    input: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Frames<R> {
    /// Goes on to the next frame; false at the end of the file.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.input) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let skipped = io::copy(&mut self.input.by_ref().take(u64::from(length)), &mut io::sink())?;
                    if skipped < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok(false)
    }

    fn failure(&mut self, error: FrameDecoderError) -> io::Error {
        // The decoder does not say that bytes are missing; they are where none are left.
        match (self.input.fill_buf(), &error) {
            (_, FrameDecoderError::WindowSizeTooBig { .. }) => {
                Damage::error("the Zstandard data asks for a window of more than 128 MiB; unpack it yourself")
            }
            (_, FrameDecoderError::DictNotProvided { .. }) => {
                Damage::error("the Zstandard data was made with a dictionary, which is not here; unpack it yourself")
            }
            (Ok([]), _) => io::ErrorKind::UnexpectedEof.into(),
            (Err(error), _) => error,
            _ => io::Error::other(error.to_string()),
        }
    }

    /// Whether the frame's checksum, where it has one, is not that of what was unpacked.
    fn is_wrong(&self) -> bool {
        let told = self.decoder.get_checksum_from_data();
        told.is_some() && told != self.decoder.get_calculated_checksum()
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.begin()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.in_frame = false;
                if self.is_wrong() {
                    return Err(io::Error::other("its checksum is wrong"));
                }
                continue;
            }
            if let Err(error) = self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1)) {
                return Err(self.failure(error));
            }
        }
    }
}
