package gotest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/magefiles/gotest"
)

func TestJestIsCountedWithFilesThatDoNotRun(t *testing.T) {
	var r gotest.Report
	require.NoError(t, r.ReadJest(strings.NewReader(`{"testResults":[
		{"name":"/w/src/a.test.ts","status":"failed","message":"","assertionResults":[
			{"fullName":"adds","status":"passed"},{"fullName":"subtracts","status":"failed","failureMessages":["2 is not 3"]},{"fullName":"waits","status":"pending"}]},
		{"name":"/w/src/b.test.ts","status":"failed","message":"Cannot find module","assertionResults":[]}]}`)))
	require.Equal(t, "1 passed, 2 failed, 1 skipped", r.String())
	require.Equal(t, []string{"src/a.test.ts subtracts", "src/b.test.ts"}, r.Failures)
	require.Equal(t, []string{"src/a.test.ts waits"}, r.Skips)
	var failures strings.Builder
	r.WriteFailures(&failures)
	require.Contains(t, failures.String(), "2 is not 3")
	require.Contains(t, failures.String(), "Cannot find module")
}

func TestPlaywrightIsCountedAndAFlakyTestFailed(t *testing.T) {
	var r gotest.Report
	require.NoError(t, r.ReadPlaywright(strings.NewReader(`{"errors":[{"message":"no browser"}],"suites":[{"specs":[
		{"title":"draws","file":"a.spec.ts","tests":[{"status":"expected","results":[{"errors":[]}]}]}],"suites":[{"specs":[
		{"title":"saves","file":"a.spec.ts","tests":[{"status":"flaky","results":[{"errors":[{"message":"not saved"}]}]}]},
		{"title":"later","file":"a.spec.ts","tests":[{"status":"skipped","results":[]}]}]}]}]}`)))
	require.Equal(t, "1 passed, 2 failed, 1 skipped", r.String())
	require.Equal(t, []string{"playwright", "a.spec.ts saves"}, r.Failures)
	require.Error(t, r.ReadPlaywright(strings.NewReader("")))
}
