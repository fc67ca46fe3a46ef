//! An SSH server for a moment: on this machine alone, with keys that are thrown away.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

/// It runs as long as this value lives.
pub(crate) struct Server {
    pub(crate) port: u16,
    folder: tempfile::TempDir,
    child: Child,
}

impl Server {
    /// Starts one; `Err` says why there is none.
    pub(crate) fn start() -> Result<Self, String> {
        let program =
            ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].iter().find(|path| Path::new(path).exists());
        let program = program.ok_or("there is no sshd (Debian: openssh-server)")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.path().join(name))
                .status()
                .map_err(|error| format!("ssh-keygen: {error}"))?;
            if !made.success() {
                return Err("ssh-keygen makes no keys".to_owned());
            }
        }
        std::fs::copy(folder.path().join("user.pub"), folder.path().join("allowed"))
            .map_err(|error| error.to_string())?;
        // Where root's servers lock themselves in.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).unwrap().port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile {}\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nPrintMotd no\n",
            at("host"),
            at("allowed"),
            at("pid")
        );
        std::fs::write(folder.path().join("config"), config).map_err(|error| error.to_string())?;
        let child = Command::new(program)
            .arg("-D")
            .arg("-f")
            .arg(folder.path().join("config"))
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begin.elapsed() > Duration::from_secs(5) {
                return Err(format!("{program} does not listen"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { port, folder, child })
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// The command that opens the dashboard on a directory over SSH, at a port that leads here.
    pub(crate) fn dashboard(&self, port: u16, directory: &Path) -> CommandBuilder {
        let mut command = CommandBuilder::new("ssh");
        command.args(["-tt", "-q", "-p", &port.to_string(), "-i"]);
        command.arg(self.key());
        for option in ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"] {
            command.args(["-o", option]);
        }
        command.arg("127.0.0.1");
        command.arg(format!(
            "COLORTERM=truecolor LC_ALL=C.UTF-8 {} --dir {}",
            assert_cmd::cargo::cargo_bin!("rungs").display(),
            directory.display()
        ));
        command.env("TERM", "xterm-256color");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
