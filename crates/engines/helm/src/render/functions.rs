//! Functions that render, fail, or ask the world: `include`, `tpl`, `required`, `fail`, `lookup`, `getHostByName`.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use ferroflux_template::{
    CallError, Execution, Function, Functions, Parsed, Text, Type, Value, quote::quote,
};

use super::{
    Context, Entropy,
    compile::ROOT,
    error::{MARK_AFTER, MARK_BEFORE},
    without_no_value,
};
use crate::functions::{pure_functions, random_functions};

/// How often a template may include itself, directly or not.
const MAXIMUM_RECURSION: usize = 1_000;

/// Every function of Helm 4.2.
pub(super) fn all(context: &Context) -> Functions {
    let mut functions = pure_functions(context.now);
    random_functions(&mut functions, &context.entropy);
    functions.insert("include", include());
    functions.insert("tpl", Function::new([Type::String, Type::Any], tpl));
    functions.insert("required", Function::new([Type::String, Type::Any], required));
    functions.insert(
        "fail",
        Function::new([Type::String], |_, arguments| Err(marked(&text(&arguments, 0)).into())),
    );
    // Without the gate for it no name is looked up.
    functions.insert("getHostByName", Function::new([Type::String], |_, _| Ok(Value::from(""))));
    functions.insert("lookup", lookup(context));
    functions
}

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A context for parsing, where only the names of functions matter and none is called.
pub(super) fn nothing() -> Context {
    Context { now: jiff::Timestamp::UNIX_EPOCH, entropy: Arc::new(NoEntropy), lookup: None }
}

fn text(arguments: &[Value], index: usize) -> String {
    arguments.get(index).and_then(Value::as_text).map(|text| text.to_str().into_owned()).unwrap_or_default()
}

fn marked(message: &str) -> String {
    format!("{MARK_BEFORE}{message}{MARK_AFTER}")
}

fn required(_: &mut Execution<'_>, arguments: Vec<Value>) -> Result<Value, CallError> {
    let missing = match arguments.get(1) {
        None | Some(Value::Nil) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    if missing {
        return Err(marked(&text(&arguments, 0)).into());
    }
    Ok(arguments.into_iter().nth(1).unwrap_or_default())
}

fn include() -> Function {
    let open: Rc<RefCell<HashMap<String, usize>>> = Rc::default();
    Function::new([Type::String, Type::Any], move |execution, arguments| {
        let name = text(&arguments, 0);
        let depth = open.borrow().get(&name).copied().unwrap_or(0);
        if depth > MAXIMUM_RECURSION {
            return Err(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )
            .into());
        }
        open.borrow_mut().insert(name.clone(), depth + 1);
        let result = execution.render(&name, arguments.into_iter().nth(1).unwrap_or_default());
        open.borrow_mut().insert(name, depth);
        Ok(Value::String(Text::from(result?)))
    })
}

/// Renders a text as a template, in which everything defined so far can be used and whose own definitions end with
/// it.
fn tpl(execution: &mut Execution<'_>, arguments: Vec<Value>) -> Result<Value, CallError> {
    let source = text(&arguments, 0);
    let data = arguments.into_iter().nth(1).unwrap_or_default();
    let functions = execution.functions();
    let parsed = Parsed::parse(ROOT, &source, &|name| functions.contains(name))
        .map_err(|error| format!("cannot parse template {}: {error}", quote(&source)))?;
    let trees = parsed.into_trees();
    let Some(main) = trees.iter().find(|tree| tree.name() == ROOT).cloned() else {
        return Ok(Value::from(""));
    };
    let output = execution.with_templates(trees, |execution| execution.render_tree(&main, data));
    match output {
        Ok(output) => Ok(Value::String(Text::from(without_no_value(output)))),
        Err(error) => {
            Err(format!("error during tpl function execution for {}: {error}", quote(&source)).into())
        }
    }
}

fn lookup(context: &Context) -> Function {
    let cluster = context.lookup.clone();
    Function::new([Type::String, Type::String, Type::String, Type::String], move |_, arguments| {
        let at = |index| text(&arguments, index);
        match &cluster {
            None => Ok(Value::map([])),
            Some(cluster) => {
                let found = cluster.lookup(&at(0), &at(1), &at(2), &at(3))?;
                Ok(crate::values::live_value(&found))
            }
        }
    })
}
