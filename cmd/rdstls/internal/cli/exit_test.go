package cli

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		verdict Verdict
		err     error
		args    []string
		want    int
	}{
		{"good", Verdict{}, nil, nil, 0},
		{"found", Verdict{Found: true}, nil, nil, 1},
		{"unknown", Verdict{Unknown: true}, nil, nil, 3},
		{"found before unknown", Verdict{Found: true, Unknown: true}, nil, nil, 1},
		{"found, zero", Verdict{Found: true}, nil, []string{"--exit-zero"}, 0},
		{"found and unknown, zero", Verdict{Found: true, Unknown: true}, nil, []string{"--exit-zero"}, 0},
		{"unknown, zero", Verdict{Unknown: true}, nil, []string{"--exit-zero"}, 3},
		{"empty", Verdict{Empty: "No host."}, nil, nil, 3},
		{"empty, zero", Verdict{Empty: "No host."}, nil, []string{"--exit-zero"}, 3},
		{"empty, allowed", Verdict{Empty: "No host."}, nil, []string{"--allow-empty"}, 0},
		{"empty and unknown, allowed", Verdict{Empty: "No host.", Unknown: true}, nil, []string{"--allow-empty"}, 3},
		{"error", Verdict{}, errors.New("no route"), nil, 3},
		{"usage error", Verdict{}, usage("no"), nil, 2},
		{"usage error of many", Verdict{Found: true}, errors.Join(errors.New("x"), usage("no")), nil, 2},
		{"error, zero", Verdict{Found: true}, errors.New("no route"), []string{"--exit-zero"}, 3},
		{"other form", Verdict{}, nil, []string{"--format", "yaml"}, 2},
		{"argument", Verdict{}, nil, []string{"x"}, 2},
		{"color", Verdict{}, nil, []string{"--color", "sometimes"}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env, stdout, stderr := testEnv(append([]string{"try"}, tt.args...)...)
			got := trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
				r.Out.WriteString("data\n")
				return tt.verdict, tt.err
			}})
			if got != tt.want {
				t.Errorf("exit code %d, want %d; stderr: %s", got, tt.want, stderr)
			}
			if wantData := tt.err == nil && got != 2; (stdout.String() == "data\n") != wantData {
				t.Errorf("stdout %q, want data: %t", stdout, wantData)
			}
			if tt.verdict.Empty != "" && !strings.Contains(stderr.String(), tt.verdict.Empty) {
				t.Errorf("stderr %q does not say that there was nothing to judge", stderr)
			}
		})
	}
}

// TestInterrupted checks that Ctrl-C prints what a command knows and exits with
// 130, within a second also if the command does not heed it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, heeds := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			env, stdout, stderr := testEnv("try")
			ctx, interrupt := context.WithTimeout(t.Context(), time.Hour)
			defer interrupt()
			release := make(chan struct{})
			begin := time.Now()
			code := trySpec(ctx, env, spec{use: "try", run: func(ctx context.Context, r *Run, _ []string) (Verdict, error) {
				r.Out.WriteString("partial\n")
				if heeds {
					<-ctx.Done()
				} else {
					<-release
				}
				return Verdict{Found: true}, nil
			}})
			if took := time.Since(begin) - time.Hour; code != 130 || took >= time.Second {
				t.Errorf("heeds %t: exit code %d after %v", heeds, code, took)
			}
			if (stdout.String() == "partial\n") != heeds || !strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("heeds %t: stdout %q, stderr %q", heeds, stdout, stderr)
			}
			close(release)
		})
	}
}
