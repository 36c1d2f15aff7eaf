module ferroflux.test/oracles/template

go 1.26
