module tpops/test/vulnerabilities/known

go 1.26.0

require github.com/pires/go-proxyproto v0.6.0
