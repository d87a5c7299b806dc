package bundle

import "crypto/x509"

// An Anchor is an entry of the generated index.
type Anchor struct {
	Region, Subject, SHA256, NotAfter string
	Block                             []byte
}

func anchors(index []anchor, infos []rootInfo) []Anchor {
	if len(index) != len(infos) {
		panic("the index has not as many anchors as infos")
	}
	list := make([]Anchor, len(index))
	for i := range index {
		list[i] = Anchor{index[i].region, infos[i].subject, infos[i].sha256, infos[i].notAfter, index[i].block()}
	}
	return list
}

// The three tables of the generated index.
func RootIndex() []Anchor        { return anchors(rootIndex[:], rootInfos[:]) }
func ExcludedIndex() []Anchor    { return anchors(excludedIndex[:], excludedInfos[:]) }
func AmazonTrustIndex() []Anchor { return anchors(amazonTrustIndex[:], amazonTrustInfos[:]) }

// The embedded files that have no exported accessor.
func GovCloudPEM() string    { return govCloudPEM }
func AmazonTrustPEM() string { return amazonTrustPEM }

// NewRegionPool does what the first call of Pool for a known Region does.
func NewRegionPool(region string) *x509.CertPool {
	return new(lazyPool).clone(regionAnchors(region))
}

// NewParsedRegionPool is the alternative that newPool rejects: AddCert.
func NewParsedRegionPool(region string) *x509.CertPool {
	pool := x509.NewCertPool()
	anchors := regionAnchors(region)
	for i := range anchors {
		pool.AddCert(anchors[i].parse())
	}
	return pool.Clone()
}

func regionAnchors(region string) []anchor {
	for _, e := range regionIndex {
		if e.name == region {
			return rootIndex[e.first : e.first+e.count]
		}
	}
	panic("no such Region")
}
