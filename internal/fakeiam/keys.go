package fakeiam

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// What the credentials of [Keys] hold, and no error may.
const (
	SecretKey    = "marzipan/OBELISK+secret/key"
	SessionToken = "cinnamon//ZEPPELIN+session/token=="
)

// Keys is a provider of credentials that does not cache: each call returns other
// temporary credentials, which the verifiers learn. Tokens are signed to the second
// and hold no random number, so two of the same second differ only if their
// credentials do.
type Keys struct {
	Verifiers []*Verifier

	mu    sync.Mutex
	asked int
}

// NewKeys returns Keys for verifiers.
func NewKeys(verifiers ...*Verifier) *Keys { return &Keys{Verifiers: verifiers} }

// Retrieve implements the SDK's CredentialsProvider.
func (k *Keys) Retrieve(context.Context) (aws.Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	session := fmt.Sprintf("%s%d%s", SessionToken, k.asked, strings.Repeat("/+=", 700))
	for _, v := range k.Verifiers {
		v.Allow(k.ID(k.asked), Credentials{SecretAccessKey: SecretKey, SessionToken: session})
	}
	return aws.Credentials{AccessKeyID: k.ID(k.asked), SecretAccessKey: SecretKey, SessionToken: session}, nil
}

// ID returns the access key of call n, from 1.
func (k *Keys) ID(n int) string { return fmt.Sprintf("ASIAEXAMPLE%d", n) }

// Asked returns the number of calls.
func (k *Keys) Asked() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

// Revoke makes the credentials of all calls so far worthless.
func (k *Keys) Revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, v := range k.Verifiers {
		for n := range k.asked {
			v.Revoke(k.ID(n + 1))
		}
	}
}

// Hanging returns a provider that does not answer, as when the metadata service of the
// machine is gone, until answers is closed: then it answers as k. It heeds the context
// of a call, or does not.
func (k *Keys) Hanging(heeds bool, answers <-chan struct{}) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		done := ctx.Done()
		if !heeds {
			done = nil
		}
		select {
		case <-done:
			return aws.Credentials{}, ctx.Err()
		case <-answers:
			return k.Retrieve(ctx)
		}
	})
}
