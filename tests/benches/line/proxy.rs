//! A line of one's own: what passes through is counted, comes late and comes slowly.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// What a line is like, either way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) latency: Duration,
    pub(crate) bytes_per_second: Option<u32>,
}

/// Hands on what comes at its port to another.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
    /// Bytes that came out at the end of the line, from the server.
    down: Arc<AtomicUsize>,
    /// Bytes from the server that are on the line.
    waiting: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) fn start(to: u16, quality: Quality) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            open: Arc::default(),
            down: Arc::default(),
            waiting: Arc::default(),
        };
        let (open, down, waiting) = (proxy.open.clone(), proxy.down.clone(), proxy.waiting.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                    open.lock().unwrap().push(stream.try_clone().unwrap());
                }
                let (to_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                pass(server, to_client, quality, down.clone(), waiting.clone());
                pass(client, to_server, quality, Arc::default(), Arc::default());
            }
        });
        proxy
    }

    /// Bytes that have come from the server.
    pub(crate) fn bytes(&self) -> usize {
        self.down.load(Ordering::SeqCst)
    }

    /// Bytes from the server that are still on their way.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Breaks all connections.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Takes everything at once, as buffers on the way do, and gives it out as the line is.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    Quality { latency, bytes_per_second }: Quality,
    passed: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
) {
    let (enter, leave) = mpsc::channel::<(Instant, Vec<u8>)>();
    let counter = waiting.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            counter.fetch_add(count, Ordering::SeqCst);
            let _ = enter.send((Instant::now() + latency, buffer[..count].to_vec()));
        }
    });
    std::thread::spawn(move || {
        for (when, bytes) in leave {
            std::thread::sleep(when.saturating_duration_since(Instant::now()));
            let piece = bytes_per_second.map_or(bytes.len(), |rate| rate as usize / 20).max(1);
            for piece in bytes.chunks(piece) {
                if let Some(rate) = bytes_per_second {
                    std::thread::sleep(Duration::from_secs_f64(piece.len() as f64 / f64::from(rate)));
                }
                waiting.fetch_sub(piece.len(), Ordering::SeqCst);
                passed.fetch_add(piece.len(), Ordering::SeqCst);
                if to.write_all(piece).is_err() {
                    return;
                }
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
