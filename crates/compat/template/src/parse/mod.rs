//! The parser: tokens in, named templates out, with the error texts of Go's `text/template/parse`.

mod lex;
pub(crate) mod node;
mod pipeline;

use std::{collections::HashMap, sync::Arc};

use lex::{Kind, Lexer, Token};
use node::{Branch, List, Node, Pipe};

use crate::quote::{quote, unquote};

/// One named template: its body, and the text and file name that its positions refer to.
#[derive(Debug)]
pub struct Tree {
    pub(crate) name: String,
    /// The file that the template stands in.
    pub(crate) file: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) root: List,
}

impl Tree {
    /// The name that the body is known under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the body holds nothing but white space; such a redefinition does not replace another.
    pub fn is_empty(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text { text, .. } => text.trim().is_empty(),
            _ => false,
        })
    }

    /// `file:line:column` of a position, the column being the byte offset in its line, from 0.
    pub(crate) fn location(&self, position: usize) -> String {
        let before = self.text.get(..position).unwrap_or(&self.text);
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(before.len(), |newline| before.len() - newline - 1);
        format!("{}:{line}:{column}", self.file)
    }
}

/// A text that is not a template. Displays as Go's message: `template: FILE:LINE: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {file}:{line}: {message}")]
pub struct ParseError {
    /// The file's name as given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Tells the parser which function names exist.
pub(crate) type IsFunction<'a> = &'a dyn Fn(&str) -> bool;

/// How deep parenthesised pipelines and control structures may nest. Go allows 10,000 parentheses; ours nests on the
/// native stack, so the bound is what a 2 MiB stack holds with room to spare.
const MAXIMUM_NESTING: usize = 400;

struct Parser<'a> {
    file: &'a str,
    lexer: Lexer<'a>,
    /// Tokens given back, the next one last.
    pending: Vec<Token>,
    /// The line that Go would name: that of the token read last.
    line: usize,
    action_line: usize,
    variables: Vec<String>,
    range_depth: usize,
    nesting: usize,
    is_function: IsFunction<'a>,
    shared_file: Arc<str>,
    shared_text: Arc<str>,
    definitions: HashMap<String, Tree>,
}

type Result<T> = std::result::Result<T, ParseError>;

/// Parses `text`, giving the template `name` (with its body) and every template that is defined inside.
pub(crate) fn parse(name: &str, text: &str, is_function: IsFunction<'_>) -> Result<Vec<Tree>> {
    let mut parser = Parser {
        file: name,
        lexer: Lexer::new(text),
        pending: Vec::new(),
        line: 0,
        action_line: 0,
        variables: vec!["$".into()],
        range_depth: 0,
        nesting: 0,
        is_function,
        shared_file: name.into(),
        shared_text: text.into(),
        definitions: HashMap::new(),
    };
    let root = parser.top_level()?;
    parser.define(name.into(), root)?;
    let mut trees: Vec<Tree> = parser.definitions.into_values().collect();
    trees.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(trees)
}

impl Parser<'_> {
    fn next(&mut self) -> Token {
        let token = self.pending.pop().unwrap_or_else(|| self.lexer.next_token());
        self.line = token.line;
        token
    }

    fn back(&mut self, token: Token) {
        self.pending.push(token);
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.back(token.clone());
        token
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back(token.clone());
        token
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(ParseError { file: self.file.into(), line: self.line, message: message.into() })
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result<T> {
        if token.kind == Kind::Error {
            if self.action_line != 0 && self.action_line != token.line {
                let place = format!(" in action started at {}:{}", self.file, self.action_line);
                let place =
                    if token.text.ends_with(" action") { &place[" in action".len()..] } else { &place };
                return self.error(format!("{}{place}", token.text));
            }
            return self.error(token.text.clone());
        }
        self.error(format!("unexpected {} in {context}", token.describe()))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    fn enter(&mut self) -> Result<()> {
        self.nesting += 1;
        if self.nesting > MAXIMUM_NESTING {
            return self.error("max expression depth exceeded");
        }
        Ok(())
    }

    fn define(&mut self, name: String, root: List) -> Result<()> {
        let tree =
            Tree { name: name.clone(), file: self.shared_file.clone(), text: self.shared_text.clone(), root };
        match self.definitions.get(&name) {
            Some(existing) if !existing.is_empty() => {
                if !tree.is_empty() {
                    return Err(ParseError {
                        file: self.file.into(),
                        line: self.line,
                        message: format!("template: multiple definition of template {}", quote(&name)),
                    });
                }
            }
            _ => {
                self.definitions.insert(name, tree);
            }
        }
        Ok(())
    }

    fn top_level(&mut self) -> Result<List> {
        let mut root = List::new();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(root);
            }
            if token.kind == Kind::LeftDelimiter {
                let delimiter = self.next();
                let following = self.next_non_space();
                if following.kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.back(following);
                self.back(delimiter);
            }
            let node = self.text_or_action()?;
            if matches!(node, Node::End | Node::Else) {
                return self.error(format!("unexpected {node}"));
            }
            root.push(node);
        }
    }

    /// The rest of `{{define "name"}} … {{end}}` behind the keyword. Variables of the file are not visible inside.
    fn definition(&mut self) -> Result<()> {
        let context = "define clause";
        let token = self.next_non_space();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(&token, context);
        }
        let Some(name) = unquote(&token.text) else {
            return self.error("invalid syntax");
        };
        self.expect(Kind::RightDelimiter, context)?;
        let root = self.separate_body(context)?;
        self.define(name, root)
    }

    /// A body that is a template of its own: parsed with fresh variables, up to its `{{end}}`.
    fn separate_body(&mut self, context: &str) -> Result<List> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let range_depth = std::mem::take(&mut self.range_depth);
        self.enter()?;
        let (root, end) = self.item_list()?;
        self.nesting -= 1;
        if !matches!(end, Node::End) {
            return self.error(format!("unexpected {end} in {context}"));
        }
        self.variables = variables;
        self.range_depth = range_depth;
        Ok(root)
    }

    /// Nodes up to `{{end}}` or `{{else}}`, which is returned too.
    fn item_list(&mut self) -> Result<(List, Node)> {
        let mut list = List::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                end @ (Node::End | Node::Else) => return Ok((list, end)),
                node => list.push(node),
            }
        }
        self.error("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Node::Text { position: token.position, text: token.text }),
            Kind::LeftDelimiter => {
                self.action_line = token.line;
                let node = self.action();
                self.action_line = 0;
                node
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Block => self.block(),
            Kind::Break => self.loop_control(Node::Break, "break"),
            Kind::Continue => self.loop_control(Node::Continue, "continue"),
            Kind::Else => self.else_control(),
            Kind::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                Ok(Node::End)
            }
            Kind::If => Ok(Node::If(Box::new(self.branch("if")?))),
            Kind::Range => Ok(Node::Range(Box::new(self.branch("range")?))),
            Kind::With => Ok(Node::With(Box::new(self.branch("with")?))),
            Kind::Template => self.template(),
            _ => {
                self.back(token);
                let token = self.peek();
                let pipe = self.pipeline("command", Kind::RightDelimiter)?;
                Ok(Node::Action { position: token.position, pipe })
            }
        }
    }

    fn loop_control(&mut self, node: Node, name: &str) -> Result<Node> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelimiter {
            return self.unexpected(&token, &format!("{{{{{name}}}}}"));
        }
        if self.range_depth == 0 {
            return self.error(format!("{{{{{name}}}}} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    /// `else`, or `else if`/`else with`, whose second word stays to be read.
    fn else_control(&mut self) -> Result<Node> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(Node::Else)
    }

    fn branch(&mut self, context: &str) -> Result<Branch> {
        self.enter()?;
        let variables = self.variables.len();
        let position = self.peek_non_space().position;
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        if context == "range" {
            self.range_depth += 1;
        }
        let (list, next) = self.item_list()?;
        if context == "range" {
            self.range_depth -= 1;
        }
        let mut else_list = None;
        if matches!(next, Node::Else) {
            let following = self.peek_non_space().kind;
            if context == "if" && following == Kind::If {
                self.next_non_space();
                else_list = Some(vec![Node::If(Box::new(self.branch("if")?))]);
            } else if context == "with" && following == Kind::With {
                self.next_non_space();
                else_list = Some(vec![Node::With(Box::new(self.branch("with")?))]);
            } else {
                let (list, end) = self.item_list()?;
                if !matches!(end, Node::End) {
                    return self.error(format!("expected end; found {end}"));
                }
                else_list = Some(list);
            }
        }
        self.variables.truncate(variables);
        self.nesting -= 1;
        Ok(Branch { position, pipe, list, else_list })
    }

    fn block(&mut self) -> Result<Node> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        let root = self.separate_body(context)?;
        self.define(name.clone(), root)?;
        Ok(Node::Template { position: token.position, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result<Node> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let mut pipe: Option<Pipe> = None;
        let following = self.next_non_space();
        if following.kind != Kind::RightDelimiter {
            self.back(following);
            pipe = Some(self.pipeline(context, Kind::RightDelimiter)?);
        }
        Ok(Node::Template { position: token.position, name, pipe })
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Result<String> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(token, context);
        }
        unquote(&token.text).map_or_else(|| self.error("invalid syntax"), Ok)
    }
}
