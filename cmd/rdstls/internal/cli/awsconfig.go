package cli

import (
	"io"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// quietSDK keeps the AWS SDK from logging to stderr by itself.
func quietSDK() config.LoadOptionsFunc {
	return config.WithLogger(logging.NewStandardLogger(io.Discard))
}
