// Package endtoend tests 'rdstls audit' as people run it: the built program
// against an RDS API in process.
package endtoend
