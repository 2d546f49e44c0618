//! Sockets that wait for connections.

use crate::address::Address;
use socket2::{Domain, Protocol, Socket, Type};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// A socket that waits for connections.
#[derive(Debug)]
pub(crate) enum Socketed {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A socket's file; it is removed when the server goes.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Whoever removed it before wanted the same.
        let _ = fs::remove_file(&self.0);
    }
}

/// Why a server cannot listen.
#[derive(Debug, Error)]
#[error("cannot listen on `{address}`: {reason}")]
pub struct ListenError {
    address: Address,
    reason: io::Error,
}

impl ListenError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self.reason.kind() {
            io::ErrorKind::AddrInUse => "stop what listens there, or name another address; port 0 takes a free one",
            io::ErrorKind::PermissionDenied => "take a port above 1023, or a folder that this user may write to",
            io::ErrorKind::AddrNotAvailable => "no interface of this machine has that address",
            _ => "name an address of this machine",
        }
    }
}

/// Listens on `address`. `mode` holds for a unix socket's file: who may write to it may connect.
pub(crate) fn listen(address: &Address, mode: u32) -> Result<Socketed, ListenError> {
    let listening = match address {
        Address::Tcp { host, port, .. } => listen_tcp(host, *port).map(Socketed::Tcp),
        Address::Unix(path) => listen_unix(path, mode),
    };
    listening.map_err(|reason| ListenError { address: address.clone(), reason })
}

fn listen_tcp(host: &str, port: u16) -> io::Result<TcpListener> {
    if host.is_empty() {
        // One socket takes both kinds of addresses, where the machine has both.
        return bind(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port))
            .or_else(|_| bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)));
    }
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED))?;
    }
    // A server that starts again must not wait for connections of the last one to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The file appears with its permissions and already listening: it is bound under another name and then moved.
fn listen_unix(path: &Path, mode: u32) -> io::Result<Socketed> {
    if let Ok(found) = fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        // What a server left behind that was killed refuses connections.
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"));
        }
    }
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let fresh = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let _ = fs::remove_file(&fresh);
    let listener = UnixListener::bind(&fresh)?;
    let fresh = SocketFile(fresh);
    fs::set_permissions(&fresh.0, fs::Permissions::from_mode(mode))?;
    listener.set_nonblocking(true)?;
    fs::rename(&fresh.0, path)?;
    Ok(Socketed::Unix(listener, SocketFile(path.to_path_buf())))
}
