// Import links all of package bundle into a program and uses none of it, for the test that
// looks at what that costs at program start.
package main

import (
	"os"

	"github.com/rdstls/go/bundle"
)

func main() {
	if len(os.Args) > 1 {
		bundle.Pool(os.Args[1])
		bundle.AmazonTrust()
		for range bundle.Roots() {
		}
	}
}
