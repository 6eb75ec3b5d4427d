//! Servers on this machine that notices are sent to: for requests and for mail, open or protected.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it arrived.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: String,
    pub(super) at: Instant,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// How the server answers one request after the other; the last one holds for all that follow.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// With a status.
    Status(u16),
    /// With a status, and when it wants to be asked again.
    Later(u16, &'static str),
    /// Not at all.
    Hang,
}

/// How a server protects its connections.
#[derive(Clone)]
pub(super) enum Tls {
    /// Not at all.
    None,
    /// From the first byte on.
    Implicit(Arc<ServerConfig>),
    /// A mail server: once it is asked to.
    Starttls(Arc<ServerConfig>),
}

/// What bytes go through.
trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

fn protected(stream: TcpStream, config: &Arc<ServerConfig>) -> Box<dyn Line> {
    let connection = ServerConnection::new(config.clone()).expect("a connection");
    Box::new(StreamOwned::new(connection, stream))
}

fn listen() -> (u16, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    (listener.local_addr().expect("an address").port(), listener)
}

/// Starts a server. Returns its port, and what arrives.
pub(super) fn http(answers: Vec<Answer>, tls: Tls) -> (u16, Receiver<Request>) {
    let (port, listener) = listen();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let (mut held, mut number) = (Vec::new(), 0);
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            let line: Box<dyn Line> = match &tls {
                Tls::Implicit(config) => protected(stream, config),
                _ => Box::new(stream),
            };
            let mut reader = BufReader::new(line);
            // Whoever does not trust the server says nothing.
            let Some(request) = read_request(&mut reader) else {
                let _ = reader.get_mut().write_all(b"HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n");
                continue;
            };
            let answer = answers.get(number).or(answers.last()).expect("one");
            number += 1;
            if sender.send(request).is_err() {
                return;
            }
            let (status, more) = match answer {
                Answer::Status(status) => (status, String::new()),
                Answer::Later(status, when) => (status, format!("Retry-After: {when}\r\n")),
                Answer::Hang => {
                    held.push(reader);
                    continue;
                }
            };
            let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{more}Connection: close\r\n\r\n");
            let _ = reader.get_mut().write_all(text.as_bytes());
            let _ = reader.get_mut().flush();
        }
    });
    (port, receiver)
}

fn read_request(reader: &mut BufReader<Box<dyn Line>>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
    }
    let request = Request { head, body: String::new(), at: Instant::now() };
    let length = request.header("Content-Length").and_then(|text| text.parse().ok()).expect("a length");
    let mut body = vec![0; length];
    // Whoever was killed meanwhile has said half of it.
    reader.read_exact(&mut body).ok()?;
    Some(Request { body: String::from_utf8(body).expect("text"), ..request })
}

/// A mail as it arrived.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// As it was sent, with the dot at its end.
    pub(super) text: String,
    /// What was said before, protected or not: the commands, each with whether nobody could listen.
    pub(super) said: Vec<(bool, String)>,
}

/// Takes one mail after the other. Returns the port, and each conversation, whether or not a mail came of it.
pub(super) fn smtp(tls: Tls) -> (u16, Receiver<Mail>) {
    let (port, listener) = listen();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (tls, sender) = (tls.clone(), sender.clone());
            let stream = stream.expect("a connection");
            thread::spawn(move || talk(stream, &tls, &sender));
        }
    });
    (port, receiver)
}

fn talk(stream: TcpStream, tls: &Tls, sender: &Sender<Mail>) {
    let raw = stream.try_clone().expect("a copy");
    let mut is_protected = matches!(tls, Tls::Implicit(_));
    let line: Box<dyn Line> = match tls {
        Tls::Implicit(config) => protected(stream, config),
        _ => Box::new(stream),
    };
    let mut reader = BufReader::new(line);
    let mut mail = Mail::default();
    let mut told = String::new();
    say(&mut reader, "220 here");
    while reader.read_line(&mut told).unwrap_or(0) > 0 {
        mail.said.push((is_protected, told.trim_end().to_owned()));
        let word = told.split_whitespace().next().unwrap_or_default().to_uppercase();
        match (word.as_str(), tls) {
            ("EHLO", Tls::Starttls(_)) if !is_protected => say(&mut reader, "250-here\r\n250 STARTTLS"),
            ("EHLO", _) => say(&mut reader, "250-here\r\n250 AUTH PLAIN LOGIN"),
            ("STARTTLS", Tls::Starttls(config)) => {
                say(&mut reader, "220 go on");
                reader = BufReader::new(protected(raw.try_clone().expect("a copy"), config));
                is_protected = true;
            }
            ("AUTH", _) => say(&mut reader, "235 welcome"),
            ("DATA", _) => {
                say(&mut reader, "354 go on");
                while !mail.text.ends_with("\r\n.\r\n") && reader.read_line(&mut mail.text).unwrap_or(0) > 0 {}
                say(&mut reader, "250 taken");
                let _ = sender.send(std::mem::take(&mut mail));
            }
            ("QUIT", _) => say(&mut reader, "221 bye"),
            _ => say(&mut reader, "250 fine"),
        }
        told.clear();
    }
    if !mail.said.is_empty() {
        let _ = sender.send(mail);
    }
}

fn say(reader: &mut BufReader<Box<dyn Line>>, text: &str) {
    let _ = reader.get_mut().write_all(format!("{text}\r\n").as_bytes());
    let _ = reader.get_mut().flush();
}

/// Waits for what arrives.
pub(super) fn next<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(20)).expect("something arrives")
}
