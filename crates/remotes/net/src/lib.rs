//! HTTP clients, TLS material and limits shared by everything that talks to the outside.
