//! A conversation with a server: what it can do, which references it has, and objects (gitprotocol-v2,
//! gitprotocol-pack).

use bytes::Bytes;
use gix_hash::ObjectId;
use tokio::sync::mpsc;

use crate::{
    Remote,
    error::RemoteError,
    transport::{Transport, Transports},
    wire::{Message, Packet, PacketReader},
};

/// More references than this are not listed; at 100 bytes each they would fill 200 MiB.
const MAX_REFERENCES: usize = 2_000_000;

/// Capabilities are few and short.
const MAX_CAPABILITIES: usize = 256;

/// A reference of the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteReference {
    pub(crate) name: String,
    /// What it stands for: a commit, or a tag object.
    pub(crate) id: ObjectId,
    /// What is behind a tag object.
    pub(crate) peeled: Option<ObjectId>,
}

impl RemoteReference {
    /// The commit, as far as the list tells.
    pub(crate) fn commit(&self) -> ObjectId {
        self.peeled.unwrap_or(self.id)
    }
}

/// What to ask for in a fetch.
#[derive(Clone, Debug, Default)]
pub(crate) struct FetchRequest {
    pub(crate) wants: Vec<ObjectId>,
    /// Commits at hand with all their content.
    pub(crate) haves: Vec<ObjectId>,
    /// Commits at hand without their parents.
    pub(crate) shallow: Vec<ObjectId>,
    /// Fetches the wanted commits without their history.
    pub(crate) without_history: bool,
    /// Leaves trees and files out, where the server can.
    pub(crate) commits_only: bool,
}

/// An open conversation.
pub(crate) struct Session {
    transport: Transport,
    reader: PacketReader,
    version: Version,
}

enum Version {
    /// Answers with everything at once.
    Zero { capabilities: Vec<String>, references: Vec<RemoteReference> },
    /// Waits for commands.
    Two { capabilities: Vec<String> },
}

impl Session {
    /// Connects and reads the advertisement.
    pub(crate) async fn open(transports: &Transports, remote: &Remote) -> Result<Self, RemoteError> {
        let (transport, mut reader) = transports.open(remote).await?;
        let version = advertisement(&mut reader).await?;
        let session = Self { transport, reader, version };
        session.check_object_format()?;
        Ok(session)
    }

    /// Whether the server can leave trees and files out.
    pub(crate) fn can_filter(&self) -> bool {
        // In version 0 a commit can only be wanted by itself if it is some reference's, so filtering helps nobody.
        matches!(&self.version, Version::Two { capabilities } if has_feature(capabilities, "fetch", "filter"))
    }

    /// Whether objects can be wanted that no reference names.
    pub(crate) fn gives_any_object(&self) -> bool {
        matches!(self.version, Version::Two { .. })
    }

    /// The references whose names begin with one of the prefixes; all without any.
    pub(crate) async fn list(&mut self, prefixes: &[String]) -> Result<Vec<RemoteReference>, RemoteError> {
        let capabilities = match &self.version {
            Version::Zero { references, .. } => {
                let wanted = |name: &str| prefixes.is_empty() || prefixes.iter().any(|p| name.starts_with(p));
                return Ok(references.iter().filter(|reference| wanted(&reference.name)).cloned().collect());
            }
            Version::Two { capabilities } => capabilities,
        };
        let mut message = Message::default();
        message.line("command=ls-refs");
        common(&mut message, capabilities);
        message.delimiter().line("peel");
        for prefix in prefixes {
            message.line(format!("ref-prefix {prefix}"));
        }
        message.flush();
        self.transport.request(message.into_bytes(), true, &mut self.reader).await?;
        let mut references = Vec::new();
        loop {
            match self.reader.expect().await? {
                Packet::Flush => return Ok(references),
                Packet::Data(line) => references.extend(listed(&line)?),
                Packet::Delimiter | Packet::End => return Err(RemoteError::Protocol("the list is divided")),
            }
            if references.len() > MAX_REFERENCES {
                return Err(RemoteError::Protocol("the list of references is too long"));
            }
        }
    }

    /// Fetches objects; the pack's bytes go to `pack` as they come.
    pub(crate) async fn fetch(
        &mut self,
        request: &FetchRequest,
        pack: mpsc::Sender<Bytes>,
    ) -> Result<(), RemoteError> {
        let (message, version_two) = match &self.version {
            Version::Two { capabilities } => (fetch_two(request, capabilities), true),
            Version::Zero { capabilities, .. } => (fetch_zero(request, capabilities)?, false),
        };
        self.transport.request(message, version_two, &mut self.reader).await?;
        if version_two {
            find_pack_section(&mut self.reader).await?;
        }
        receive(&mut self.reader, pack).await
    }

    /// Ends the conversation.
    pub(crate) async fn close(self) {
        self.transport.close().await;
    }

    fn check_object_format(&self) -> Result<(), RemoteError> {
        let (Version::Zero { capabilities, .. } | Version::Two { capabilities }) = &self.version;
        let format = capabilities.iter().find_map(|capability| capability.strip_prefix("object-format="));
        match format {
            Some(format) if format != "sha1" => Err(RemoteError::ObjectFormat(format.to_owned())),
            _ => Ok(()),
        }
    }
}

/// Who we say we are inside the protocol.
const AGENT: &str = concat!("agent=ferroflux/", env!("CARGO_PKG_VERSION"));

/// What every command of version 2 begins with.
fn common(message: &mut Message, capabilities: &[String]) {
    if capabilities.iter().any(|capability| capability.starts_with("agent=")) {
        message.line(AGENT);
    }
    if capabilities.iter().any(|capability| capability == "object-format=sha1") {
        message.line("object-format=sha1");
    }
}

fn has_feature(capabilities: &[String], command: &str, feature: &str) -> bool {
    capabilities
        .iter()
        .filter_map(|capability| capability.strip_prefix(command)?.strip_prefix('='))
        .any(|features| features.split(' ').any(|given| given == feature))
}

fn fetch_two(request: &FetchRequest, capabilities: &[String]) -> Vec<u8> {
    let mut message = Message::default();
    message.line("command=fetch");
    common(&mut message, capabilities);
    message.delimiter().line("thin-pack").line("ofs-delta").line("no-progress");
    for id in &request.wants {
        message.line(format!("want {id}"));
    }
    for id in &request.shallow {
        message.line(format!("shallow {id}"));
    }
    if request.without_history {
        message.line("deepen 1");
    }
    if request.commits_only {
        message.line("filter tree:0");
    }
    for id in &request.haves {
        message.line(format!("have {id}"));
    }
    message.line("done").flush();
    message.into_bytes()
}

fn fetch_zero(request: &FetchRequest, capabilities: &[String]) -> Result<Vec<u8>, RemoteError> {
    let offers = |name: &str| capabilities.iter().any(|capability| capability == name);
    if !offers("side-band-64k") {
        return Err(RemoteError::Protocol("the server lacks `side-band-64k`"));
    }
    if request.without_history && !offers("shallow") {
        return Err(RemoteError::Protocol("the server lacks `shallow`"));
    }
    let mut features = String::from("side-band-64k");
    for feature in ["thin-pack", "ofs-delta", "no-progress"] {
        if offers(feature) {
            features = format!("{features} {feature}");
        }
    }
    let mut message = Message::default();
    for (position, id) in request.wants.iter().enumerate() {
        match position {
            0 => message.line(format!("want {id} {features} {AGENT}")),
            _ => message.line(format!("want {id}")),
        };
    }
    for id in &request.shallow {
        message.line(format!("shallow {id}"));
    }
    if request.without_history {
        message.line("deepen 1");
    }
    message.flush();
    for id in &request.haves {
        message.line(format!("have {id}"));
    }
    message.line("done");
    Ok(message.into_bytes())
}

/// Reads what a server says first.
async fn advertisement(reader: &mut PacketReader) -> Result<Version, RemoteError> {
    let empty = || Version::Zero { capabilities: Vec::new(), references: Vec::new() };
    let mut first = match reader.expect().await? {
        Packet::Data(line) => line,
        // An empty repository of an old server.
        _ => return Ok(empty()),
    };
    if first.starts_with(b"# service=") {
        if reader.expect().await? != Packet::Flush {
            return Err(RemoteError::Protocol("the announcement of the service does not end"));
        }
        first = match reader.expect().await? {
            Packet::Data(line) => line,
            _ => return Ok(empty()),
        };
    }
    match text(&first)? {
        "version 2" => {
            let mut capabilities = Vec::new();
            while let Packet::Data(line) = reader.expect().await? {
                capabilities.push(text(&line)?.to_owned());
                if capabilities.len() > MAX_CAPABILITIES {
                    return Err(RemoteError::Protocol("there are too many capabilities"));
                }
            }
            Ok(Version::Two { capabilities })
        }
        "version 1" => {
            let first = data(reader.expect().await?)?;
            advertised(reader, &first).await
        }
        _ => advertised(reader, &first).await,
    }
}

/// Reads the references of version 0; the first line holds the capabilities behind a NUL.
async fn advertised(reader: &mut PacketReader, first: &Bytes) -> Result<Version, RemoteError> {
    let split = first.iter().position(|byte| *byte == 0).unwrap_or(first.len());
    let capabilities = text(first.get(split + 1..).unwrap_or_default())?;
    let capabilities = capabilities.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let mut references: Vec<RemoteReference> = Vec::new();
    let mut line = Some(first.slice(..split));
    while let Some(current) = line {
        match listed(&current)? {
            Some(reference) if reference.name == "capabilities^{}" => {}
            Some(reference) => match reference.name.strip_suffix("^{}") {
                Some(name) => {
                    if let Some(tag) = references.last_mut().filter(|tag| tag.name == name) {
                        tag.peeled = Some(reference.id);
                    }
                }
                None => references.push(reference),
            },
            None => {}
        }
        if references.len() > MAX_REFERENCES {
            return Err(RemoteError::Protocol("the list of references is too long"));
        }
        line = match reader.expect().await? {
            Packet::Data(line) => Some(line),
            _ => None,
        };
    }
    Ok(Version::Zero { capabilities, references })
}

/// Reads a line of a list: an id, a name, and in version 2 attributes. Shallow lines and unborn heads are no references.
fn listed(line: &[u8]) -> Result<Option<RemoteReference>, RemoteError> {
    let line = String::from_utf8_lossy(line);
    let mut fields = line.trim_end_matches('\n').split(' ');
    let (Some(id), Some(name)) = (fields.next(), fields.next()) else {
        return Err(RemoteError::Protocol("a reference has no name"));
    };
    if id == "unborn" || id == "shallow" {
        return Ok(None);
    }
    let id = object_id(id)?;
    let peeled = fields.find_map(|field| field.strip_prefix("peeled:")).map(object_id).transpose()?;
    Ok(Some(RemoteReference { name: name.to_owned(), id, peeled }))
}

fn object_id(hex: &str) -> Result<ObjectId, RemoteError> {
    ObjectId::from_hex(hex.as_bytes()).map_err(|_| RemoteError::Protocol("an object id is none"))
}

/// Skips the sections before the pack.
async fn find_pack_section(reader: &mut PacketReader) -> Result<(), RemoteError> {
    loop {
        match reader.expect().await? {
            Packet::Data(line) if line.strip_suffix(b"\n").unwrap_or(&line) == b"packfile" => return Ok(()),
            Packet::Data(_) | Packet::Delimiter => {}
            Packet::Flush | Packet::End => return Err(RemoteError::Protocol("the answer holds no pack")),
        }
    }
}

/// Takes the pack out of the bands that it shares with messages. In version 0 lines of text come first.
async fn receive(reader: &mut PacketReader, pack: mpsc::Sender<Bytes>) -> Result<(), RemoteError> {
    let mut started = false;
    loop {
        let packet = match reader.next().await? {
            Some(Packet::Data(packet)) => packet,
            // The end of the shallow lines of version 0, in front of the pack.
            Some(Packet::Flush) if !started => continue,
            Some(_) | None if started => return Ok(()),
            _ => return Err(RemoteError::Protocol("the answer holds no pack")),
        };
        match packet.first() {
            Some(1) => {
                started = true;
                if pack.send(packet.slice(1..)).await.is_err() {
                    // Whoever indexes the pack has given up and says why.
                    return Ok(());
                }
            }
            Some(2) => {}
            Some(3) => {
                let message = String::from_utf8_lossy(packet.get(1..).unwrap_or_default());
                return Err(RemoteError::Server(message.trim_end().to_owned()));
            }
            Some(_) if !started => {}
            _ => return Err(RemoteError::Protocol("a packet belongs to no band")),
        }
    }
}

fn data(packet: Packet) -> Result<Bytes, RemoteError> {
    match packet {
        Packet::Data(line) => Ok(line),
        _ => Err(RemoteError::Protocol("the advertisement is empty")),
    }
}

fn text(line: &[u8]) -> Result<&str, RemoteError> {
    let text = std::str::from_utf8(line).map_err(|_| RemoteError::Protocol("a line is no text"))?;
    Ok(text.trim_end_matches('\n'))
}
