package audit

import "time"

// Region holds what was read in one Region of one account.
type Region struct {
	Account, Name, Partition string
	Status                   RegionStatus
	Why                      string // why the Region was skipped or failed
	Resources                []Resource
	DefaultCA                *DefaultCA // nil if it was not read
	Gaps                     []Gap      // what could not be read
}

// RegionStatus tells whether a Region was read.
type RegionStatus string

// The states of a Region. A failed Region keeps the findings that were possible.
const (
	Audited RegionStatus = "audited"
	Skipped RegionStatus = "skipped"
	Failed  RegionStatus = "failed"
)

// DefaultCA is the CA that new instances of the account get in this Region.
type DefaultCA struct {
	CA       string
	Override bool // the account chose it
}

// Gap is something that could not be read.
type Gap struct {
	Action  string // such as "rds:DescribeDBClusters", which is also the IAM permission
	Subject string // the group or engine version that was asked for, if any
	Code    string // the API's error code, or a short reason
}

func (g Gap) String() string {
	if g.Subject == "" {
		return g.Action + ": " + g.Code
	}
	return g.Action + " (" + g.Subject + "): " + g.Code
}

// Kind is the kind of a resource.
type Kind string

// The kinds of resources.
const (
	Instance Kind = "instance"
	Cluster  Kind = "cluster"
	Proxy    Kind = "proxy"
)

// Resource is an instance, a cluster or a proxy, with the facts that the
// checks need.
type Resource struct {
	Kind            Kind
	ID, ARN         string
	Engine, Version string
	Public          bool
	Cluster         string // the cluster of a member instance
	Gateway         bool   // the cluster has an internet access gateway
	Members         []Member
	Group           Group
	Parameter       Parameter
	Certificate     *Certificate // nil if the API describes none
	IAM             bool
	Proxy           *ProxyFacts // nil unless Kind is Proxy
	Unread          *Gap        // set if only the resource's name is known
}

// Member is an instance of a cluster.
type Member struct {
	ID     string
	Writer bool
}

// Group is the parameter group that decides about a resource, with what each
// instance says about the state of that group.
type Group struct {
	Name   string
	States []GroupState // empty for a cluster without members
}

// GroupState is the apply status of a group on one instance.
type GroupState struct {
	Member string
	Status string
}

// Presence tells apart what is often mixed up: a parameter that nobody could
// read, one that the group does not have, and one without a value.
type Presence int

// The zero value knows nothing.
const (
	NotRead Presence = iota
	NotPresent
	NoValue
	HasValue
)

// Parameter is the parameter that makes a server refuse clients without TLS.
type Parameter struct {
	Presence Presence
	Gap      Gap // why it was not read
	Value    string
	Source   string   // "user", "system" or "engine-default"
	Dynamic  bool     // it can be applied without a reboot
	Allowed  []string // the allowed values, if the API lists them
}

// Certificate is the server certificate of an instance or cluster.
type Certificate struct {
	CA           string
	NotAfter     time.Time // zero if the API does not say
	PendingCA    string
	Actions      []string // pending maintenance actions that replace the certificate
	ActionsRead  bool
	Restart      Restart
	SupportedCAs []string // of the engine version, if the API lists them
	OtherPending []string // what else --apply-immediately would apply
	Window       string   // the weekly maintenance window
}

// Restart tells whether a new certificate needs a restart of the engine.
type Restart int

// The zero value knows nothing.
const (
	RestartUnknown Restart = iota
	RestartNeeded
	RestartNotNeeded
)

// ProxyFacts are the facts that only proxies have.
type ProxyFacts struct {
	RequireTLS  bool
	Endpoint    string
	IAM         bool
	Targets     []Target
	TargetsRead bool
}

// Target is a database behind a proxy.
type Target struct {
	Kind Kind
	ID   string
}
