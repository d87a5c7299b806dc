package rdsmysql

// The plugins of which the driver sends a hash in its first packet. A server that
// wants another one asks for it inside TLS.
const (
	nativePassword      = "mysql_native_password" //nolint:gosec // the name of a plugin
	cachingSHA2Password = "caching_sha2_password" //nolint:gosec // the name of a plugin
)

// safePlugin returns plugin if the driver's first packet does not hold the
// password itself, and otherwise one of which this is true. libmysqlclient 8.0
// begins with caching_sha2_password at every server.
func safePlugin(plugin string, allowNative bool) string {
	if plugin == nativePassword && allowNative {
		return nativePassword
	}
	return cachingSHA2Password
}
