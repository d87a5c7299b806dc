package collect

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// live asks the RDS API. It has no method that could change anything.
type live struct{ client *rds.Client }

// pageSize is the largest that the API allows.
const pageSize = 100

var errRepeated = errors.New("the API repeats a page")

// allPages calls fetch until there are no more pages. An API that repeats itself
// is an error: to stop without one would hide the rest.
func allPages(fetch func(marker *string) (*string, error)) error {
	seen := map[string]bool{}
	var marker *string
	for {
		next, err := fetch(marker)
		if err != nil || aws.ToString(next) == "" {
			return err
		}
		if seen[*next] {
			return errRepeated
		}
		seen[*next], marker = true, next
	}
}

func (l live) Describe(ctx context.Context, req Request) (*Document, error) {
	doc := &Document{}
	return doc, allPages(func(marker *string) (*string, error) {
		switch req.Action {
		case Instances, Clusters, Proxies, ProxyTargets:
			return l.resources(ctx, req, doc, marker)
		case Parameters:
			return l.parameters(ctx, req, doc, marker)
		case ClusterParameters:
			return l.clusterParameters(ctx, req, doc, marker)
		case PendingActions, EngineVersions, Certificates:
			return l.maintenance(ctx, req, doc, marker)
		}
		return nil, errors.New("unknown action " + string(req.Action))
	})
}

func (l live) resources(ctx context.Context, req Request, doc *Document, marker *string) (*string, error) {
	size := aws.Int32(pageSize)
	switch req.Action {
	case Instances:
		page, err := l.client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Marker: marker, MaxRecords: size})
		if err != nil {
			return nil, err
		}
		doc.DBInstances = append(doc.DBInstances, page.DBInstances...)
		return page.Marker, nil
	case Clusters:
		page, err := l.client.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{Marker: marker, MaxRecords: size})
		if err != nil {
			return nil, err
		}
		doc.DBClusters = append(doc.DBClusters, page.DBClusters...)
		return page.Marker, nil
	case Proxies:
		page, err := l.client.DescribeDBProxies(ctx, &rds.DescribeDBProxiesInput{Marker: marker, MaxRecords: size})
		if err != nil {
			return nil, err
		}
		doc.DBProxies = append(doc.DBProxies, page.DBProxies...)
		return page.Marker, nil
	}
	page, err := l.client.DescribeDBProxyTargets(ctx, &rds.DescribeDBProxyTargetsInput{
		DBProxyName: &req.Subject, Marker: marker, MaxRecords: size,
	})
	if err != nil {
		return nil, err
	}
	doc.Targets = append(doc.Targets, page.Targets...)
	return page.Marker, nil
}

// byName filters by the name of a parameter, the only filter that the API has.
func byName(name string) []types.Filter {
	if name == "" {
		return nil
	}
	return []types.Filter{{Name: aws.String("parameter-name"), Values: []string{name}}}
}

func (l live) parameters(ctx context.Context, req Request, doc *Document, marker *string) (*string, error) {
	page, err := l.client.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{
		DBParameterGroupName: &req.Subject, Filters: byName(req.Name), Marker: marker, MaxRecords: aws.Int32(pageSize),
	})
	if err != nil {
		return nil, err
	}
	doc.Parameters = append(doc.Parameters, page.Parameters...)
	return page.Marker, nil
}

func (l live) clusterParameters(ctx context.Context, req Request, doc *Document, marker *string) (*string, error) {
	page, err := l.client.DescribeDBClusterParameters(ctx, &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: &req.Subject, Filters: byName(req.Name), Marker: marker, MaxRecords: aws.Int32(pageSize),
	})
	if err != nil {
		return nil, err
	}
	doc.Parameters = append(doc.Parameters, page.Parameters...)
	return page.Marker, nil
}

func (l live) maintenance(ctx context.Context, req Request, doc *Document, marker *string) (*string, error) {
	size := aws.Int32(pageSize)
	switch req.Action {
	case PendingActions:
		page, err := l.client.DescribePendingMaintenanceActions(ctx,
			&rds.DescribePendingMaintenanceActionsInput{Marker: marker, MaxRecords: size})
		if err != nil {
			return nil, err
		}
		doc.PendingMaintenanceActions = append(doc.PendingMaintenanceActions, page.PendingMaintenanceActions...)
		return page.Marker, nil
	case EngineVersions:
		in := &rds.DescribeDBEngineVersionsInput{Engine: &req.Subject, Marker: marker, MaxRecords: size}
		in.IncludeAll = aws.Bool(true) // deprecated versions too
		if req.Version != "" {
			in.EngineVersion = &req.Version
		}
		page, err := l.client.DescribeDBEngineVersions(ctx, in)
		if err != nil {
			return nil, err
		}
		doc.DBEngineVersions = append(doc.DBEngineVersions, page.DBEngineVersions...)
		return page.Marker, nil
	}
	// Never by identifier: the API answers 404 for a CA that was retired.
	page, err := l.client.DescribeCertificates(ctx, &rds.DescribeCertificatesInput{Marker: marker, MaxRecords: size})
	if err != nil {
		return nil, err
	}
	doc.Certificates = append(doc.Certificates, page.Certificates...)
	if page.DefaultCertificateForNewLaunches != nil {
		doc.DefaultCertificateForNewLaunches = page.DefaultCertificateForNewLaunches
	}
	return page.Marker, nil
}
