package mediatype_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
)

var update = flag.Bool("update", false, "write the exports again")

const exports = "../../../../zabbix/exports"

func TestExportsAreCurrent(t *testing.T) {
	for _, m := range mediatype.All() {
		t.Run(m.FileName(), func(t *testing.T) {
			want, err := m.YAML()
			require.NoError(t, err)
			path := filepath.Join(exports, m.FileName())
			if *update {
				require.NoError(t, os.WriteFile(path, want, 0o644))
			}
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "run go tool mage exports")
		})
	}
	files, err := filepath.Glob(filepath.Join(exports, "*"))
	require.NoError(t, err)
	require.Len(t, files, len(mediatype.All()), "no file is left over")
}

// format is what a Zabbix of a version takes: the tags of a media type, and the words that some of them allow. It was
// read from the public sources of Zabbix's importer, since servers of 6.4 and later are not to be had here.
type format struct {
	Required []string            `json:"required"`
	Tags     []string            `json:"tags"`
	Words    map[string][]string `json:"words"`
	// Parameters are the tags of one parameter by type, none for plain strings.
	Parameters map[string][]string `json:"parameters"`
	Message    []string            `json:"message"`
}

func TestExportsHaveTheFormatOfTheirVersion(t *testing.T) {
	for _, m := range mediatype.All() {
		t.Run(m.FileName(), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", "format-"+string(m.Version)+".json"))
			require.NoError(t, err)
			var f format
			require.NoError(t, json.Unmarshal(raw, &f))
			text, err := m.YAML()
			require.NoError(t, err)
			var file struct {
				Export map[string]any `yaml:"zabbix_export"`
			}
			require.NoError(t, yaml.Unmarshal(text, &file))
			require.Equal(t, string(m.Version), file.Export["version"])
			require.Len(t, file.Export, 2)
			types, ok := file.Export["media_types"].([]any)
			require.True(t, ok)
			require.Len(t, types, 1)
			one, ok := types[0].(map[string]any)
			require.True(t, ok)
			for _, name := range f.Required {
				require.Contains(t, one, name)
			}
			for name, value := range one {
				require.Contains(t, f.Tags, name)
				switch name {
				case "parameters":
					f.parameters(t, one["type"], value)
				case "message_templates":
					f.messages(t, value)
				default:
					f.word(t, name, value)
				}
			}
		})
	}
}

func (f format) word(t *testing.T, name string, value any) {
	t.Helper()
	require.IsType(t, "", value, "%s must be text", name)
	if words := f.Words[name]; words != nil {
		require.Contains(t, words, value)
	}
}

func (f format) parameters(t *testing.T, typ, value any) {
	t.Helper()
	list, ok := value.([]any)
	require.True(t, ok)
	word, ok := typ.(string)
	require.True(t, ok)
	tags := f.Parameters[word]
	for _, p := range list {
		if len(tags) == 0 {
			require.IsType(t, "", p)
			continue
		}
		one, ok := p.(map[string]any)
		require.True(t, ok)
		require.Len(t, one, len(tags))
		for _, tag := range tags {
			require.IsType(t, "", one[tag])
		}
	}
}

func (f format) messages(t *testing.T, value any) {
	t.Helper()
	list, ok := value.([]any)
	require.True(t, ok)
	require.Len(t, list, 10, "every event source and operation that Zabbix has")
	seen := map[string]bool{}
	for _, m := range list {
		one, ok := m.(map[string]any)
		require.True(t, ok)
		require.Len(t, one, len(f.Message))
		for _, tag := range f.Message {
			f.word(t, tag, one[tag])
		}
		kind, err := json.Marshal([]any{one["event_source"], one["operation_mode"]})
		require.NoError(t, err)
		require.False(t, seen[string(kind)])
		seen[string(kind)] = true
		subject, ok := one["subject"].(string)
		require.True(t, ok)
		require.NotEmpty(t, subject)
	}
}

func TestScriptParametersFitInto60(t *testing.T) {
	for _, m := range mediatype.All() {
		if m.Way == mediatype.Script && m.Version == mediatype.V60 {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.Join(m.Arguments(), "\n")+"\n"), 255)
		}
	}
}

// fill puts values in for macros as Zabbix does, and leaves the others as they are.
func fill(s string) string {
	return strings.NewReplacer(
		"{ALERT.SENDTO}", "payments", "{EVENT.ID}", "1610", "{EVENT.SOURCE}", "0", "{EVENT.VALUE}", "1", "{EVENT.NSEVERITY}", "5", "{EVENT.NAME}", "磁盘将满",
		"{EVENT.DATE}", "2026.11.26", "{EVENT.TIME}", "04:49:38", "{DATE}", "2026.11.26", "{{TIME}.fmttime(%s)}", "1795639779", "{TIME}", "04:49:39",
		"{HOST.NAME}", "主机一号", "{TRIGGER.DESCRIPTION}", "先看 /var/log", "{EVENT.UPDATE.STATUS}", "0", "{EVENT.TAGSJSON}", `[{"tag":"service","value":"支付"}]`,
	).Replace(s)
}

// Both script exports, whose events travel in different ways, must come to the same.
func TestBothWaysOfAScriptSayTheSame(t *testing.T) {
	groups := map[mediatype.Version]alert.Group{}
	for _, m := range mediatype.All() {
		if m.Way != mediatype.Script || m.Language != "zh" {
			continue
		}
		text, err := m.YAML()
		require.NoError(t, err)
		var file struct {
			Export struct {
				Types []struct {
					Messages []struct{ Subject, Message string } `yaml:"message_templates"`
				} `yaml:"media_types"`
			} `yaml:"zabbix_export"`
		}
		require.NoError(t, yaml.Unmarshal(text, &file))
		problem := file.Export.Types[0].Messages[0]
		args := m.Arguments()
		require.Equal(t, "--", args[1])
		args = args[2:]
		for i, a := range args {
			switch a {
			case "{ALERT.SUBJECT}":
				args[i] = fill(problem.Subject)
			case "{ALERT.MESSAGE}":
				args[i] = fill(problem.Message)
			default:
				args[i] = fill(a)
			}
		}
		n, err := zabbix.FromArgs(args)
		require.NoError(t, err)
		require.Equal(t, "payments", n.SendTo)
		groups[m.Version] = n.Group
	}
	require.Equal(t, groups[mediatype.V60], groups[mediatype.V64])
	a := groups[mediatype.V60].Alerts[0]
	require.Equal(t, alert.Critical, a.Severity)
	require.Equal(t, map[string]string{"alertname": "磁盘将满", "主机": "主机一号", "service": "支付"}, a.Labels)
	require.Equal(t, map[string]string{"summary": "先看 /var/log"}, a.Annotations)
}
