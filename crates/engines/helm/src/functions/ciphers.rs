//! Passwords derived from a master password, and AES.

use std::sync::Arc;

use aes::Aes256;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding};
use ferroflux_template::{CallError, Functions, Type, Value};
use sha2::{Digest as _, Sha256};

use super::{
    Returned,
    encoding::decode_base64,
    signature::{Arguments, fixed},
};
use crate::render::Entropy;

const BLOCK: usize = 16;

pub(super) fn add(functions: &mut Functions, entropy: &Arc<dyn Entropy>) {
    const TWO: &[Type] = &[Type::String, Type::String];
    const DERIVED: &[Type] = &[Type::Uint32, Type::String, Type::String, Type::String, Type::String];
    fixed(functions, "derivePassword", DERIVED, derive_password);
    let source = entropy.clone();
    fixed(functions, "encryptAES", TWO, move |arguments| {
        let mut text = arguments.text(1).to_vec();
        if text.is_empty() {
            return Ok(Value::from(""));
        }
        let padding = BLOCK - text.len() % BLOCK;
        text.extend(std::iter::repeat_n(padding as u8, padding));
        let mut iv = [0; BLOCK];
        source.fill(&mut iv);
        let key = key(&arguments.text(0));
        let length = text.len();
        cbc::Encryptor::<Aes256>::new(&key.into(), &iv.into())
            .encrypt_padded::<NoPadding>(&mut text, length)
            .map_err(|_| CallError::from("crypto/cipher: input not full blocks"))?;
        Ok(Value::from(BASE64_STANDARD.encode([iv.as_slice(), &text].concat())))
    });
    fixed(functions, "decryptAES", TWO, decrypt);
}

/// The password's bytes, cut or filled with zeros.
fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (into, from) in key.iter_mut().zip(password) {
        *into = *from;
    }
    key
}

fn decrypt(arguments: &Arguments) -> Returned {
    let encoded = arguments.text(1);
    if encoded.is_empty() {
        return Ok(Value::from(""));
    }
    let decoded = decode_base64(&encoded);
    if decoded.starts_with(b"illegal base64 data") && BASE64_STANDARD.decode(&*encoded).is_err() {
        return Err(decoded.to_str().into_owned().into());
    }
    let out_of_range =
        |place: String| CallError::from(format!("runtime error: slice bounds out of range {place}"));
    let Some((iv, text)) = decoded.split_at_checked(BLOCK) else {
        // Go's buffer has room for what the padding stands for, too.
        let capacity = encoded.len() / 4 * 3;
        return Err(out_of_range(format!("[:{BLOCK}] with capacity {capacity}")));
    };
    if text.len() % BLOCK != 0 {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let iv: [u8; BLOCK] = iv.try_into().map_err(|_| CallError::from("crypto/cipher: wrong IV length"))?;
    let mut text = text.to_vec();
    let plain = cbc::Decryptor::<Aes256>::new(&key(&arguments.text(0)).into(), &iv.into())
        .decrypt_padded::<NoPadding>(&mut text)
        .map_err(|_| CallError::from("crypto/cipher: input not full blocks"))?;
    let Some(padding) = plain.last().copied() else {
        return Err(CallError::from("runtime error: index out of range [-1]"));
    };
    match plain.len().checked_sub(usize::from(padding)).and_then(|length| plain.get(..length)) {
        Some(plain) => Ok(Value::String(plain.into())),
        None => Err(out_of_range(format!("[:{}]", plain.len() as i64 - i64::from(padding)))),
    }
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0u8; BLOCK];
    let hashed = Sha256::digest(key);
    let key = if key.len() > BLOCK { hashed.as_slice() } else { key };
    for (into, from) in block.iter_mut().zip(key) {
        *into = *from;
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

/// The forms that a password of each type may have; letters stand for sets of characters.
fn forms(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm: `derivePassword COUNTER TYPE PASSWORD USER SITE`.
fn derive_password(arguments: &Arguments) -> Returned {
    const SCOPE: &[u8] = b"com.lyndir.masterpassword";
    let counter = match arguments.value(0) {
        Value::Uint64(counter) => *counter as u32,
        _ => 0,
    };
    let kind = arguments.string(1);
    let Some(forms) = forms(&kind) else {
        return Ok(Value::from(format!("cannot find password template {kind}")));
    };
    let (password, user, site) = (arguments.text(2), arguments.text(3), arguments.text(4));
    let sized = |text: &[u8]| [&(text.len() as u32).to_be_bytes(), text].concat();
    let salt = [SCOPE, &sized(&user)].concat();
    let parameters =
        scrypt::Params::new(15, 8, 2).map_err(|_| CallError::from("scrypt: parameters are too large"))?;
    let mut master = [0; 64];
    scrypt::scrypt(&password, &salt, &parameters, &mut master)
        .map_err(|_| CallError::from("failed to derive password"))?;
    let seed = hmac(&master, &[SCOPE, &sized(&site), &counter.to_be_bytes()].concat());
    let Some((first, rest)) = seed.split_first() else {
        return Ok(Value::from(""));
    };
    let form = forms.get(usize::from(*first) % forms.len()).copied().unwrap_or_default();
    let letters = form.bytes().zip(rest).filter_map(|(class, byte)| {
        let characters = characters(class);
        characters.get(usize::from(*byte) % characters.len()).map(|byte| char::from(*byte))
    });
    Ok(Value::from(letters.collect::<String>()))
}
