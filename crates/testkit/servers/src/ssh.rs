//! OpenSSH's `sshd` on a loopback port, with host and client keys made for the test.

use std::{
    fmt::Write as _,
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use crate::Error;

const SSHD: &str = "/usr/sbin/sshd";

/// The kinds of keys that hosts and clients have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Ed25519.
    Ed25519,
    /// ECDSA on the curve P-256.
    Ecdsa,
    /// RSA with 3072 bits.
    Rsa,
}

impl KeyType {
    fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
        }
    }
}

/// A client's key that the server lets in.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The private key in OpenSSH's or, where it was asked for, PEM form.
    pub identity: String,
    /// The public key as one line of `authorized_keys`.
    pub public: String,
}

/// A server that runs one `sshd` per connection, so that its port is the kernel's choice and every connection counts.
#[derive(Debug)]
pub struct SshServer {
    directory: tempfile::TempDir,
    address: SocketAddr,
    host_keys: Vec<String>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SshServer {
    /// Starts a server with one host key of each given type that lets nobody in yet.
    pub fn start(host_keys: &[KeyType]) -> Result<Self, Error> {
        if !Path::new(SSHD).is_file() {
            return Err(Error::Missing { program: SSHD, package: "openssh-server" });
        }
        let directory = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let mut configuration = String::new();
        let mut public_keys = Vec::new();
        for kind in host_keys {
            let path = directory.path().join(format!("host_{}", kind.name()));
            let public = generate(&path, *kind, "", false)?;
            public_keys.push(public);
            // Writing to a String cannot fail.
            let _ = writeln!(configuration, "HostKey {}", path.display());
        }
        let authorized = directory.path().join("authorized_keys");
        fs::write(&authorized, "").map_err(Error::io(&authorized))?;
        let _ = write!(
            configuration,
            "AuthorizedKeysFile {}\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PubkeyAuthentication yes\nPermitRootLogin yes\nUsePAM no\nPidFile none\nAcceptEnv GIT_PROTOCOL\n\
             PrintMotd no\nLogLevel VERBOSE\nMaxStartups 100\n",
            authorized.display()
        );
        let configuration_path = directory.path().join("sshd_config");
        fs::write(&configuration_path, configuration).map_err(Error::io(&configuration_path))?;
        // Started as root, sshd insists on its directory for privilege separation; as another user it needs none.
        if !Path::new("/run/sshd").is_dir() {
            let _ = fs::create_dir_all("/run/sshd");
        }

        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let connections = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (connections, stop) = (Arc::clone(&connections), Arc::clone(&stop));
            let log = directory.path().join("sshd.log");
            move || accept(&listener, &configuration_path, &log, &connections, &stop)
        });
        Ok(Self { directory, address, host_keys: public_keys, connections, stop, thread: Some(thread) })
    }

    /// Makes a client key and lets it in; a passphrase that is not empty encrypts it.
    pub fn authorize(&self, kind: KeyType, passphrase: &str) -> Result<ClientKey, Error> {
        self.authorize_in(kind, passphrase, false)
    }

    /// The same with the private key in the PEM form of older programs (PKCS#1, SEC1).
    pub fn authorize_pem(&self, kind: KeyType, passphrase: &str) -> Result<ClientKey, Error> {
        self.authorize_in(kind, passphrase, true)
    }

    fn authorize_in(&self, kind: KeyType, passphrase: &str, pem: bool) -> Result<ClientKey, Error> {
        let number = self.keys()?.lines().count();
        let path = self.directory.path().join(format!("client_{number}"));
        let public = generate(&path, kind, passphrase, pem)?;
        let authorized = self.directory.path().join("authorized_keys");
        let all = format!("{}{public}\n", self.keys()?);
        fs::write(&authorized, all).map_err(Error::io(&authorized))?;
        let identity = fs::read_to_string(&path).map_err(Error::io(&path))?;
        Ok(ClientKey { identity, public })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a repository on this server, for the user that runs the test.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://{}@{}{}", user(), self.address, repository.display())
    }

    /// Lines of `known_hosts` for all host keys, as `ssh-keyscan` prints them.
    pub fn known_hosts(&self) -> String {
        self.host_keys.iter().fold(String::new(), |mut lines, key| {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "[{}]:{} {key}", self.address.ip(), self.address.port());
            lines
        })
    }

    /// The host keys, each as `type base64`.
    pub fn host_keys(&self) -> &[String] {
        &self.host_keys
    }

    /// [`SshServer::known_hosts`] with the host names hashed.
    pub fn hashed_known_hosts(&self) -> Result<String, Error> {
        let path = self.directory.path().join("known_hosts");
        fs::write(&path, self.known_hosts()).map_err(Error::io(&path))?;
        keygen(&["-H", "-f", &path.display().to_string()])?;
        fs::read_to_string(&path).map_err(Error::io(&path))
    }

    /// How many connections there were so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What sshd logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("sshd.log")).unwrap_or_default()
    }

    fn keys(&self) -> Result<String, Error> {
        let path = self.directory.path().join("authorized_keys");
        fs::read_to_string(&path).map_err(Error::io(&path))
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener so that it sees the sign.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hands each connection to an `sshd` of its own; returns when told to stop.
fn accept(
    listener: &TcpListener,
    configuration: &Path,
    log: &Path,
    connections: &AtomicUsize,
    stop: &AtomicBool,
) {
    let mut children = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        connections.fetch_add(1, Ordering::SeqCst);
        children.retain_mut(|child: &mut std::process::Child| !matches!(child.try_wait(), Ok(Some(_))));
        let Ok(output) = stream.try_clone() else { continue };
        let child = Command::new(SSHD)
            .args(["-i", "-f"])
            .arg(configuration)
            .arg("-E")
            .arg(log)
            .stdin(Stdio::from(OwnedFd::from(stream)))
            .stdout(Stdio::from(OwnedFd::from(output)))
            .stderr(Stdio::null())
            .spawn();
        children.extend(child);
    }
    for mut child in children {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Makes a key pair; returns the public one as `type base64`.
fn generate(path: &Path, kind: KeyType, passphrase: &str, pem: bool) -> Result<String, Error> {
    let file = path.display().to_string();
    let mut arguments = vec!["-q", "-t", kind.name(), "-N", passphrase, "-C", "", "-f", &file];
    if pem {
        arguments.extend(["-m", "PEM"]);
    }
    keygen(&arguments)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(Error::io(path))?;
    let public_path = PathBuf::from(format!("{file}.pub"));
    let public = fs::read_to_string(&public_path).map_err(Error::io(&public_path))?;
    Ok(public.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

fn keygen(arguments: &[&str]) -> Result<(), Error> {
    let output = Command::new("ssh-keygen")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start { program: "ssh-keygen".into(), source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Failed {
        command: format!("ssh-keygen {}", arguments.join(" ")),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The name of the user that the test runs as; sshd serves nobody else unless it is root.
fn user() -> String {
    let named = Command::new("id").arg("-un").output().ok().filter(|output| output.status.success());
    named
        .map_or_else(|| "root".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
