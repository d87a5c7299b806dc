package fakerds

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// answer returns the inside of the result, or an error code.
func (s *State) answer(action string, form url.Values) (string, string) {
	subject := ""
	for _, key := range []string{"DBParameterGroupName", "DBClusterParameterGroupName", "DBProxyName", "Engine"} {
		subject += form.Get(key)
	}
	for _, key := range []string{action, action + "/" + subject} {
		if code := s.Errors[key]; code != "" {
			return "", code
		}
	}
	switch action {
	case "DescribeDBInstances":
		return list(s, form, "DBInstances", "DBInstance", s.Instances), ""
	case "DescribeDBClusters":
		return list(s, form, "DBClusters", "DBCluster", s.Clusters), ""
	case "DescribeDBProxies":
		return list(s, form, "DBProxies", "member", s.Proxies), ""
	case "DescribeDBProxyTargets":
		return list(s, form, "Targets", "member", s.Targets[subject]), ""
	case "DescribeDBParameters":
		return s.parameters(form, s.Groups, subject, "DBParameterGroupNotFound")
	case "DescribeDBClusterParameters":
		return s.parameters(form, s.ClusterGroups, subject, "DBParameterGroupNotFound")
	case "DescribePendingMaintenanceActions":
		return list(s, form, "PendingMaintenanceActions", "ResourcePendingMaintenanceActions", s.Actions), ""
	case "DescribeDBEngineVersions":
		return list(s, form, "DBEngineVersions", "DBEngineVersion", s.versions(form)), ""
	case "DescribeCertificates":
		return list(s, form, "Certificates", "Certificate", s.Certificates) +
			"<DefaultCertificateForNewLaunches>" + text(s.DefaultCA) + "</DefaultCertificateForNewLaunches>", ""
	}
	return "", "InvalidAction"
}

func (s *State) versions(form url.Values) []types.DBEngineVersion {
	return slices.DeleteFunc(slices.Clone(s.Versions), func(v types.DBEngineVersion) bool {
		version := form.Get("EngineVersion")
		return *v.Engine != form.Get("Engine") || version != "" && *v.EngineVersion != version
	})
}

func (s *State) parameters(form url.Values, groups map[string][]types.Parameter, name, missing string) (string, string) {
	parameters, ok := groups[name]
	if !ok {
		return "", missing
	}
	wanted := form.Get("Filters.Filter.1.Values.Value.1")
	if wanted != "" && s.RefuseFilter {
		return "", "InvalidParameterValue"
	}
	if wanted != "" && !s.IgnoreFilter {
		parameters = slices.DeleteFunc(slices.Clone(parameters), func(p types.Parameter) bool { return *p.ParameterName != wanted })
	}
	return list(s, form, "Parameters", "Parameter", parameters), ""
}

// list renders one page of a list, with its marker.
func list[T any](s *State, form url.Values, name, element string, items []T) string {
	items, marker := page(s, form, items)
	var b strings.Builder
	for _, item := range items {
		render(&b, element, reflect.ValueOf(item))
	}
	answer := "<" + name + ">" + b.String() + "</" + name + ">"
	if marker != "" {
		answer += "<Marker>" + marker + "</Marker>"
	}
	return answer
}

// elements are the lists of which the elements are not called "member".
var elements = map[string]string{
	"DBParameterGroups": "DBParameterGroup", "DBClusterMembers": "DBClusterMember",
	"PendingMaintenanceActionDetails": "PendingMaintenanceAction",
}

// render writes a value of the SDK's types as the query protocol has it.
func render(b *strings.Builder, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			render(b, name, v.Elem())
		}
		return
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		element := elements[name]
		if element == "" {
			element = "member"
		}
		b.WriteString("<" + name + ">")
		for i := range v.Len() {
			render(b, element, v.Index(i))
		}
		b.WriteString("</" + name + ">")
		return
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			fmt.Fprintf(b, "<%s>%s</%s>", name, t.UTC().Format(time.RFC3339), name)
			return
		}
		b.WriteString("<" + name + ">")
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				render(b, field.Name, v.Field(i))
			}
		}
		b.WriteString("</" + name + ">")
		return
	case reflect.String:
		if v.Len() > 0 {
			fmt.Fprintf(b, "<%s>%s</%s>", name, text(v.String()), name)
		}
		return
	default:
		fmt.Fprintf(b, "<%s>%s</%s>", name, scalar(v), name)
	}
}

func scalar(v reflect.Value) string {
	if v.Kind() == reflect.Bool {
		return strconv.FormatBool(v.Bool())
	}
	return fmt.Sprint(v.Interface())
}

// Version returns the description of an engine version.
func Version(engine, version string, withoutRestart bool) types.DBEngineVersion {
	return types.DBEngineVersion{
		Engine: aws.String(engine), EngineVersion: aws.String(version),
		SupportsCertificateRotationWithoutRestart: aws.Bool(withoutRestart),
		SupportedCACertificateIdentifiers:         []string{"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"},
	}
}
