package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/cafile"
	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// trustStorePassword is Java's default. A trust store holds nothing secret.
const trustStorePassword = "changeit"

const bundlePEMLong = `REGION prints its three roots, proxy those of Amazon Trust Services, all (the default) AWS's own
file byte for byte, and --for exactly the roots that are trusted for one host. The smallest file is
the safest: every CA in it can vouch for any name. Use it as sslrootcert= of libpq, --ssl-ca= of
mysql, or NODE_EXTRA_CA_CERTS.

--format p12 is a trust store for Java, with the password "changeit"; --format configmap is for
kubectl apply -f -.`

func (a *app) bundlePEMCommand() *cobra.Command {
	var host string
	c := a.command(spec{
		use: "pem [flags] [REGION|proxy|all]", short: "Print the CAs for one host, one Region, RDS Proxy, or all.",
		example: "rdstls bundle pem --for orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com -o rds-ca.pem", long: bundlePEMLong,
		formats: []string{"pem", "text", "json", "p12", "configmap"}, noJudgment: true,
		args: needArgs(0, 1, "at most one of REGION, proxy and all"),
		run: func(_ context.Context, r *Run, args []string) (Verdict, error) {
			cas, text, err := selectCAs(host, args)
			if err != nil {
				return Verdict{}, err
			}
			return Verdict{}, printCAs(r, cas, text)
		},
	})
	c.Flags().StringVar(&host, "for", "", "exactly the CAs that are trusted for `HOST`, an RDS endpoint, with or without a port")
	return c
}

// selectCAs returns the CAs that the arguments ask for, and their PEM file.
func selectCAs(host string, args []string) ([]cafile.CA, []byte, error) {
	which := "all"
	if len(args) > 0 {
		which = args[0]
	}
	var cas []cafile.CA
	switch {
	case host != "" && len(args) > 0:
		return nil, nil, usage("--for and an argument cannot be combined")
	case host != "":
		// Consoles and configurations show the port with the name.
		name, _, err := client.ParseTarget(host, client.PostgresPort, false)
		if err == nil {
			cas, err = cafile.For(name)
		}
		if err != nil {
			return nil, nil, usage("--for: the host is not an RDS endpoint, or this version has no CAs for its Region")
		}
	case which == "all":
		for _, c := range cafile.Embedded().Certs {
			cas = append(cas, cafile.Describe(c))
		}
		return cas, bundle.PEM(), nil
	case which == "proxy":
		cas = cafile.Proxy()
	default:
		if cas = cafile.OfRegion(which); len(cas) == 0 {
			return nil, nil, errUnknownRegion
		}
	}
	return cas, cafile.PEM(cas), nil
}

func printCAs(r *Run, cas []cafile.CA, text []byte) error {
	switch r.Format {
	case "json":
		report := newBundleReport("pem")
		report.CAs, report.PEM = describeCAs(cas), string(text)
		return r.JSON(report)
	case "p12":
		if r.StdoutTerminal && !r.toFile {
			return usage("a p12 file is binary: write it with -o FILE")
		}
		store, err := trustStore(cas)
		if err != nil {
			return err
		}
		r.Out.Write(store)
	case "configmap":
		r.Out.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rds-ca\ndata:\n  rds-ca.pem: |\n")
		for line := range strings.Lines(string(text)) {
			r.Out.WriteString("    " + line)
		}
	default:
		r.Out.Write(text)
	}
	r.Warn(fmt.Sprintf("%d CAs, %d bytes, sha256 %x", len(cas), r.Out.Len(), sha256.Sum256(r.Out.Bytes())))
	return nil
}

// trustStore returns a PKCS #12 file that Java takes for a trust store.
func trustStore(cas []cafile.CA) ([]byte, error) {
	entries := make([]pkcs12.TrustStoreEntry, 0, len(cas))
	for _, ca := range cas {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: ca.Certificate, FriendlyName: ca.Certificate.Subject.CommonName})
	}
	return pkcs12.Modern.EncodeTrustStoreEntries(entries, trustStorePassword)
}
