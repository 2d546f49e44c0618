//! Servers as processes of their own.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A server that listens. It ends with this value.
pub struct Server {
    pub name: String,
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// hyper, nothing around it.
    pub fn bare() -> Result<Self> {
        Self::of_this_program("bare")
    }

    /// The product's server with a point that answers a fixed body.
    pub fn mounted() -> Result<Self> {
        Self::of_this_program("mounted")
    }

    /// A command that prints the address that it listens on, at the end of a line.
    pub fn program(command: &str) -> Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().context("`--program` needs a command")?;
        let name = program.rsplit('/').next().unwrap_or(program);
        Self::start(name, Command::new(program).args(words))
    }

    /// The product's program over a governance repository.
    pub fn provost(name: &str, program: &Path, repository: &Path) -> Result<Self> {
        let arguments = ["serve", "--address", "127.0.0.1:0", "--log-level", "off", "--repository"];
        Self::start(name, Command::new(program).args(arguments).arg(repository))
    }

    /// OPA's server over one module.
    pub fn opa(program: &Path, module: &Path) -> Result<Self> {
        // It does not tell which port the system gave it, so it is told one that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program);
        command.args([
            "run",
            "--server",
            "--disable-telemetry",
            "--log-level",
            "error",
            "--addr",
            &address.to_string(),
        ]);
        let process = command.arg(module).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Self { name: "opa".to_owned(), address, process };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(started.elapsed() < STARTS_WITHIN, "`opa` does not listen on {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn of_this_program(kind: &str) -> Result<Self> {
        Self::start(kind, Command::new(std::env::current_exe()?).args(["--serve", kind]))
    }

    fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut process =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("`{name}` cannot be started"))?;
        let lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_whitespace().rev().find_map(address))
            .with_context(|| format!("`{name}` does not say where it listens"))?;
        Ok(Self { name: name.to_owned(), address, process })
    }

    /// Time that the process has spent on processors.
    pub fn processor_time(&self) -> Result<Duration> {
        // Field 1 of schedstat is exact to the nanosecond, where `stat` has ticks of 10 ms; it is kept by thread.
        let mut total = Duration::ZERO;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let spent = text.split_whitespace().next().and_then(|spent| spent.parse().ok()).context("schedstat")?;
            total += Duration::from_nanos(spent);
        }
        Ok(total)
    }

    /// Resident memory.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }
}

fn address(word: &str) -> Option<SocketAddr> {
    let bare = word.trim_matches(|c: char| "`,;.".contains(c));
    bare.strip_prefix("http://").unwrap_or(bare).parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
