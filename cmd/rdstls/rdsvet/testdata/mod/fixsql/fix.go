package fixsql

import "database/sql"
import _ "github.com/go-sql-driver/mysql"
import _ "github.com/jackc/pgx/v5/stdlib"

const host = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

func open() error {
	a, err := sql.Open("pgx", "postgres://"+host+"/orders") // want `RT001`
	if err != nil {
		return err
	}
	b, err := sql.Open("mysql", "app@tcp("+host+")/orders?tls=skip-verify") // want `RT002`
	if err != nil {
		return err
	}
	_ = b.Close()
	return a.Close()
}
