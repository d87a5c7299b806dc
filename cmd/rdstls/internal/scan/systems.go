package scan

import (
	"path/filepath"
	"regexp"
	"strings"
)

// A system is what a setting is for. Other servers than databases have settings of
// the same names: useSSL, rejectUnauthorized, check_hostname.
type system int

const (
	unknownSystem system = iota
	databaseSystem
	otherSystem
)

var (
	databaseName = wordsOf(`postgres\w*|pg|pgssl\w*|pgx?pool|pgbouncer|psql|psycopg\d?|asyncpg|pg8000|npgsql|mysql\w*|pymysql|aiomysql|mariadb\w*|aurora|rds`)
	otherName    = wordsOf(`cassandra|datastax|scylla|redis|ioredis|jedis|lettuce|valkey|memcached?|kafka\w*|confluent|mongo(?:db|ose|client)?|pymongo|` +
		`ldaps?|smtp\w*|imap|pop3|nodemailer|e?mail(?:er|s)?|minio|s3|elastic(?:search)?|opensearch|rabbit(?:mq)?|amqps?|kombu|celery|broker|activemq|pulsar|nats|mqtt|zookeeper|etcd|` +
		`sql ?server|mssql|tedious|pyodbc|oracle|db2|hive|impala|presto|trino|clickhouse|snowflake|couchbase|couchdb|neo4j|influx(?:db)?|solr|ignite|hazelcast|vertica|druid|teradata|hbase|` +
		`s?ftps?|axios|undici|requests|urllib3?|aiohttp|httpx|https?|grpc|websockets?`)
	// anyDatabase means a database where nothing else is named: "redis_pool" is none.
	anyDatabase = wordsOf(`jdbc|r2dbc|hikari\w*|data[_-]?sources?|databases?|db|sequelize|typeorm|knex|prisma|drizzle|sqlalchemy|create_(?:async_)?engine|pool|dialect\w*|connect_args`)
)

func wordsOf(alternatives string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^a-z])(?:` + alternatives + `)(?:[^a-z]|$)`)
}

// systemOf returns what the setting on line i is for. The nearest name decides: on
// the line itself, in what it is nested in, and in the name of the file.
func (f *file) systemOf(i int) system {
	if rdsName.MatchString(f.statement(i)) {
		return databaseSystem
	}
	indent := maxLine
	for at := i; at >= 0 && indent > 0; at-- {
		line := f.lines[at]
		text := strings.TrimLeft(line, " \t-")
		width := len(line) - len(text)
		if text == "" || width >= indent || len(line) > maxLine || f.comments[at] {
			continue
		}
		indent = width
		if s := systemIn(text); s != unknownSystem {
			return s
		}
	}
	return systemIn(filepath.Base(f.path))
}

var camelCase = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// systemIn returns the system that text names: "kafkaUseSsl" names Kafka.
func systemIn(text string) system {
	words := strings.ToLower(camelCase.ReplaceAllString(text, "$1 $2"))
	switch {
	case databaseName.MatchString(words):
		return databaseSystem
	case otherName.MatchString(words):
		return otherSystem
	case anyDatabase.MatchString(words):
		return databaseSystem
	}
	return unknownSystem
}
