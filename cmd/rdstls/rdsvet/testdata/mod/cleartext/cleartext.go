package cleartext

import (
	"crypto/tls"
	"database/sql"
	"os"

	"github.com/go-sql-driver/mysql"
)

func literals() []string {
	bad := mysql.Config{AllowCleartextPasswords: true, TLSConfig: "skip-verify"} // want `RT008: AllowCleartextPasswords sends the password`
	none := mysql.Config{AllowCleartextPasswords: true}                          // want `RT008`
	good := mysql.Config{AllowCleartextPasswords: true, TLS: &tls.Config{}}
	key := mysql.Config{AllowCleartextPasswords: true, TLSConfig: "rds"}
	return []string{bad.FormatDSN(), none.FormatDSN(), good.FormatDSN(), key.FormatDSN()}
}

func assigned() string {
	bad, _ := mysql.ParseDSN("app@tcp(db.prod.net)/orders?tls=skip-verify") // want `RT002`
	bad.AllowCleartextPasswords = true                                      // want `RT008`

	good, _ := mysql.ParseDSN("app@tcp(db.prod.net)/orders?tls=rds")
	good.AllowCleartextPasswords = true

	params := mysql.NewConfig()
	params.AllowCleartextPasswords = true
	params.Params = map[string]string{"tls": "rds"}
	return bad.FormatDSN() + good.FormatDSN() + params.FormatDSN()
}

func parameter(cfg *mysql.Config) { // literals sets TLS elsewhere in the package
	cfg.AllowCleartextPasswords = true
}

func weakLater() {
	cfg := mysql.NewConfig() // want `RT001`
	cfg.Addr = os.Getenv("DB_HOST")
	cfg.AllowCleartextPasswords = true // want `RT008`
	cfg.TLSConfig = "preferred"
	_, _ = mysql.NewConnector(cfg)

	charset := mysql.Config{Net: "tcp", Addr: os.Getenv("DB_HOST"), AllowCleartextPasswords: true, Params: map[string]string{"charset": "utf8mb4"}} // want `RT001` `RT008`
	_, _ = mysql.NewConnector(&charset)
}

func goodLater() {
	cfg := mysql.NewConfig()
	cfg.Addr = os.Getenv("DB_HOST")
	cfg.AllowCleartextPasswords = true
	cfg.Params = map[string]string{"tls": "rds"}
	_, _ = sql.Open("mysql", cfg.FormatDSN())
}
