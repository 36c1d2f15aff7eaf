//! Git over HTTP and SSH: listing references, shallow incremental fetches into a shared bare store, trees as streams.
