//! PAX extended header records: `LENGTH KEY=VALUE\n`.

/// The records that change how an entry is read.
#[derive(Debug, Default, Clone)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link_path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) modified: Option<i64>,
    /// A record says that the content is not what it seems.
    pub(super) sparse: bool,
}

/// Reads all records of a payload; `None` if one of them is broken.
pub(super) fn parse(mut payload: &[u8]) -> Option<Records> {
    let mut records = Records::default();
    while !payload.is_empty() {
        let space = payload.iter().position(|byte| *byte == b' ')?;
        let length = digits(payload.get(..space)?)?;
        let length = usize::try_from(length).ok()?;
        let record = payload.get(space + 1..length)?;
        let record = record.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
        if key.is_empty() {
            return None;
        }
        records.take(key, value)?;
        payload = payload.get(length..)?;
    }
    Some(records)
}

impl Records {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        // An empty value takes back what an earlier record said.
        let given = !value.is_empty();
        match key {
            // A name that a NUL cuts short means different things to different readers.
            b"path" | b"linkpath" if value.contains(&0) => return None,
            b"path" => self.path = given.then(|| value.to_vec()),
            b"linkpath" => self.link_path = given.then(|| value.to_vec()),
            b"size" => self.size = if given { Some(digits(value)?) } else { None },
            b"mtime" => self.modified = if given { Some(seconds(value)?) } else { None },
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
        Some(())
    }
}

fn digits(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Whole seconds of a decimal number such as `1700000000.25`; the fraction is cut off.
fn seconds(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!unsigned.is_empty() && plain(unsigned) && plain(fraction)).then(|| whole.parse().ok())?
}

/// One record, with the length that counts itself.
pub(super) fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    loop {
        let total = rest + length.to_string().len();
        if total == length {
            return format!("{length} {key}={value}\n");
        }
        length = total;
    }
}
