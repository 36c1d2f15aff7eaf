//! Base64, base32 and digests.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use ferroflux_template::{Functions, Text, Type, Value};
use sha1::Digest as _;

use super::signature::fixed;

const ONE: &[Type] = &[Type::String];

/// Go ignores bits that are left over in the last character.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

pub(super) fn add(functions: &mut Functions) {
    fixed(functions, "b64enc", ONE, |arguments| Ok(Value::from(BASE64_STANDARD.encode(&*arguments.text(0)))));
    fixed(functions, "b64dec", ONE, |arguments| Ok(Value::String(decode_base64(&arguments.text(0)))));
    fixed(functions, "b32enc", ONE, |arguments| Ok(Value::from(encode_base32(&arguments.text(0)))));
    fixed(functions, "b32dec", ONE, |arguments| Ok(Value::String(decode_base32(&arguments.text(0)))));
    fixed(functions, "sha1sum", ONE, |arguments| {
        Ok(Value::from(hex::encode(sha1::Sha1::digest(&*arguments.text(0)))))
    });
    fixed(functions, "sha256sum", ONE, |arguments| {
        Ok(Value::from(hex::encode(sha2::Sha256::digest(&*arguments.text(0)))))
    });
    fixed(functions, "sha512sum", ONE, |arguments| {
        Ok(Value::from(hex::encode(sha2::Sha512::digest(&*arguments.text(0)))))
    });
    fixed(functions, "adler32sum", ONE, |arguments| Ok(Value::from(adler32(&arguments.text(0)).to_string())));
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % MODULUS;
        b = (b + a) % MODULUS;
    }
    b << 16 | a
}

/// The decoded bytes, or Go's error text in their place. Line feeds are skipped.
pub(super) fn decode_base64(text: &[u8]) -> Text {
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    match LENIENT.decode(&packed) {
        Ok(bytes) => Text::from(bytes),
        Err(_) => Text::from(format!("illegal base64 data at input byte {}", corrupt_at(text))),
    }
}

/// Where Go's decoder stops: at the first wrong character, or where a group of four ends too early.
fn corrupt_at(text: &[u8]) -> usize {
    let significant: Vec<(usize, u8)> =
        text.iter().copied().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).collect();
    let end = text.len();
    for group in significant.chunks(4) {
        for (place, (at, byte)) in group.iter().enumerate() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
                continue;
            }
            if *byte != b'=' || place < 2 {
                return *at;
            }
            // Padding: a second one must follow in third place, and nothing after the group.
            let last = if place == 2 {
                match group.get(3) {
                    Some((_, b'=')) => group.get(3),
                    Some((wrong, _)) => return *wrong - 1,
                    None => return end,
                }
            } else {
                group.get(3)
            };
            let after = last.map_or(end, |(at, _)| at + 1);
            return significant.iter().map(|(at, _)| *at).find(|at| *at >= after).unwrap_or(end);
        }
        if group.len() < 4 {
            // Go names the place after what it could still read of the group.
            return end - group.len() + usize::from(group.len() == 4);
        }
    }
    end
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn encode_base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0u8; 8];
        if let Some(part) = group.get_mut(3..3 + chunk.len()) {
            part.copy_from_slice(chunk);
        }
        let bits = u64::from_be_bytes(group);
        let letters = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let value = (bits >> (35 - 5 * index)) & 31;
            out.push(if index < letters { char::from(BASE32[value as usize]) } else { '=' });
        }
    }
    out
}

/// The decoded bytes, or Go's error text in their place. Line feeds are skipped; what follows padding is not read.
fn decode_base32(text: &[u8]) -> Text {
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    match base32_bytes(&packed) {
        Ok(bytes) => Text::from(bytes),
        Err(at) => Text::from(format!("illegal base32 data at input byte {at}")),
    }
}

/// The error is the position that Go gives.
fn base32_bytes(packed: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(packed.len() * 5 / 8);
    for (index, group) in packed.chunks(8).enumerate() {
        let start = index * 8;
        let (mut bits, mut letters) = (0u64, 0usize);
        let mut ended = false;
        for (place, byte) in group.iter().enumerate() {
            let at = start + place;
            let after = packed.get(at + 1..).unwrap_or_default();
            if *byte == b'=' && place >= 2 && after.len() < 8 {
                if after.len() + place < 7 {
                    return Err(packed.len());
                }
                let wrong = after.iter().take(7 - place).position(|byte| *byte != b'=');
                if let Some(wrong) = wrong {
                    return Err(at + wrong);
                }
                if matches!(place, 3 | 6) {
                    return Err(at);
                }
                ended = true;
                break;
            }
            match BASE32.iter().position(|letter| letter == byte) {
                Some(value) => bits |= (value as u64) << (35 - 5 * place),
                None => return Err(at),
            }
            letters += 1;
        }
        if letters < 8 && !ended {
            return Err(start);
        }
        let bytes = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(3..3 + letters * 5 / 8).unwrap_or_default());
        if ended {
            break;
        }
    }
    Ok(out)
}
