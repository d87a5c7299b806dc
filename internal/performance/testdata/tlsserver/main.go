// Tlsserver prints its address and the root of its certificate, and makes
// handshakes until its standard input is closed.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/rdstls/go/internal/testcerts"
)

func main() {
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	cert := ca.Instance("orders.c9akciq32.eu-west-1.rds.amazonaws.com")
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		log.Fatal(err)
	}
	go serve(l)
	fmt.Printf("%s\n%s", l.Addr(), ca.PEM())
	if err := os.Stdout.Close(); err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		log.Fatal(err)
	}
}

func serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer conn.Close()
			_, _ = io.Copy(io.Discard, conn) // until the client ends it
		}()
	}
}
