//! What the dashboard costs on a line over SSH, and how it does on a bad one: 300 ms either way, 4 KiB a second.
//! `cargo bench --bench line`; without an SSH server on this machine it says so and ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark says what it found")]
#![allow(dead_code, reason = "the tests of the dashboard use the rest of the terminal")]

#[path = "../../dashboard/terminal.rs"]
mod terminal;
#[path = "../../dashboard/workplace.rs"]
mod workplace;

mod proxy;
mod server;

use std::time::{Duration, Instant};

use proxy::{Proxy, Quality};
use server::Server;
use terminal::{Line, Terminal};
use workplace::{Live, rungs, with_runs};

const GOOD: Quality = Quality { latency: Duration::ZERO, bytes_per_second: None };
const BAD: Quality = Quality { latency: Duration::from_millis(300), bytes_per_second: Some(4096) };

fn main() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(problem) => return println!("skipped: {problem}"),
    };
    bytes(&server);
    bad_line(&server);
    lost_connection(&server);
}

fn open(server: &Server, proxy: &Proxy, directory: &std::path::Path) -> Terminal {
    Terminal::over(Line::default(), server.dashboard(proxy.port, directory), 120, 40)
}

/// Bytes a second at rest and while something trains, at the terminal and on the connection.
fn bytes(server: &Server) {
    let proxy = Proxy::start(server.port, GOOD);
    let folder = with_runs();
    let terminal = open(server, &proxy, folder.path());
    terminal.wait_for("digits-2");
    std::thread::sleep(Duration::from_secs(3));
    println!("first screen        {:>7} bytes at the terminal", terminal.bytes());
    rate("at rest", &terminal, &proxy, 20);
    terminal.send("q");
    let live = Live::start();
    let proxy = Proxy::start(server.port, GOOD);
    let terminal = open(server, &proxy, live.path());
    terminal.wait_for("running");
    std::thread::sleep(Duration::from_secs(3));
    rate("while it trains", &terminal, &proxy, 40);
}

fn rate(what: &str, terminal: &Terminal, proxy: &Proxy, seconds: u32) {
    let before = (terminal.bytes(), proxy.bytes());
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let per_second = |bytes: usize| bytes as f64 / f64::from(seconds);
    println!(
        "{what:<19} {:>7.0} bytes a second at the terminal, {:.0} on the connection",
        per_second(terminal.bytes() - before.0),
        per_second(proxy.bytes() - before.1)
    );
}

fn bad_line(server: &Server) {
    let live = Live::start();
    let proxy = Proxy::start(server.port, BAD);
    let begin = Instant::now();
    let mut terminal = open(server, &proxy, live.path());
    while terminal.bytes() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // The handshake is SSH's own.
    println!("bad line: logged in {:>7.2} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    terminal.wait_for("running");
    terminal.wait_for("quit");
    println!("first screen        {:>7.2} s", begin.elapsed().as_secs_f64());
    std::thread::sleep(Duration::from_secs(3));

    let mut waits = Vec::new();
    for _ in 0..6 {
        for (key, shown) in [(":", true), ("\x1b", false)] {
            let begin = Instant::now();
            terminal.send(key);
            terminal.wait_until("the palette", |screen| screen.contains("Commands") == shown);
            waits.push(begin.elapsed().as_secs_f64());
            std::thread::sleep(Duration::from_millis(700));
        }
    }
    waits.sort_by(f64::total_cmp);
    println!("a key is seen after {:>7.2} s (median; at most {:.2} s)", waits[waits.len() / 2], waits[waits.len() - 1]);

    let (begin, mut most) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_secs(8) {
        for key in ["m", "\t", "?", "j", "\x1b"] {
            terminal.send(key);
            std::thread::sleep(Duration::from_millis(20));
            most = most.max(proxy.waiting());
        }
    }
    let begin = Instant::now();
    terminal.send("\x1b\x1b1:");
    terminal.wait_for("Commands");
    println!(
        "leaning on keys     {most:>7} bytes under way at most; then a key is seen after {:.2} s",
        begin.elapsed().as_secs_f64()
    );
    let begin = Instant::now();
    terminal.send("\x03");
    terminal.wait_for("on in the background");
    println!("left after          {:>7.2} s", begin.elapsed().as_secs_f64());
    terminal.wait_for_end();
}

fn lost_connection(server: &Server) {
    let live = Live::start();
    let proxy = Proxy::start(server.port, GOOD);
    let terminal = open(server, &proxy, live.path());
    terminal.wait_for("running");
    let processes = || {
        let found = std::process::Command::new("pgrep")
            .args(["-f", &format!("rungs --dir {}$", live.path().display())])
            .output()
            .unwrap();
        String::from_utf8(found.stdout).unwrap().lines().count()
    };
    assert!(processes() > 0, "the dashboard is not found among the processes");
    proxy.cut();
    let begin = Instant::now();
    while processes() > 0 {
        assert!(begin.elapsed() < Duration::from_mins(1), "the dashboard stays");
        std::thread::sleep(Duration::from_millis(20));
    }
    let goes_on = rungs(live.path(), &["show", "digits-1", "--json"]).contains("\"running\"");
    println!(
        "connection lost     {:>7.2} s until the dashboard has ended; the run goes on: {goes_on}",
        begin.elapsed().as_secs_f64()
    );
}
