package rdstls

// ChainLength returns how many certificates Diagnose looks at.
func ChainLength(err error) int { return len(chainOf(flatten(err))) }
