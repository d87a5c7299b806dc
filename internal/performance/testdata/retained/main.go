// Retained prints the bytes of heap that configurations keep in use, in a
// process that has done nothing else.
package main

import (
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"runtime"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/rdstls"
)

func main() {
	before := heap()
	kept := keep(os.Args[1])
	fmt.Println(heap() - before)
	runtime.KeepAlive(kept)
}

// keep makes what is to be measured.
func keep(what string) any {
	switch what {
	case "region":
		return configs(1)
	case "ten-regions":
		return configs(10)
	case "shared":
		return must(rdstls.SharedConfig(nil))
	case "pool-of-108": // what a driver keeps of sslrootcert=global-bundle.pem
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(bundle.PEM())
		return pool
	}
	log.Fatalf("what is %q?", what)
	return nil
}

// configs makes a configuration for each of n Regions.
func configs(n int) any {
	var all []any
	for _, region := range bundle.Regions()[:n] {
		all = append(all, must(rdstls.ClientConfig("orders.c9akciq32."+region+".rds.amazonaws.com", nil)))
	}
	return all
}

func must(cfg any, err error) any {
	if err != nil {
		log.Fatal(err)
	}
	return cfg
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first left to finalizers and pools
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
