// Import does nothing but import every package of the module.
package main

import (
	_ "github.com/rdstls/go/bundle"
	_ "github.com/rdstls/go/mysql"
	_ "github.com/rdstls/go/pgx"
	_ "github.com/rdstls/go/rdsiam"
	_ "github.com/rdstls/go/rdstls"
)

func main() {}
