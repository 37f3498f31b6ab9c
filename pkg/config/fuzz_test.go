package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Whatever stands around them, secrets do not show in faults, and nothing makes Parse panic.
func FuzzParse(f *testing.F) {
	samples, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range samples {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("", string(data))
		f.Add(string(data), "")
	}
	f.Add(config.Sample(), "")
	f.Add("accounts:\n  other: {type: hook, webhook: ", "")
	f.Add("accounts:\n  <<: {a: {type: feishu_app, app_secret: ", "}}")
	types, opts := fakeTypes(), fakeOptions()
	const secret = "SEC" + planted + "4f1c2b7a9d3e8f60aa51"
	f.Fuzz(func(t *testing.T, before, after string) {
		doc := before + "\naccounts:\n  fuzz:\n    type: dingtalk_robot\n    access_token: " + secret + "\n    secret: '" + secret + "'\n" + after
		_, err := config.Parse("yunluo.yaml", []byte(doc), types, opts)
		if err == nil {
			return
		}
		var faults *config.Faults
		if !errors.As(err, &faults) || len(faults.List) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		if said := faults.In(lang.Chinese) + faults.In(lang.English); strings.Contains(said, planted) && !strings.Contains(before+after, planted) {
			t.Fatalf("a secret shows: %s", said)
		}
	})
}
