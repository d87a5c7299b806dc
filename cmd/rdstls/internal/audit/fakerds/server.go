package fakerds

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is the fake API. Its Regions may be changed between requests.
type Server struct {
	URL     string
	Regions map[string]*State

	tb      testing.TB
	mu      sync.Mutex
	calls   []string
	hangAt  string
	reached chan struct{}
	ended   chan struct{}
}

// New starts a fake API, which ends with the test. A Region that it does not
// have answers as one that is not enabled.
func New(tb testing.TB, regions map[string]*State) *Server {
	tb.Helper()
	s := &Server{Regions: regions, tb: tb, ended: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	tb.Cleanup(server.Close)
	tb.Cleanup(func() { close(s.ended) })
	s.URL = server.URL
	return s
}

// HangAt makes the fake never answer an action. The channel is closed when the
// action was called.
func (s *Server) HangAt(action string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangAt, s.reached = action, make(chan struct{})
	return s.reached
}

// Calls returns the actions that were called so far, with their Regions, each
// call once however often the SDK repeated it.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// Environment returns what makes an AWS SDK talk to the fake, and to nothing else.
func (s *Server) Environment(region string) []string {
	return []string{
		"AWS_ENDPOINT_URL_RDS=" + s.URL, "AWS_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=canary-secret-key", "AWS_MAX_ATTEMPTS=3",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
}

func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := req.ParseForm(); err != nil {
		s.tb.Errorf("fakerds: %v", err)
	}
	action, region := req.Form.Get("Action"), scope(req.Header.Get("Authorization"))
	// Retries do not count. On a busy machine the SDK repeats some calls by itself:
	// this server can answer before the SDK has finished sending.
	if attempt := req.Header.Get("Amz-Sdk-Request"); attempt == "" || strings.HasPrefix(attempt+";", "attempt=1;") {
		s.calls = append(s.calls, region+" "+action)
	}
	if !strings.HasPrefix(action, "Describe") {
		s.tb.Errorf("fakerds: the action %s is not a Describe action", action)
		fail(w, "AccessDenied")
		return
	}
	if action == s.hangAt {
		close(s.reached)
		<-s.ended
		return
	}
	state := s.Regions[region]
	if state == nil {
		fail(w, "InvalidClientTokenId")
		return
	}
	if state.throttle < state.Throttle {
		state.throttle++
		fail(w, "Throttling")
		return
	}
	answer, code := state.answer(action, req.Form)
	if code != "" {
		fail(w, code)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><%[1]sResult>%[2]s</%[1]sResult>`+
		`<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, action, answer)
}

// scope returns the Region in the credential scope of a signature.
func scope(authorization string) string {
	if parts := strings.Split(authorization, "/"); len(parts) > 2 {
		return parts[2]
	}
	return ""
}

func fail(w http.ResponseWriter, code string) {
	status := http.StatusBadRequest
	switch code {
	case "InternalFailure":
		status = http.StatusInternalServerError
	case "AccessDenied":
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
		code, "canary-message: User arn:aws:iam::1:user/canary is not authorized")
}

// page cuts one page out of a list, and returns it with the next marker.
func page[T any](s *State, form url.Values, list []T) ([]T, string) {
	start, _ := strconv.Atoi(form.Get("Marker"))
	size := s.PageSize
	if limit, err := strconv.Atoi(form.Get("MaxRecords")); err == nil && limit < size {
		size = limit
	}
	if s.RepeatMarker {
		return list, "1"
	}
	end := min(start+size, len(list))
	marker := ""
	if end < len(list) {
		marker = strconv.Itoa(end)
	}
	return list[min(start, end):end], marker
}

func text(value string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(value)) // a strings.Builder does not fail
	return b.String()
}
