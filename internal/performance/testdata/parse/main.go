// Parse parses the certificates of a PEM file, in a process that has done nothing
// else, and prints how many nanoseconds crypto/x509 took.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var took time.Duration
	for len(text) > 0 {
		var block *pem.Block
		block, text = pem.Decode(text)
		begin := time.Now()
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			log.Fatal(err)
		}
		took += time.Since(begin)
	}
	fmt.Println(took.Nanoseconds())
}
