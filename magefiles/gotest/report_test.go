package gotest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/magefiles/gotest"
)

const run = `{"Action":"start","Package":"x/a"}
{"Action":"run","Package":"x/a","Test":"TestGood"}
{"Action":"output","Package":"x/a","Test":"TestGood","Output":"noise\n"}
{"Action":"pass","Package":"x/a","Test":"TestGood"}
{"Action":"output","Package":"x/a","Test":"TestBad","Output":"why it failed\n"}
{"Action":"fail","Package":"x/a","Test":"TestBad"}
{"Action":"skip","Package":"x/a","Test":"TestLazy"}
{"Action":"fail","Package":"x/a"}
{"Action":"skip","Package":"x/empty"}
# a line of the compiler
{"ImportPath":"x/broken","Action":"build-output","Output":"broken.go:1: no such thing\n"}
{"ImportPath":"x/broken","Action":"build-fail"}
{"Action":"fail","Package":"x/broken","FailedBuild":"x/broken"}
`

func TestReportCountsTestsAndBrokenPackages(t *testing.T) {
	var r gotest.Report
	var rest, failures strings.Builder
	require.NoError(t, r.Read(strings.NewReader(run), &rest))
	require.Equal(t, "1 passed, 2 failed, 1 skipped", r.String())
	require.Equal(t, []string{"x/a.TestBad", "x/broken"}, r.Failures)
	require.Equal(t, "# a line of the compiler\n", rest.String())

	r.WriteFailures(&failures)
	require.Contains(t, failures.String(), "why it failed")
	require.Contains(t, failures.String(), "no such thing")
	require.NotContains(t, failures.String(), "noise")
}

func TestOnlyAnnouncedSkipsAreAllowed(t *testing.T) {
	var r gotest.Report
	require.NoError(t, r.Read(strings.NewReader(run), &strings.Builder{}))
	require.Equal(t, []string{"x/a.TestLazy"}, r.Unannounced(nil))
	require.Empty(t, r.Unannounced([]string{"x/a.TestLazy"}))
}
