//! What stands at the ceiling of depth works on the stack of an ordinary thread, even unoptimised.

use ferroflux_yaml::{
    DuplicateKeys, ReadOptions, TreeOptions, WriteOptions, read_documents, read_value, write_documents,
    write_value, write_value_with,
};

#[test]
fn the_deepest_documents_are_read_and_written() {
    let depth = 500;
    let flow = "[".repeat(depth) + &"]".repeat(depth);
    let block = "- ".repeat(depth) + "x\n";
    let maps = "{a: ".repeat(depth) + "x" + &"}".repeat(depth);
    let anchored = "- ".repeat(depth - 1) + "&a x\n";
    for text in [flow, block, maps, anchored] {
        for options in [ReadOptions::sigs(), ReadOptions::kyaml()] {
            let value = read_value(text.as_bytes(), &options).expect("just deep enough");
            write_value(&value).expect("can be written");
            write_value_with(&value, &WriteOptions::pretty()).expect("can be written");
            let documents = read_documents(text.as_bytes(), &options).expect("just deep enough");
            let long_way = documents[0].to_value(&options).expect("has a value");
            assert_eq!(long_way, value);
            write_documents(&documents, &TreeOptions::kyaml()).expect("can be written");
        }
    }
    let options = ReadOptions { duplicate_keys: DuplicateKeys::LastWins, ..ReadOptions::kyaml() };
    assert!(read_value("{a: ".repeat(depth + 1).as_bytes(), &options).is_err());
}
