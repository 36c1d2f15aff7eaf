//! The .sourceignore pattern language, as Git defines it and Flux applies it.
