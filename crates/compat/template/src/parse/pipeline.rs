//! Pipelines, commands, operands and terms.

use super::{
    Parser, Result,
    lex::{Kind, Token},
    node::{Command, Operand, Pipe, Term, Variable},
};
use crate::{
    number::Number,
    quote::{quote, unquote},
};

impl Parser<'_> {
    /// A pipeline up to the token `end`, which is consumed.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let mut pipe = Pipe { position: self.peek_non_space().position, ..Pipe::default() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParenthesis => {
                    self.back(token);
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    /// `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next_non_space();
            // A variable that begins a command has its space remembered: `$x .y` is not `$x.y`.
            let after = self.peek();
            let following = self.peek_non_space();
            match following.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.is_assign = following.kind == Kind::Assign;
                    self.next_non_space();
                    pipe.declarations.push(declared(&variable));
                    self.variables.push(variable.text);
                    return Ok(());
                }
                Kind::Char if following.text == "," => {
                    self.next_non_space();
                    pipe.declarations.push(declared(&variable));
                    self.variables.push(variable.text);
                    if context == "range" && pipe.declarations.len() < 2 {
                        match self.peek_non_space().kind {
                            Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis => continue,
                            _ => return self.error("range can only initialize variables"),
                        }
                    }
                    return self.error(format!("too many declarations in {context}"));
                }
                _ => {
                    if after.kind == Kind::Space {
                        self.back(after);
                    }
                    self.back(variable);
                    return Ok(());
                }
            }
        }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.arguments.first().map(|operand| &operand.term);
            if let Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. }) = first
            {
                return self.error(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let mut arguments = Vec::new();
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                arguments.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParenthesis => self.back(token),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if arguments.is_empty() {
            return self.error("empty command");
        }
        Ok(Command { arguments })
    }

    /// A term and the fields that follow it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let token = self.peek();
        if token.kind != Kind::Field {
            return Ok(Some(operand));
        }
        let position = token.position;
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.next().text.trim_start_matches('.').to_owned());
        }
        let term = match operand.term {
            Term::Field(mut first) => {
                first.append(&mut fields);
                Term::Field(first)
            }
            Term::Variable(mut variable) => {
                variable.fields.append(&mut fields);
                variable.position = position;
                Term::Variable(variable)
            }
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                return self.error(format!("unexpected . after term {}", quote(&operand.to_string())));
            }
            term => {
                operand.term = term;
                Term::Chain(Box::new(operand), fields)
            }
        };
        Ok(Some(Operand { position, term }))
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        let position = token.position;
        let term = match token.kind {
            Kind::Identifier => {
                if !(self.is_function)(&token.text) {
                    return self.error(format!("function {} not defined", quote(&token.text)));
                }
                Term::Identifier(token.text)
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => {
                if !self.variables.contains(&token.text) {
                    return self.error(format!("undefined variable {}", quote(&token.text)));
                }
                Term::Variable(declared(&token))
            }
            Kind::Field => Term::Field(vec![token.text.trim_start_matches('.').to_owned()]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::CharConstant => Term::Number(Number::character(&token.text).or_else(|e| self.error(e))?),
            Kind::Complex | Kind::Number => {
                Term::Number(Number::parse(&token.text).or_else(|e| self.error(e))?)
            }
            Kind::LeftParenthesis => {
                self.enter()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParenthesis)?;
                self.nesting -= 1;
                Term::Pipe(pipe)
            }
            Kind::String | Kind::RawString => match unquote(&token.text) {
                Some(value) => Term::String { value, written: token.text },
                None => return self.error("invalid syntax"),
            },
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand { position, term }))
    }
}

fn declared(token: &Token) -> Variable {
    Variable { position: token.position, name: token.text.clone(), fields: Vec::new() }
}
