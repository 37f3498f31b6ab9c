package e2e

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// playedAt is the sandbox's address in configurations that are served in memory.
const playedAt = "http://sandbox.test"

// accountsOf writes the sandbox's own accounts as a configuration does.
func accountsOf(t *testing.T, list []stage.Account) string {
	t.Helper()
	fill := strings.NewReplacer("{url}", playedAt, "{host}", strings.TrimPrefix(playedAt, "http://"), "{smtp}", "smtp.sandbox.test:2525")
	accounts := map[string]map[string]any{}
	for _, a := range list {
		m, found := provider.Find(a.Type)
		require.True(t, found, "the sandbox plays %q, which is no type", a.Type)
		settings := map[string]any{"type": a.Type}
		for _, s := range a.Settings {
			var value any = fill.Replace(s.Value)
			if slices.ContainsFunc(m.Fields, func(f sender.Field) bool {
				return f.Name == s.Name && (f.Kind == sender.FieldInt || f.Kind == sender.FieldBool)
			}) {
				require.NoError(t, yaml.Unmarshal([]byte(s.Value), &value))
			}
			settings[s.Name] = value
		}
		accounts[a.Name] = settings
	}
	out, err := yaml.Marshal(map[string]any{"accounts": accounts})
	require.NoError(t, err)
	return string(out)
}

// suites are the tests of pkg/provider whose name begins with TestConformance and that run the suite, by the rest
// of their names.
func suites(t *testing.T) map[string]bool {
	t.Helper()
	judged := map[string]bool{}
	root := filepath.Join("..", "provider")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if name, ok := strings.CutPrefix(f.Name.Name, "TestConformance"); ok && calls(f, "providertest", "Run") {
				judged[name] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	return judged
}

// calls tells whether a function calls pkg.name.
func calls(f *ast.FuncDecl, pkg, name string) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
				found = true
			}
		}
		return true
	})
	return found
}

// camel is a type's name as tests write it: dingtalk_app is DingtalkApp.
func camel(typ string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(typ, "_") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// TestEveryTypeIsEverywhere fails when a type lacks a page, a play in the sandbox, its part of the schema or the
// suite, and when the sandbox plays what is no type.
func TestEveryTypeIsEverywhere(t *testing.T) {
	play, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	raw, err := config.Schema(provider.Manifests())
	require.NoError(t, err)
	require.True(t, json.Valid(raw))
	judged := suites(t)
	var types []string
	for _, m := range provider.Manifests() {
		types = append(types, m.Type)
		t.Run(m.Type, func(t *testing.T) {
			for _, suffix := range []string{".md", ".zh-CN.md"} {
				page, err := os.ReadFile(filepath.Join("..", "..", "docs", "providers", m.Type+suffix))
				require.NoError(t, err, "docs")
				require.Contains(t, string(page), "type: "+m.Type, "the page shows how to configure the account")
				index, err := os.ReadFile(filepath.Join("..", "..", "docs", "README"+suffix))
				require.NoError(t, err)
				require.Contains(t, string(index), "(providers/"+m.Type+suffix+")", "the index of the docs leads there")
			}
			require.Contains(t, play.Types(), m.Type, "sandbox")
			accounts := slices.DeleteFunc(play.Accounts(), func(a stage.Account) bool { return a.Type != m.Type })
			require.NotEmpty(t, accounts, "the sandbox has no account of the type")
			c, err := config.Parse("sandbox.yaml", []byte(accountsOf(t, accounts)+fmt.Sprintf(
				"people: [{name: lilei, email: lilei@example.com, mobile: \"+8613800000001\"}]\ncontact_points: [{name: x, steps: [{notify: [%s]}]}]\n", entryOf(t, accounts[0]),
			)), provider.Manifests(), config.Options{})
			require.NoError(t, err, "the sandbox's account is one")
			_, err = m.New(c.Accounts[accounts[0].Name].Settings, sender.Deps{})
			require.NoError(t, err)
			require.Contains(t, string(raw), fmt.Sprintf("%q", m.Type), "schema")
			require.True(t, judged[camel(m.Type)], "no TestConformance%s runs the suite", camel(m.Type))
		})
	}
	require.ElementsMatch(t, types, play.Types())
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "providers", "*.md"))
	require.NoError(t, err)
	require.Len(t, pages, 2*len(types), "a page of what is no type")
}

// entryOf is a notify entry for an account of the sandbox.
func entryOf(t *testing.T, a stage.Account) string {
	t.Helper()
	entry := map[string]any{"account": a.Name}
	for name, list := range map[string][]string{"to": a.To, "mention": a.Mention} {
		if len(list) > 0 {
			entry[name] = list
		}
	}
	raw, err := json.Marshal(entry)
	require.NoError(t, err)
	return string(raw)
}

// TestTheTypesAreThoseThatWerePromised closes the list: one that is missing, or one more, changes this line too.
func TestTheTypesAreThoseThatWerePromised(t *testing.T) {
	promised := strings.Fields("feishu_app feishu_robot dingtalk_app dingtalk_robot wecom_app wecom_robot wecom_call aliyun_sms aliyun_voice " +
		"tencent_sms tencent_voice slack slack_webhook teams email webhook")
	var types []string
	for _, m := range provider.Manifests() {
		types = append(types, m.Type)
	}
	require.ElementsMatch(t, promised, types)
}
