//! URLs, taken apart and put together as `net/url` does.

use ferroflux_template::{Functions, Map, Type, Value, quote::quote};

use super::signature::fixed;

pub(super) fn add(functions: &mut Functions) {
    fixed(functions, "urlParse", &[Type::String], |arguments| {
        let url =
            Url::parse(&arguments.string(0)).map_err(|error| format!("unable to parse url: {error}"))?;
        let hostname = url.hostname().to_owned();
        let entries = [
            ("scheme", url.scheme),
            ("host", url.host),
            ("hostname", hostname),
            ("path", url.path),
            ("query", url.query),
            ("opaque", url.opaque),
            ("fragment", url.fragment),
            ("userinfo", url.userinfo.unwrap_or_default()),
        ];
        Ok(Value::map(entries.map(|(key, text)| (key.into(), Value::from(text)))))
    });
    fixed(functions, "urlJoin", &[Type::Map], |arguments| {
        let map = arguments.map(0);
        let part = |key: &str| text_entry(map.as_ref(), key);
        let userinfo = part("userinfo")?;
        let mut url = Url {
            scheme: part("scheme")?,
            opaque: part("opaque")?,
            userinfo: None,
            host: part("host")?,
            path: part("path")?,
            query: part("query")?,
            fragment: part("fragment")?,
        };
        if !userinfo.is_empty() {
            let parsed = Url::parse(&format!("proto://{userinfo}@host"))
                .map_err(|error| format!("unable to parse userinfo in dict: {error}"))?;
            url.userinfo = parsed.userinfo;
        }
        Ok(Value::from(url.text()))
    });
}

fn text_entry(map: Option<&Map>, key: &str) -> Result<String, String> {
    match map.and_then(|map| map.get(key.as_bytes())) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.to_str().into_owned()),
        Some(Value::Nil) => Err("runtime error: invalid memory address or nil pointer dereference".into()),
        Some(other) => {
            Err(format!("unable to parse {key} key, must be of type string, but {} found", other.kind_name()))
        }
    }
}

struct Url {
    scheme: String,
    opaque: String,
    /// Escaped, as it is printed.
    userinfo: Option<String>,
    host: String,
    /// Not escaped.
    path: String,
    query: String,
    /// Not escaped.
    fragment: String,
}

/// The part of a URL that text stands in; each escapes other characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    User,
    Host,
    Fragment,
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        let problem = |error: String| format!("parse {}: {error}", quote(text));
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Self::parse_before_fragment(before).map_err(|error| {
            // Go quotes what stands before the fragment.
            format!("parse {}: {error}", quote(before))
        })?;
        url.fragment = unescape(fragment, Place::Fragment).map_err(problem)?;
        Ok(url)
    }

    fn parse_before_fragment(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        let (scheme, rest) = split_scheme(text)?;
        let scheme = scheme.to_lowercase();
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut url = Self {
            scheme,
            opaque: String::new(),
            userinfo: None,
            host: String::new(),
            path: String::new(),
            query: query.to_owned(),
            fragment: String::new(),
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        let has_authority = rest.starts_with("//") && (!url.scheme.is_empty() || !rest.starts_with("///"));
        if has_authority {
            let (authority, path) = rest[2..].split_at(rest[2..].find('/').unwrap_or(rest.len() - 2));
            url.authority(authority)?;
            rest = path;
        }
        url.path = unescape(rest, Place::Path)?;
        Ok(url)
    }

    fn authority(&mut self, authority: &str) -> Result<(), String> {
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        self.host = parse_host(host)?;
        if let Some(userinfo) = userinfo {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !userinfo.bytes().all(allowed) {
                return Err("net/url: invalid userinfo".into());
            }
            let (user, password) = match userinfo.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (userinfo, None),
            };
            let mut shown = escape(&unescape(user, Place::User)?, Place::User);
            if let Some(password) = password {
                shown.push(':');
                shown.push_str(&escape(&unescape(password, Place::User)?, Place::User));
            }
            self.userinfo = Some(shown);
        }
        Ok(())
    }

    fn hostname(&self) -> &str {
        if let Some(bracketed) = self.host.strip_prefix('[') {
            return bracketed.split(']').next().unwrap_or_default();
        }
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &self.host,
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            let has_user = self.userinfo.is_some();
            if !self.scheme.is_empty() || !self.host.is_empty() || has_user {
                if !self.host.is_empty() || !self.path.is_empty() || has_user {
                    out.push_str("//");
                }
                if let Some(userinfo) = &self.userinfo {
                    out.push_str(userinfo);
                    out.push('@');
                }
                out.push_str(&escape(&self.host, Place::Host));
            }
            let path = if self.path == "*" { "*".to_owned() } else { escape(&self.path, Place::Path) };
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                out.push('/');
            }
            if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
                out.push_str("./");
            }
            out.push_str(&path);
        } else {
            out.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escape(&self.fragment, Place::Fragment));
        }
        out
    }
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_host(host: &str) -> Result<String, String> {
    let port = if host.starts_with('[') {
        let Some(end) = host.rfind(']') else {
            return Err("missing ']' in host".into());
        };
        &host[end + 1..]
    } else {
        host.rfind(':').map_or("", |colon| &host[colon..])
    };
    let valid = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !valid {
        return Err(format!("invalid port {} after host", quote(port)));
    }
    unescape(host, Place::Host)
}

fn unescape(text: &str, place: Place) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte == b'%' {
            let code = tail
                .get(..2)
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let shown = || String::from_utf8_lossy(tail.get(..2).unwrap_or(tail)).into_owned();
            match code {
                Some(code) if place != Place::Host || code == b'%' || !code.is_ascii() => out.push(code),
                _ => return Err(format!("invalid URL escape {}", quote(&format!("%{}", shown())))),
            }
            rest = tail.get(2..).unwrap_or_default();
            continue;
        }
        if place == Place::Host && byte.is_ascii() && must_escape(*byte, place) {
            let shown = quote(&char::from(*byte).to_string());
            return Err(format!("invalid character {shown} in host name"));
        }
        out.push(*byte);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn must_escape(byte: u8, place: Place) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    let allowed: &[u8] = match place {
        Place::Path => b"$&+,/:;=@",
        Place::User => b"$&+,;=",
        Place::Host => b"!$&'()*+,;=:[]<>\"",
        Place::Fragment => b"$&+,/:;=?@!()*",
    };
    !allowed.contains(&byte)
}

fn escape(text: &str, place: Place) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if must_escape(byte, place) {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}
