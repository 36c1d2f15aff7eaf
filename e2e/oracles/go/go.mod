module ferroflux/e2e/oracles/go

go 1.26
