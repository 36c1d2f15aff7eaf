//! Fields of a header block: where they lie, and how numbers stand in them.

use super::BLOCK;

/// One header block.
pub(super) type Block = [u8; BLOCK];

/// A field's place in the block.
#[derive(Clone, Copy)]
pub(super) struct Field {
    offset: usize,
    length: usize,
}

pub(super) const NAME: Field = Field { offset: 0, length: 100 };
pub(super) const MODE: Field = Field { offset: 100, length: 8 };
pub(super) const UID: Field = Field { offset: 108, length: 8 };
pub(super) const GID: Field = Field { offset: 116, length: 8 };
pub(super) const SIZE: Field = Field { offset: 124, length: 12 };
pub(super) const MTIME: Field = Field { offset: 136, length: 12 };
pub(super) const CHECKSUM: Field = Field { offset: 148, length: 8 };
pub(super) const TYPE_FLAG: Field = Field { offset: 156, length: 1 };
pub(super) const LINK_NAME: Field = Field { offset: 157, length: 100 };
pub(super) const MAGIC: Field = Field { offset: 257, length: 8 };
pub(super) const DEVICE_MAJOR: Field = Field { offset: 329, length: 8 };
pub(super) const DEVICE_MINOR: Field = Field { offset: 337, length: 8 };
pub(super) const PREFIX: Field = Field { offset: 345, length: 155 };
pub(super) const STAR_PREFIX: Field = Field { offset: 345, length: 131 };
pub(super) const STAR_TRAILER: Field = Field { offset: 508, length: 4 };

impl Field {
    /// The bytes of this field.
    pub(super) fn of(self, block: &Block) -> &[u8] {
        block.get(self.offset..self.offset + self.length).unwrap_or_default()
    }

    /// The bytes of this field up to the first NUL.
    pub(super) fn text(self, block: &Block) -> &[u8] {
        self.of(block).split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// The number in this field: octal digits between blanks, or base 256 if the top bit is set.
    pub(super) fn number(self, block: &Block) -> Option<i64> {
        let bytes = self.of(block);
        match bytes.first() {
            Some(first) if first & 0x80 != 0 => base_256(bytes),
            _ => octal(bytes),
        }
    }

    /// Puts text at the start of this field; the rest stays as it is. Text that is too long is cut.
    pub(super) fn put(self, block: &mut Block, text: &[u8]) {
        if let Some(field) = block.get_mut(self.offset..self.offset + self.length) {
            field.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        }
    }

    /// Puts `value` as octal digits that fill the field but for a closing NUL; `None` if it does not fit.
    pub(super) fn put_octal(self, block: &mut Block, value: u64) -> Option<()> {
        let digits = self.length - 1;
        let text = format!("{value:0digits$o}\0");
        if text.len() > self.length {
            return None;
        }
        self.put(block, text.as_bytes());
        Some(())
    }
}

fn octal(bytes: &[u8]) -> Option<i64> {
    let text = bytes.split(|byte| *byte == 0).find(|part| !part.is_empty()).unwrap_or_default();
    let text = std::str::from_utf8(text).ok()?.trim_matches(' ');
    if text.is_empty() {
        return Some(0);
    }
    // A sign is no octal digit, though the number parser would take one.
    text.bytes().all(|byte| matches!(byte, b'0'..=b'7')).then(|| i64::from_str_radix(text, 8).ok())?
}

fn base_256(bytes: &[u8]) -> Option<i64> {
    // Bit 6 of the first byte is the sign (GNU); a negative number is of no use in any field.
    let (first, rest) = bytes.split_first()?;
    if first & 0x40 != 0 {
        return None;
    }
    rest.iter().try_fold(i64::from(first & 0x3f), |value, byte| {
        value.checked_mul(256)?.checked_add(i64::from(*byte))
    })
}

/// The sum that the checksum field holds: all bytes, with blanks in place of the field itself.
pub(super) fn checksum(block: &Block) -> u32 {
    let blanks = 8 * u32::from(b' ');
    let field: u32 = CHECKSUM.of(block).iter().map(|byte| u32::from(*byte)).sum();
    block.iter().map(|byte| u32::from(*byte)).sum::<u32>() - field + blanks
}

/// The same over signed bytes, as some old programs computed it.
pub(super) fn signed_checksum(block: &Block) -> i32 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| i32::from(byte.cast_signed())).sum::<i32>();
    sum(block) - sum(CHECKSUM.of(block)) + 8 * i32::from(b' ')
}

/// Makes header blocks for tests, among them such as no writer would make.
#[cfg(test)]
pub(crate) struct BlockBuilder(Block);

#[cfg(test)]
impl BlockBuilder {
    pub(crate) fn new(name: &str, flag: u8, size: u64) -> Self {
        let mut block = [0; BLOCK];
        NAME.put(&mut block, name.as_bytes());
        TYPE_FLAG.put(&mut block, &[flag]);
        MAGIC.put(&mut block, b"ustar\x0000");
        MODE.put_octal(&mut block, 0o644).expect("fits");
        SIZE.put_octal(&mut block, size).expect("fits");
        Self(block)
    }

    pub(crate) fn mode(&mut self, mode: u32) -> &mut Self {
        MODE.put_octal(&mut self.0, u64::from(mode)).expect("fits");
        self
    }

    pub(crate) fn link(&mut self, target: &str) -> &mut Self {
        LINK_NAME.put(&mut self.0, target.as_bytes());
        self
    }

    pub(crate) fn magic(&mut self, magic: &[u8; 8]) -> &mut Self {
        MAGIC.put(&mut self.0, magic);
        self
    }

    pub(crate) fn prefix(&mut self, prefix: &[u8]) -> &mut Self {
        PREFIX.put(&mut self.0, prefix);
        self
    }

    pub(crate) fn raw_size(&mut self, size: &[u8; 12]) -> &mut Self {
        SIZE.put(&mut self.0, size);
        self
    }

    pub(crate) fn build(&self) -> Block {
        let mut block = self.0;
        let sum = format!("{:06o}\0 ", checksum(&block));
        CHECKSUM.put(&mut block, sum.as_bytes());
        block
    }
}
