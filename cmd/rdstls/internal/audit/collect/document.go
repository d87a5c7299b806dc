// Package collect reads the facts that package audit judges: from the RDS API,
// or from files that hold its answers. It judges nothing, and calls only
// Describe actions.
package collect

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
)

// Action is a Describe action of the RDS API.
type Action string

// The actions that an audit calls. Each is also the name of an IAM permission.
const (
	Instances         Action = "DescribeDBInstances"
	Clusters          Action = "DescribeDBClusters"
	Proxies           Action = "DescribeDBProxies"
	ProxyTargets      Action = "DescribeDBProxyTargets"
	Parameters        Action = "DescribeDBParameters"
	ClusterParameters Action = "DescribeDBClusterParameters"
	PendingActions    Action = "DescribePendingMaintenanceActions"
	EngineVersions    Action = "DescribeDBEngineVersions"
	Certificates      Action = "DescribeCertificates"
)

// Actions lists the actions, for the IAM policy.
func Actions() []Action {
	return []Action{
		Certificates, ClusterParameters, Clusters, EngineVersions, Instances,
		Parameters, Proxies, ProxyTargets, PendingActions,
	}
}

// Request is one question to the API.
type Request struct {
	Action  Action
	Subject string // the group, proxy or engine
	Version string // of the engine; "" asks for all of its versions
	Name    string // the parameter to filter by; "" asks for all of the group
}

// Document is an answer of the API, whatever the action: all pages of it, with
// the names that the JSON output of the AWS command line has.
type Document struct {
	DBInstances                      []types.DBInstance
	DBClusters                       []types.DBCluster
	DBProxies                        []types.DBProxy
	Targets                          []types.DBProxyTarget
	Parameters                       []types.Parameter
	PendingMaintenanceActions        []types.ResourcePendingMaintenanceActions
	DBEngineVersions                 []types.DBEngineVersion
	Certificates                     []types.Certificate
	DefaultCertificateForNewLaunches *string
}

// Source answers requests about one Region. With an error, the document holds
// what was read before it.
type Source interface {
	Describe(ctx context.Context, req Request) (*Document, error)
}

// codedError is an error with a code of the API, or with a short reason.
type codedError struct{ code, message string }

func (e *codedError) Error() string { return e.code + ": " + e.message }

// code returns the API's error code, or a short reason for other errors. It
// quotes nothing of the API's messages, which repeat ARNs of the caller.
func code(err error) string {
	var api smithy.APIError
	var coded *codedError
	switch {
	case errors.Is(err, context.Canceled):
		return interrupted
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return reason(err)
}

const interrupted = "interrupted"

// reason shortens an error that has no code to its innermost sentence.
func reason(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
