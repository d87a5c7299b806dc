package rdsmysql_test

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// TestDiagnosePlugins checks that a server that wants a plugin that the driver does not
// have is explained, by the stock driver and through this package. parsec is
// MariaDB's, the others are MySQL's.
func TestDiagnosePlugins(t *testing.T) {
	t.Parallel()
	for _, plugin := range []fakedb.MySQLPlugin{
		"parsec", "authentication_ldap_sasl_client", "authentication_kerberos_client", "authentication_webauthn_client", "dialog", "mysql_old_password",
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plugin: plugin})
		for whose, db := range databases(t, diagnosed(t, s.Addr())) {
			wantDiagnosis(t, whose+" "+string(plugin), ping(t, db, testTimeout), rdstls.ReasonLogin, "plugin", "AWSAuthenticationPlugin")
		}
	}
	for _, err := range []error{mysql.ErrUnknownPlugin, mysql.ErrNativePassword, mysql.ErrOldPassword, mysql.ErrOldProtocol} {
		wantDiagnosis(t, "the driver's", err, rdstls.ReasonLogin, "plugin")
	}
	wantDiagnosis(t, "the driver's", mysql.ErrCleartextPassword, rdstls.ReasonLogin, "Options.Password")
	wantDiagnosis(t, "the driver's", mysql.ErrNoTLS, rdstls.ReasonNoTLS, "port")
	for _, err := range []error{mysql.ErrInvalidConn, mysql.ErrMalformPkt, mysql.ErrPktSync, mysql.ErrPktSyncMul, mysql.ErrPktTooLarge, mysql.ErrBusyBuffer} {
		advicetest.WantNone(t, "the driver's, of a query", err)
	}
}

// TestDiagnosePoolers checks what ProxySQL says, and a login without a password.
func TestDiagnosePoolers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number  uint16
		message string
		want    rdstls.Reason // none if empty
		fact    string
	}{
		{9001, "Max connect timeout reached while reaching hostgroup 0 after 10001ms", rdstls.ReasonUnreachable, "use_ssl"},
		{1045, "ProxySQL Error: Access denied for user '" + canaryUser + "'@'10.0.0.1' (using password: YES)", rdstls.ReasonLogin, "user and password"},
		{1045, "ProxySQL Error: Access denied for user '" + canaryUser + "'@'10.0.0.1' (using password: NO)", rdstls.ReasonLogin, "no password"},
		{1045, "Access denied for user '" + canaryUser + "'@'10.0.0.1' (using password: NO)", rdstls.ReasonLogin, "Options.Password"},
		{9501, "Timed-out waiting to acquire database connection", rdstls.ReasonUnreachable, "RDS Proxy"}, // RDS Proxy
		{9002, "Too many connections", "", ""},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plugin: fakedb.CachingSHA2Password, Login: func(fakedb.Login) *fakedb.LoginError {
			return &fakedb.LoginError{Number: tt.number, SQLState: "HY000", Message: tt.message}
		}})
		for whose, db := range databases(t, diagnosed(t, s.Addr())) {
			if err := ping(t, db, testTimeout); tt.want == "" {
				advicetest.WantNone(t, whose, err)
			} else {
				wantDiagnosis(t, whose, err, tt.want, tt.fact)
			}
		}
	}
}
