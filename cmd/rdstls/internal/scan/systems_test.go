package scan_test

import "testing"

// TestOtherSystems checks that settings of servers that are no databases of RDS are
// silent, and that the same settings of databases beside them are not.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	const node = "const { Pool } = require('pg')\n"
	testFiles(t, map[string]fileCase{
		"cassandra":            {"cass.py", "class Cassandra(BaseQueryRunner):\n    def run(self):\n        if self.configuration.get(\"useSsl\", False):\n            pass\n", nil},
		"redis-yaml":           {"a.yaml", "mysql:\n  host: ENDPOINT\n\n\n\nredis:\n  host: r\n  useSSL: false\n", nil},
		"mysql-beside-redis":   {"a.yaml", "redis:\n  host: r\nmysql:\n  name: x\n  a: 1\n  b: 2\n  useSSL: false\n", []string{"RT132 note 7"}},
		"minio":                {"a.js", "const c = new Minio.Client({\n  endPoint: 'play.min.io',\n  useSSL: false,\n})\n", nil},
		"only-other-systems":   {"a.yaml", "client:\n  useSSL: false\nserver: kafka\n", nil},
		"kafka-camel-case":     {"a.properties", "kafkaUseSsl=false\nurl=jdbc:mysql://${H}/x\n", nil},
		"own-http-server":      {"conf.json", "{\n  \"MySQLUser\": \"x\",\n  \"UseSSL\": false,\n  \"ListenAddress\": \":3000\"\n}\n", nil},
		"data-source":          {"a.yaml", "datasource:\n  properties:\n    useSSL: false\n", []string{"RT132 note 3"}},
		"sql-server":           {"appsettings.json", "{\"Default\": \"Server=tcp:x.net;Initial Catalog=a;TrustServerCertificate=True\"}", nil},
		"sql-server-java":      {"A.java", "String url = \"jdbc:sqlserver://x.net;\"\n    + \"encrypt=true;\"\n    + \"trustServerCertificate=true\";\n", nil},
		"mariadb-java":         {"A.java", "// the mariadb driver\np.setProperty(\"trustServerCertificate\", \"true\");\n", []string{"RT132 note 2"}},
		"ioredis":              {"a.js", node + "const redis = new Redis(url, {\n  tls: { rejectUnauthorized: false },\n})\n", nil},
		"pool-beside-ioredis":  {"a.js", node + "const redis = new Redis(url)\nconst pool = new Pool({\n  ssl: { rejectUnauthorized: false },\n})\n", []string{"RT133 note 4"}},
		"nodemailer":           {"a.js", node + "nodemailer.createTransport({\n  tls: {\n    rejectUnauthorized: false\n  }\n})\n", nil},
		"celery":               {"settings.py", "ENGINE = 'django.db.backends.postgresql'\nCELERY_BROKER_USE_SSL = {\n    'ssl_cert_reqs': ssl.CERT_NONE,\n}\n", nil},
		"redis-python":         {"a.py", "import psycopg2\nr = redis.Redis(url, ssl_cert_reqs=ssl.CERT_NONE, ssl_check_hostname=False)\n", nil},
		"context-of-asyncpg":   {"a.py", "import asyncpg, redis\nctx.check_hostname = False\n", []string{"RT131 note 2"}},
		"redis-mode":           {".env", "REDIS_SSL_MODE=disable\nDB_SSL_MODE=disable\n", []string{"RT110 note 2"}},
		"mongo-yaml":           {"a.yaml", "mongodb:\n  sslMode: disabled\n", nil},
		"pg-of-kafka-consumer": {"compose.yaml", "kafka-consumer:\n  environment:\n    PGSSLMODE: disable\n", []string{"RT110 note 3"}},
		"redis-pool":           {"a.js", node + "const redis_pool = create({ tls: { rejectUnauthorized: false } })\n", nil},
		"mysql-server":         {"compose.yaml", "services:\n  db:\n    image: mysql:8.0\n    command: --skip-ssl\n    healthcheck:\n      test: [\"CMD\", \"mysqladmin\", \"ping\"]\n", nil},
		"mysqld":               {"compose.yaml", "db:\n  container_name: mysql\n  command: [\"mysqld\", \"--skip-ssl\"]\n", nil},
		"mysql-in-compose":     {"compose.yaml", "job:\n  image: mysql:8.0\n  command: [\"mysql\", \"--skip-ssl\"]\n", []string{"RT134 note 3"}},
		"mysql-in-a-job":       {"job.yaml", "args:\n  - mysql -h $H \\\n    --skip-ssl\n", []string{"RT134 note 3"}},
		"options-of-mysql":     {"a.sh", "OPTIONS=--skip-ssl\n/usr/bin/mysql $OPTIONS\n", []string{"RT134 note 1"}},
		"data-directory":       {"a.sh", "mysqld --skip-ssl --datadir=/var/lib/mysql\n", nil},
		"rds-host-decides":     {"a.js", "// mailer\nconst mailer = {\n  host: 'ENDPOINT',\n  ssl: { rejectUnauthorized: false },\n}\n", []string{"RT133 error 4"}},
	})
}
