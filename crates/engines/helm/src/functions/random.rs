//! Random text, numbers and identifiers, and an honest answer for the cryptographic functions that are not built yet.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ferroflux_template::{CallError, Function, Functions, Type, Value};

use super::signature::{fixed, sized};
use crate::render::Entropy;

type Source = Arc<dyn Entropy>;

/// A number below `limit`, each with equal chance.
fn below(source: &Source, limit: u64) -> u64 {
    if limit == 0 {
        return 0;
    }
    // Numbers from the incomplete last run of `limit` are drawn again.
    let usable = u64::MAX - u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        source.fill(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        // A source that gives nothing but ones would keep us here for ever.
        if number < usable || number == u64::MAX {
            return number % limit;
        }
    }
}

pub(super) fn add(functions: &mut Functions, entropy: &Source) {
    let letters = || ('A'..='Z').chain('a'..='z');
    text(functions, "randAlpha", entropy, letters().collect());
    text(functions, "randNumeric", entropy, ('0'..='9').collect());
    text(functions, "randAlphaNum", entropy, letters().chain('0'..='9').collect());
    text(functions, "randAscii", entropy, (' '..='~').collect());
    let source = entropy.clone();
    sized(
        functions,
        "randBytes",
        &[Type::Int],
        |arguments| usize::try_from(arguments.int(0)).unwrap_or(0).saturating_mul(3),
        move |arguments| {
            let Ok(count) = usize::try_from(arguments.int(0)) else {
                return Err("runtime error: makeslice: len out of range".into());
            };
            let mut bytes = vec![0; count];
            source.fill(&mut bytes);
            Ok(Value::from(BASE64_STANDARD.encode(bytes)))
        },
    );
    let source = entropy.clone();
    fixed(functions, "randInt", &[Type::Int, Type::Int], move |arguments| {
        let (low, high) = (arguments.int(0), arguments.int(1));
        match u64::try_from(high.wrapping_sub(low)) {
            Ok(width) if width > 0 => Ok(Value::Int(low.wrapping_add(below(&source, width) as i64))),
            _ => Err("invalid argument to Intn".into()),
        }
    });
    let source = entropy.clone();
    fixed(functions, "shuffle", &[Type::String], move |arguments| {
        let mut letters: Vec<char> = arguments.string(0).chars().collect();
        for last in (1..letters.len()).rev() {
            letters.swap(last, below(&source, last as u64 + 1) as usize);
        }
        Ok(Value::from(letters.into_iter().collect::<String>()))
    });
    let source = entropy.clone();
    fixed(functions, "uuidv4", &[], move |_| {
        let mut bytes = [0u8; 16];
        source.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = hex::encode(bytes);
        let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        let parts: Vec<&str> = parts.iter().filter_map(|(from, to)| hex.get(*from..*to)).collect();
        Ok(Value::from(parts.join("-")))
    });
    unbuilt(functions);
}

fn text(functions: &mut Functions, name: &'static str, entropy: &Source, alphabet: Vec<char>) {
    let source = entropy.clone();
    sized(
        functions,
        name,
        &[Type::Int],
        |arguments| usize::try_from(arguments.int(0)).unwrap_or(0),
        move |arguments| {
            let count = usize::try_from(arguments.int(0)).unwrap_or(0);
            let letters =
                (0..count).filter_map(|_| alphabet.get(below(&source, alphabet.len() as u64) as usize));
            Ok(Value::from(letters.collect::<String>()))
        },
    );
}

/// Functions that are known but not built: charts that only mention them load, and a call says so.
fn unbuilt(functions: &mut Functions) {
    for name in [
        "bcrypt",
        "htpasswd",
        "genPrivateKey",
        "buildCustomCert",
        "genCA",
        "genCAWithKey",
        "genSelfSignedCert",
        "genSelfSignedCertWithKey",
        "genSignedCert",
        "genSignedCertWithKey",
    ] {
        functions.insert(
            name,
            Function::variadic([], Type::Any, move |_, _| {
                Err(CallError::Message(format!("the function `{name}` is not supported yet")))
            }),
        );
    }
}
