module ferroflux.dev/oracles/ignore

go 1.25.0

require github.com/fluxcd/pkg/sourceignore v0.17.0
