//! The address under which artifacts are published (contract/source.md 4.3), and its replacement for consumers
//! that run elsewhere (contract/kustomize.md 6.1).

use url::Url;

/// The `<adv>` of every artifact URL: `advertised` if it is given, verbatim; else made of the listen address.
/// `host_name` is asked only where that address is the wildcard.
pub fn advertised_address(advertised: &str, listen: &str, host_name: impl FnOnce() -> String) -> String {
    if !advertised.is_empty() {
        return advertised.to_owned();
    }
    let (host, port) = listen.rsplit_once(':').unwrap_or((listen, ""));
    let host = match host {
        "" => "localhost".to_owned(),
        "0.0.0.0" => host_name(),
        host => host.to_owned(),
    };
    format!("{host}:{port}")
}

/// Puts a scheme in front of an address that has none; the rest stays as it is, a closing dot included.
pub(crate) fn base_url(advertised: &str) -> String {
    let has_scheme = advertised.starts_with("http://") || advertised.starts_with("https://");
    let scheme = if has_scheme { "" } else { "http://" };
    format!("{scheme}{}", advertised.trim_end_matches('/'))
}

/// Hosts that take the place of the in-cluster ones, for a controller that runs outside the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostOverrides {
    /// `SOURCE_CONTROLLER_LOCALHOST`, for all other artifacts.
    pub source_controller: Option<String>,
    /// `SOURCE_WATCHER_LOCALHOST`, for artifacts whose host begins with `source-watcher`.
    pub source_watcher: Option<String>,
}

impl HostOverrides {
    /// Takes the overrides from variables; an empty one counts as unset.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            source_controller: set("SOURCE_CONTROLLER_LOCALHOST"),
            source_watcher: set("SOURCE_WATCHER_LOCALHOST"),
        }
    }

    /// The address to fetch `url` from: another host and port, the same scheme, path and query.
    pub fn apply(&self, url: &str) -> Result<Url, url::ParseError> {
        let mut parsed = Url::parse(url)?;
        let watcher = self.source_watcher.as_ref().filter(|_| url.contains("//source-watcher"));
        if let Some(host) = watcher.or(self.source_controller.as_ref()) {
            let other = Url::parse(&format!("{}://{host}", parsed.scheme()))?;
            parsed.set_host(other.host_str())?;
            // Both addresses have a host, so a port can be set.
            parsed.set_port(other.port()).map_err(|()| url::ParseError::InvalidPort)?;
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advertised_address_is_used_verbatim_and_else_made_of_the_listen_address() {
        let derived = |advertised: &str, listen: &str| {
            advertised_address(advertised, listen, || "source-controller-0".into())
        };
        assert_eq!(derived("", ":9090"), "localhost:9090");
        assert_eq!(derived("", "0.0.0.0:9090"), "source-controller-0:9090");
        assert_eq!(derived("", "10.0.0.1:80"), "10.0.0.1:80");
        let dotted = "source-controller.flux-system.svc.cluster.local.";
        assert_eq!(derived(dotted, ":9090"), dotted);
        assert_eq!(base_url(dotted), format!("http://{dotted}"));
        assert_eq!(base_url("https://artifacts.example"), "https://artifacts.example");
    }

    #[test]
    fn an_override_replaces_host_and_port_only() {
        let overrides = HostOverrides {
            source_controller: Some("localhost:8080".into()),
            source_watcher: Some("localhost:8081".into()),
        };
        let apply = |url: &str| overrides.apply(url).unwrap().to_string();
        assert_eq!(
            apply("http://source-controller.x.svc./a/b.tar.gz?q=1"),
            "http://localhost:8080/a/b.tar.gz?q=1"
        );
        assert_eq!(apply("http://source-watcher.x.svc./a"), "http://localhost:8081/a");
        let url = "http://source-controller.flux-system.svc.cluster.local./a";
        assert_eq!(HostOverrides::default().apply(url).unwrap().as_str(), url);
    }
}
