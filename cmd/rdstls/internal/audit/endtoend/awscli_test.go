//go:build matrix

package endtoend

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// recorder answers every action of the RDS API as if it had succeeded, and keeps
// what it was asked.
type recorder struct {
	mu    sync.Mutex
	forms []string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	_ = req.ParseForm()
	r.mu.Lock()
	r.forms = append(r.forms, req.Form.Encode())
	r.mu.Unlock()
	action := req.Form.Get("Action")
	body := ""
	switch action {
	case "DescribeDBInstances":
		body = "<DBInstances><DBInstance><DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances>"
	case "DescribeDBClusters":
		body = "<DBClusters><DBCluster><Status>available</Status></DBCluster></DBClusters>"
	}
	_, _ = w.Write([]byte("<" + action + "Response><" + action + "Result>" + body + "</" + action + "Result></" + action + "Response>"))
}

// TestMatrixAWSAccepts checks that a shell and the real AWS command line accept every
// command that the audit prints. make test-matrix runs it where aws is installed.
func TestMatrixAWSAccepts(t *testing.T) {
	t.Parallel()
	aws, err := exec.LookPath("aws")
	if err != nil {
		t.Fatal("make test-matrix runs this only where aws is installed: ", err)
	}
	state, _ := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	_, doc := auditJSON(t, s, "--check", "enforcement,proxy-tls,certificate,iam", "--require-iam")
	r := &recorder{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	tried := map[string]bool{}
	for _, f := range doc.Findings {
		if f.Remedy == nil {
			continue
		}
		for _, command := range f.Remedy.Commands {
			shape := strings.Join(strings.Fields(command)[:4], " ") + f.Check + f.Engine
			if tried[shape] {
				continue
			}
			tried[shape] = true
			before := len(r.forms)
			c := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "aws", aws, 1))
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			c.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
				"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=")
			if err := c.Run(); err != nil || len(r.forms) == before {
				t.Errorf("%s: %v, %d requests\n%s", command, err, len(r.forms)-before, out.String())
			}
		}
	}
	if len(tried) < 10 {
		t.Errorf("only %d commands were tried", len(tried))
	}
}
