package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// planted is in the samples wherever a secret is, or slipped.
const planted = "PLANTED"

var update = flag.Bool("update", false, "write the golden files")

// Each file breaks one rule. Its golden file has the faults in both languages, and what the schema says.
func TestParseReportsEachFault(t *testing.T) {
	samples, err := filepath.Glob("testdata/faults/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, samples)
	schema := compiledSchema(t, fakeTypes())
	for _, path := range samples {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = config.Parse("yunluo.yaml", data, fakeTypes(), fakeOptions())
			var faults *config.Faults
			require.ErrorAs(t, err, &faults)
			verdict := "accepts"
			if schemaRefuses(schema, data) {
				verdict = "refuses"
			}
			got := fmt.Sprintf("%s\n\n%s\n\nschema %s\n", faults.In(lang.Chinese), faults.In(lang.English), verdict)
			require.NotContains(t, got, planted)
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", got)
		})
	}
}

func TestParseReportsAllFaultsInOrder(t *testing.T) {
	data, err := os.ReadFile("testdata/faults/several_at_once.yaml")
	require.NoError(t, err)
	_, err = config.Parse("yunluo.yaml", data, fakeTypes(), fakeOptions())
	var faults *config.Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults.List, 10)
	require.Len(t, faults.Unwrap(), 10)
	for i, f := range faults.List[1:] {
		require.LessOrEqual(t, faults.List[i].Line, f.Line)
	}
}

func TestFaultIsOneLineThatEditorsCanFollow(t *testing.T) {
	_, err := config.Parse("yunluo.yaml", []byte("accounts:\n  feishu-corp:\n    type: feishu_app\n    app_id: cli_1\n    app_secert: x\n    app_secret: y\n"), fakeTypes(), fakeOptions())
	require.EqualError(t, err, `yunluo.yaml:5:5: accounts.feishu-corp.app_secert: unknown field, did you mean "app_secret"?`)
}

func TestWithoutFilesNothingOfTheServerIsRead(t *testing.T) {
	opts := fakeOptions()
	opts.AllowFiles = false
	opts.Getenv = func(string) (string, bool) { t.Error("the environment was read"); return "", false }
	opts.ReadFile = func(string) ([]byte, error) { t.Error("a file was read"); return nil, fs.ErrNotExist }
	opts.Glob = func(string) ([]string, error) { t.Error("a folder was read"); return nil, nil }
	_, err := config.Parse("settings", []byte(`
accounts:
  a: {type: dingtalk_robot, access_token: "${HOME}"}
  b: {type: dingtalk_robot, access_token_file: /run/secrets/robot}
templates: ["*.tmpl"]
listen: {tls_cert: a, tls_key: b}
store: {path: /tmp}
`), fakeTypes(), opts)
	golden(t, "testdata/without_files.golden", err.Error()+"\n")
}

func TestWithoutFilesNoneAreOffered(t *testing.T) {
	opts := fakeOptions()
	opts.AllowFiles = false
	_, err := config.Parse("settings", []byte(`
accounts:
  missing: {type: dingtalk_robot}
  unknown: {type: dingtalk_robot, access_token: x, access_token_fil: x, colour: red}
`), fakeTypes(), opts)
	var faults *config.Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults.List, 3, err)
	require.Contains(t, err.Error(), "access_token is missing")
	for _, f := range faults.List {
		require.NotContains(t, f.In(lang.English)+f.In(lang.Chinese), "_file")
	}
}

func TestLoadNamesAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yunluo.yaml")
	_, err := config.Load(path, fakeTypes(), config.Options{})
	require.EqualError(t, err, path+": no such file")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTooLargeAFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yunluo.yaml")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("#"), 5<<20), 0o600))
	_, err := config.Load(path, fakeTypes(), config.Options{})
	require.EqualError(t, err, path+": the file is larger than 4 MiB")
}

func TestTooManyValuesAreRefusedBeforeTheyTakeMemory(t *testing.T) {
	for _, text := range []string{strings.Repeat("a:\n", 300_000), "[" + strings.Repeat("a,", 300_000) + "]"} {
		_, err := config.Parse("yunluo.yaml", []byte(text), fakeTypes(), fakeOptions())
		require.EqualError(t, err, "yunluo.yaml: the file has more than 200000 lines or values")
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func compiledSchema(t *testing.T, types []sender.Manifest) *jsonschema.Schema {
	t.Helper()
	data, err := config.Schema(types)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("yunluo.json", doc))
	schema, err := c.Compile("yunluo.json")
	require.NoError(t, err)
	return schema
}

// schemaRefuses tells what an editor with the schema would show; what is no YAML is refused too.
func schemaRefuses(schema *jsonschema.Schema, data []byte) bool {
	var doc any
	if yaml.Unmarshal(data, &doc) != nil {
		return true
	}
	return schema.Validate(doc) != nil
}
