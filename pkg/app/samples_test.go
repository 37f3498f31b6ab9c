package app

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

const repository = "../.."

// sampleEnv are the variables of docker-compose.yaml, filled into a sample as Grafana does.
func sampleEnv(t *testing.T) func(string) string {
	t.Helper()
	var compose struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"services"`
	}
	readYAML(t, "docker-compose.yaml", &compose)
	env := compose.Services["grafana"].Environment
	return func(name string) string {
		require.NotEmpty(t, env[name], "docker-compose.yaml does not set $%s", name)
		return env[name]
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, path))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), path)
}

// expanded fills in variables in values only, as Grafana does: after the YAML was read.
func expanded(v any, env func(string) string) any {
	switch v := v.(type) {
	case string:
		return os.Expand(v, env)
	case []any:
		for i := range v {
			v[i] = expanded(v[i], env)
		}
	case map[string]any:
		for k := range v {
			v[k] = expanded(v[k], env)
		}
	}
	return v
}

func TestProvisioningSamplesAreYAML(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(filepath.Join(repository, "provisioning"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		seen++
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var tree map[string]any
		require.NoError(t, yaml.Unmarshal(text, &tree), path)
		require.NotEmpty(t, tree, path)
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, seen, 5)
}

func TestTheProvisionedAppIsValid(t *testing.T) {
	var file struct {
		Apps []struct {
			Type           string         `yaml:"type"`
			JSONData       map[string]any `yaml:"jsonData"`
			SecureJSONData map[string]any `yaml:"secureJsonData"`
		} `yaml:"apps"`
	}
	readYAML(t, "provisioning/plugins/apps.yaml", &file)
	require.Len(t, file.Apps, 1)
	sample := file.Apps[0]
	require.Equal(t, ID, sample.Type)
	env := sampleEnv(t)
	jsonData, err := json.Marshal(expanded(sample.JSONData, env))
	require.NoError(t, err)
	secure := map[string]string{}
	for k, v := range sample.SecureJSONData {
		secure[k], _ = expanded(v, env).(string)
	}
	s := closed(t, nil).read(1, raw(string(jsonData), secure))
	require.Nil(t, s.faults)
	require.Len(t, s.cfg.Accounts, 2)
	require.Contains(t, s.signing, "payments")
	var own access
	require.NoError(t, json.Unmarshal([]byte(secure[grafanaSecrets]), &own))
	require.NotEmpty(t, own.WebhookToken)
}

// TestTheProvisionedContactPointIsTheManualOne compares the sample with what the app says to enter.
func TestTheProvisionedContactPointIsTheManualOne(t *testing.T) {
	var sample, manual provisioningFile
	readYAML(t, "provisioning/alerting/contact-points.yaml", &sample)
	own := access{URL: "http://localhost:3000"}
	text, err := manualAnswer{
		URL: own.hook("payments"), Method: "POST", AuthorizationScheme: "Bearer",
		SignatureHeader: grafana.SignatureHeader, TimestampHeader: grafana.TimestampHeader, MaxAlerts: maxAlerts,
	}.provisioning(1, "payments")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal([]byte(text), &manual))
	require.Equal(t, manual, sample)
}

// metricsInCode are the metrics that the code makes, with their labels.
func metricsInCode(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	name, label := regexp.MustCompile(`^yunluo_[a-z_]+$`), regexp.MustCompile(`^[a-z_]+$`)
	for _, room := range []string{"engine", "receiver", "app"} {
		paths, err := filepath.Glob(filepath.Join("..", room, "*.go"))
		require.NoError(t, err)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				metric, labels := "", []string(nil)
				ast.Inspect(call, func(n ast.Node) bool {
					literal, ok := n.(*ast.BasicLit)
					if !ok || literal.Kind != gotoken.STRING {
						return true
					}
					text, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					switch {
					case name.MatchString(text):
						metric = text
					case metric != "" && label.MatchString(text):
						labels = append(labels, text)
					}
					return true
				})
				// The innermost call comes last, and has the metric's own labels alone.
				if metric != "" {
					found[metric] = labels
				}
				return true
			})
		}
	}
	return found
}

func TestTheDashboardAsksForMetricsThatThereAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "src", "dashboards", "yunluo.json"))
	require.NoError(t, err)
	var dashboard struct {
		UID    string `json:"uid"`
		Panels []struct {
			Title   string `json:"title"`
			Type    string `json:"type"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	metrics := metricsInCode(t)
	require.Contains(t, metrics["yunluo_deliveries_total"], "reason")
	metric := regexp.MustCompile(`(yunluo_[a-z_]+)(?:\{([^}]*)\})?`)
	by, matcher := regexp.MustCompile(`by \(([^)]*)\)`), regexp.MustCompile(`([a-z_]+)\s*[=!]`)
	for _, p := range dashboard.Panels {
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Targets, p.Title)
		for _, q := range p.Targets {
			require.Equal(t, strings.Count(q.Expr, "("), strings.Count(q.Expr, ")"), q.Expr)
			require.Zero(t, strings.Count(q.Expr, `"`)%2, q.Expr)
			known := []string{"instance", "le"}
			for _, m := range metric.FindAllStringSubmatch(q.Expr, -1) {
				base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m[1], "")
				require.Contains(t, metrics, base, "%s: %s", p.Title, q.Expr)
				known = append(known, metrics[base]...)
				for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
					require.Contains(t, append(metrics[base], "instance"), l[1], "%s: %s", p.Title, q.Expr)
				}
			}
			for _, m := range by.FindAllStringSubmatch(q.Expr, -1) {
				for l := range strings.SplitSeq(m[1], ",") {
					require.Contains(t, known, strings.TrimSpace(l), "%s: %s", p.Title, q.Expr)
				}
			}
		}
	}
	plugin, err := os.ReadFile(filepath.Join(repository, "plugin.json"))
	require.NoError(t, err)
	require.Contains(t, string(plugin), `"uid": "`+dashboard.UID+`"`, "plugin.json links to another dashboard")
}
