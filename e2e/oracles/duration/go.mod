module ferroflux.test/oracles/duration

go 1.26
