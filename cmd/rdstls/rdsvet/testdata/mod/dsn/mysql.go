package dsn

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
)

func mysqlStrings() {
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders")                                           // want `RT001: without tls the driver`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=preferred")                             // want `RT001`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=skip-verify")                           // want `RT002`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=true")                                  // want `RT004`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?TLS=rds")                                   // want `RT011: the parameter tls is none of this driver's`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?sslmode=verify-full")                       // want `RT011`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=")                                      // want `RT011`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=rds&allowFallbackToPlaintext=true")     // want `RT007`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=skip-verify&allowCleartextPasswords=1") // want `RT002` `RT008`
	_, _ = sql.Open("mysql", "app:pw@tcp("+rds+")/orders?tls=rds&allowCleartextPasswords=1")
	_, _ = sql.Open("mysql", "app:pw@tcp(localhost)/orders")
	_ = gormmysql.Open("app:pw@tcp(" + rds + ")/orders?tls=skip-verify") // want `RT002`
	_, _ = rdsmysql.OpenDB("app:pw@tcp("+rds+")/orders", nil)
}

func mysqlConfigurations() {
	parsed, _ := mysql.ParseDSN("app:pw@tcp(" + rds + ")/orders?tls=skip-verify") // want `RT002`
	connector, _ := mysql.NewConnector(parsed)
	_ = sql.OpenDB(connector)

	ours, _ := mysql.ParseDSN("app:pw@tcp(" + rds + ")/orders")
	_, _ = rdsmysql.NewConnector(ours, nil)

	literal := &mysql.Config{Net: "tcp", Addr: rds + ":3306", TLSConfig: "skip-verify"} // want `RT002`
	_, _ = sql.Open("mysql", literal.FormatDSN())

	strict := mysql.Config{Net: "tcp", Addr: rds + ":3306", TLSConfig: "rds"}
	_, _ = sql.Open("mysql", strict.FormatDSN())
}

func token(ctx context.Context, host string, credentials aws.CredentialsProvider) error {
	token, err := auth.BuildAuthToken(ctx, host+":3306", "eu-west-1", "app", credentials)
	if err != nil {
		return err
	}
	dsn := fmt.Sprintf("app:%s@tcp(%s)/orders?tls=skip-verify", token, host)
	_, err = sql.Open("mysql", dsn) // want error `RT002`
	return err
}
