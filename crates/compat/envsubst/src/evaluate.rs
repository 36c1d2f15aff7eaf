//! From the tree to the result.

use crate::{
    Error, MAX_OUTPUT, Strictness, function,
    parse::{Node, Operator, Reference},
};

/// The bytes that `nodes` stand for. Bytes, because a substring may end inside a character.
pub(crate) fn evaluate<'a>(
    nodes: &[Node],
    variable: &dyn Fn(&str) -> Option<&'a str>,
    strictness: Strictness,
) -> Result<Vec<u8>, Error> {
    let mut result = Vec::new();
    for node in nodes {
        match node {
            Node::Text(text) => append(&mut result, text.as_bytes())?,
            Node::Reference(reference) => {
                append(&mut result, &evaluate_reference(reference, variable, strictness)?)?;
            }
        }
    }
    Ok(result)
}

fn append(result: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    if result.len() + bytes.len() > MAX_OUTPUT {
        return Err(Error::TooLarge);
    }
    result.extend_from_slice(bytes);
    Ok(())
}

fn evaluate_reference<'a>(
    reference: &Reference,
    variable: &dyn Fn(&str) -> Option<&'a str>,
    strictness: Strictness,
) -> Result<Vec<u8>, Error> {
    let Reference { name, operator, arguments } = reference;
    // Arguments come first, so that an unknown name in one that is not needed is an error as well.
    let evaluated = if *operator == Operator::Default {
        vec![evaluate(arguments, variable, strictness)?]
    } else {
        let argument = |node| evaluate(std::slice::from_ref(node), variable, strictness);
        arguments.iter().map(argument).collect::<Result<Vec<_>, _>>()?
    };
    let value = match variable(name) {
        Some(value) => value,
        None if strictness == Strictness::Lenient || *operator == Operator::Default => "",
        None => return Err(Error::NotSet(name.clone())),
    };
    function::apply(name, *operator, value, &evaluated)
}
