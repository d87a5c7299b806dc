// Package endtoend tests exec, env and token: the built command with the real
// programs of PostgreSQL, MySQL and MariaDB, against real servers and impostors.
package endtoend
