//! The `--set` grammar beside Helm's: same values, same errors.

mod oracle;

use ferroflux_helm::values::set::{Typing, set};
use serde_json::{Map, Value, json};

const CASES: &[&str] = &[
    "a=1",
    "a=b,c=d",
    "a.b=c",
    "a.b.c=1,a.b.d=2",
    "a=true,b=FALSE,c=null,d=Null",
    "a=0,b=-3,c=+5,d=007,e=1.5,f=1e3",
    "a=0x10,b=1_000,c=9223372036854775807,d=9223372036854775808",
    "a=",
    "a=,b=1",
    "a={x,y}",
    "a={}",
    "a={1,true,null,x}",
    "a={x}y",
    "a={x,y},b=1",
    "a={x",
    "a[0]=1",
    "a[2]=x",
    "a[0].b=1,a[0].c=2",
    "a[0][1]=x",
    "a[1].b[0]=y",
    "a[-1]=1",
    "a[70000]=1",
    "a[x]=1",
    "a[0",
    "a[0]x=1",
    "a",
    "a,b=1",
    "a.b",
    "a.",
    "a..b=1",
    "a.=1",
    "=1",
    ".a=1",
    "[0]=1",
    "",
    "a\\.b=1",
    "a\\,b=c\\,d",
    "a=b\\=c",
    "a=b=c",
    "a= x ",
    "a=\"q\"",
    "a.b=1,a=2",
    "a=1,a.b=2",
    "a=1,a[0]=2",
    "a[0]=1,a.b=2",
    "a=\\{x\\}",
    "a={x\\,y}",
    "a.b[0].c.d[1]=z",
    "a=1,",
    ",a=1",
    "a=1,,b=2",
    "a[0]=1,a[1]=2,a[2]={x}",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.aa.bb.cc.dd.ee.ff=1",
    "a=é,ü=1",
    "a={ x , y }",
    "a b=c d",
    "a[0].b",
    "a[0]",
    "a[0]=",
    "a[0]=,b=1",
    "a={},b={}",
    "a=null,a.b=1",
    "a[0]=null,a[0].b=1",
    "a\\",
    "a=\\",
];

/// helm-engine.md 10
#[test]
fn set_texts_are_read_as_helm_reads_them() {
    let mut requests = Vec::new();
    for case in CASES {
        requests.push(json!({"op": "set", "set": [case]}));
        requests.push(json!({"op": "set", "setString": [case]}));
    }
    let answers = oracle::ask(&requests);
    let mut different = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let case = CASES[index / 2];
        let typing = if index % 2 == 0 { Typing::Typed } else { Typing::Strings };
        let theirs = match answer["error"].as_str() {
            Some("") | None => Ok(answer["values"].clone()),
            Some(error) => Err(error.to_owned()),
        };
        let mut values = Map::new();
        let ours =
            set(case, typing, &mut values).map(|()| Value::Object(values)).map_err(|error| error.to_string());
        if ours != theirs {
            different.push(format!("{case} ({typing:?})\n  helm: {theirs:?}\n  ours: {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
