//! Proxies: those that an object names, and those of the environment (contract/source.md 13.4).

use std::{fmt, net::IpAddr};

use url::{Host, Url};

/// Why an address cannot be that of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProxy {
    /// It is too long.
    #[error("proxy URL exceeds maximum length of 2048 characters")]
    TooLong,
    /// It is no URL. What it is may hold a password and is not shown.
    #[error("failed to parse proxy URL")]
    Url(#[source] url::ParseError),
    /// Its scheme is another one.
    #[error("proxy URL must use one of the supported schemes (http, https, socks5), got '{0}'")]
    Scheme(String),
}

/// A proxy with its credentials.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    url: Url,
}

impl Proxy {
    /// The proxy at `address`. Credentials in the address count unless others are given.
    pub fn new(address: &str, username: Option<&str>, password: Option<&str>) -> Result<Self, InvalidProxy> {
        if address.chars().count() > 2048 {
            return Err(InvalidProxy::TooLong);
        }
        let mut url = Url::parse(address).map_err(InvalidProxy::Url)?;
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
            return Err(InvalidProxy::Scheme(url.scheme().to_owned()));
        }
        if url.host().is_none() {
            return Err(InvalidProxy::Url(url::ParseError::EmptyHost));
        }
        if username.is_some() || password.is_some() {
            // Only a URL without a host cannot have credentials.
            let _ = url.set_username(username.unwrap_or_default());
            let _ = url.set_password(password);
        }
        Ok(Self { url })
    }

    /// The address, credentials included: not for messages.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// The address without credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "Proxy({}://{host}:{})", self.url.scheme(), self.url.port().unwrap_or_default())
    }
}

/// Which proxy a client uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum ProxyChoice {
    /// That of the environment, if any.
    #[default]
    Environment,
    /// This one, for everything; NO_PROXY does not apply.
    Always(Proxy),
    /// None.
    Never,
}

/// The proxies of `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, by the rules of Go's standard library:
/// loopback is never proxied, and `NO_PROXY` knows domains, addresses, networks and ports. A dot that closes a host
/// name does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentProxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    all: Option<Proxy>,
    exceptions: Vec<Exception>,
}

/// One entry of `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    Everything,
    Network(IpAddr, u8),
    Address(IpAddr, Option<u16>),
    Domain { name: String, itself: bool, port: Option<u16> },
}

impl EnvironmentProxies {
    /// Reads the variables; of two spellings the upper-case one counts. Addresses that cannot be used are ignored.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| {
            let found = variable(name).filter(|value| !value.is_empty());
            found.or_else(|| variable(&name.to_lowercase())).filter(|value| !value.is_empty())
        };
        let proxy = |name| {
            let address = either(name)?;
            let address = if address.contains("://") { address } else { format!("http://{address}") };
            match Proxy::new(&address, None, None) {
                Ok(proxy) => Some(proxy),
                Err(error) => {
                    tracing::warn!(%error, variable = name, "ignoring a proxy of the environment");
                    None
                }
            }
        };
        let exceptions = either("NO_PROXY").unwrap_or_default();
        Self {
            http: proxy("HTTP_PROXY"),
            https: proxy("HTTPS_PROXY"),
            all: proxy("ALL_PROXY"),
            exceptions: exceptions.split(',').filter_map(Exception::parse).collect(),
        }
    }

    /// The proxy for a request to `url`.
    pub fn for_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = match url.scheme() {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        };
        proxy.filter(|_| !self.excepts(url))
    }

    /// The proxy for everything that is not HTTP, such as Git over SSH.
    pub fn for_other(&self) -> Option<&Proxy> {
        self.all.as_ref()
    }

    fn excepts(&self, url: &Url) -> bool {
        let (address, name) = match url.host() {
            Some(Host::Ipv4(address)) => (Some(IpAddr::V4(address)), String::new()),
            Some(Host::Ipv6(address)) => (Some(IpAddr::V6(address)), String::new()),
            Some(Host::Domain(name)) => (None, name.trim_end_matches('.').to_lowercase()),
            None => return false,
        };
        if name == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        let port = url.port_or_known_default();
        self.exceptions.iter().any(|exception| exception.covers(address, &name, port))
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_lowercase();
        if entry == "*" {
            return Some(Self::Everything);
        }
        if let Some((network, bits)) = entry.split_once('/') {
            return Some(Self::Network(network.parse().ok()?, bits.parse().ok()?));
        }
        let bracketed =
            |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        if let Some(address) = bracketed(&entry) {
            return Some(Self::Address(address, None));
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (entry.as_str(), None),
        };
        if let Some(address) = bracketed(host) {
            return Some(Self::Address(address, port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let itself = !host.starts_with('.');
        let name = host.trim_matches('.').to_owned();
        (!name.is_empty()).then_some(Self::Domain { name, itself, port })
    }

    fn covers(&self, address: Option<IpAddr>, name: &str, port: Option<u16>) -> bool {
        let same_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match self {
            Self::Everything => true,
            Self::Network(network, bits) => {
                let wanted = prefix(*network, *bits);
                wanted.is_some() && address.and_then(|address| prefix(address, *bits)) == wanted
            }
            Self::Address(wanted, wanted_port) => address == Some(*wanted) && same_port(wanted_port),
            Self::Domain { name: domain, itself, port: wanted_port } => {
                let matches = match name.strip_suffix(domain.as_str()) {
                    Some("") => *itself,
                    Some(rest) => rest.ends_with('.'),
                    None => false,
                };
                matches && same_port(wanted_port)
            }
        }
    }
}

/// The first bits of an address, with its family.
fn prefix(address: IpAddr, bits: u8) -> Option<(bool, u128)> {
    let (four, value, width) = match address {
        IpAddr::V4(address) => (true, u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (false, address.to_bits(), 128),
    };
    let dropped = width - u32::from(bits).min(width);
    (u32::from(bits) <= width).then(|| (four, value.checked_shr(dropped).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
