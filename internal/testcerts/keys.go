package testcerts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"sync"
)

// keys holds the keys of servers and attackers, one for each role and type, generated on
// first use.
var keys sync.Map // string → func() crypto.Signer

// cachedKey returns the key of a role. Certificates that play the same role share it.
func cachedKey(role string, t KeyType) crypto.Signer {
	once := sync.OnceValue(func() crypto.Signer { return generateKey(t) })
	got, _ := keys.LoadOrStore(role+" "+string(t), once)
	return got.(func() crypto.Signer)()
}

func generateKey(t KeyType) crypto.Signer {
	var key crypto.Signer
	var err error
	switch t {
	case RSA2048:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case ECC384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		panic(fmt.Sprintf("testcerts: key type %q: want RSA2048 or ECC384", t))
	}
	if err != nil {
		panic(fmt.Sprintf("testcerts: %s key: %v", t, err))
	}
	return key
}

// PEMFiles returns the two files that a database server is configured with: the chain,
// the server's certificate first, and the private key in PKCS #8 form.
func PEMFiles(cert tls.Certificate) (chain, key []byte) {
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		panic(fmt.Sprintf("testcerts: private key: %v", err))
	}
	return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
