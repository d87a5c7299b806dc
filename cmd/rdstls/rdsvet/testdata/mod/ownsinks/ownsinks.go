// Package ownsinks has functions that take connection strings, which the flag
// -sinks names. It does not import a driver itself.
package ownsinks

import "fmt"

type store struct{}

func open(dsn string) error { return nil }

func (*store) connect(name, dsn string) error { return nil }

func use(host string, s *store) {
	_ = open("postgres://app@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/orders?sslmode=require")
	_ = open("postgres://app@localhost/orders?sslmode=disable")
	_ = open(fmt.Sprintf("postgres://app@%s/orders?sslmode=disable", host))
	_ = s.connect("orders", "app@tcp(db.prod.net)/orders?tls=skip-verify")
	_ = s.connect("orders", "app@tcp(db.prod.net)/orders?tls=rds")
}
