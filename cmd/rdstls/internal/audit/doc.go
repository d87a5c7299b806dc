// Package audit judges whether RDS databases and proxies require TLS, and
// whether their certificates stay valid.
//
// It is pure: it knows neither AWS nor the clock nor an output format. Package
// collect reads the facts of this package's model, Judge turns them into
// findings, each with a remedy where one exists, and package report prints them.
package audit
