package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

func TestWhereTheDataIs(t *testing.T) {
	for name, c := range map[string]struct {
		env   map[string]string
		dir   string
		wrong string
	}{
		"beside the licence": {map[string]string{envLicence: "/var/lib/grafana/license.jwt"}, "/var/lib/grafana/yunluo", ""},
		"where the operator says": {
			map[string]string{envLicence: "/var/lib/grafana/license.jwt", envDataDir: "/srv/yunluo/"}, "/srv/yunluo", "",
		},
		"nobody says":         {nil, "", "set data_dir"},
		"a relative one":      {map[string]string{envDataDir: "data"}, "data", "absolute"},
		"a relative licence":  {map[string]string{envLicence: "data/license.jwt"}, "", "set data_dir"},
		"a core of its own":   {map[string]string{envCore: "/run/yunluo/core.sock"}, "", ""},
		"a relative core":     {map[string]string{envCore: "core.sock"}, "", "absolute"},
		"a user id that none": {map[string]string{envCore: "/run/core.sock", envCoreUID: "998, grafana"}, "", "grafana"},
	} {
		t.Run(name, func(t *testing.T) {
			p := placeFrom(func(name string) string { return c.env[name] })
			require.Equal(t, c.dir, p.dir)
			if c.wrong == "" {
				require.Nil(t, p.wrong)
				return
			}
			require.ErrorContains(t, p.wrong, c.wrong)
			require.NotEmpty(t, p.wrong.text.ZH)
		})
	}
	require.Equal(t, []int{998, 999}, placeFrom(func(name string) string { return map[string]string{envCoreUID: "998,999"}[name] }).uids)
}

func TestSealedSettingsOpenOnlyAsTheyWere(t *testing.T) {
	a := closed(t, nil)
	keep := func(org int64) {
		t.Helper()
		require.NoError(t, a.seals.keep(org, a.read(org, raw(robotJSON, robotSecrets())).sealed))
	}
	keep(1)
	kept, err := newSeals(a.place).open()
	require.NoError(t, err)
	require.JSONEq(t, robotJSON, string(kept[1].JSONData))
	require.Equal(t, robotSecrets(), kept[1].DecryptedSecureJSONData)
	require.True(t, kept[1].Updated.IsZero(), "whatever Grafana says is newer")
	content, err := os.ReadFile(a.seals.file(1))
	require.NoError(t, err)
	require.False(t, bytes.Contains(content, []byte(token)))

	// One organisation's file is not another's.
	require.NoError(t, os.WriteFile(a.seals.file(2), content, 0o600))
	// A crash may leave a file behind that was being written.
	require.NoError(t, os.WriteFile(a.seals.file(3)+".1.tmp", content, 0o600))
	kept, err = newSeals(a.place).open()
	require.ErrorContains(t, err, "org-2")
	require.Len(t, kept, 1)

	for name, damaged := range map[string][]byte{"cut off": content[:5], "changed": append([]byte{content[0] ^ 1}, content[1:]...), "empty": {}} {
		require.NoError(t, os.WriteFile(a.seals.file(1), damaged, 0o600))
		kept, err = newSeals(a.place).open()
		require.Error(t, err, name)
		require.Empty(t, kept)
	}

	keep(1)
	require.NoError(t, a.seals.forget(2))
	require.NoError(t, a.seals.forget(2), "forgetting twice is fine")
	other := a.place
	other.key = secret.New("the operator's key")
	_, err = newSeals(other).open()
	require.ErrorContains(t, err, "another key")
}

func TestAKeyThatOthersCanReadIsNotUsed(t *testing.T) {
	a := closed(t, nil)
	_, err := a.seals.cipher()
	require.NoError(t, err)
	key := filepath.Join(a.place.dir, keyName)
	info, err := os.Stat(key)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Chmod(key, 0o640))
	_, err = newSeals(a.place).cipher()
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, os.Chmod(key, 0o600))
	require.NoError(t, os.Truncate(key, 3))
	_, err = newSeals(a.place).cipher()
	require.ErrorContains(t, err, "32 bytes")
	require.Nil(t, newSeals(a.place).seal(raw("{}", nil), 1))
	require.ErrorContains(t, newSeals(a.place).keep(1, nil), "32 bytes")
}

func TestPhoneNumbersAreMasked(t *testing.T) {
	in := map[string]any{
		"target": "phone:+8613800000001", "text": []string{"call 13800000001 or +1 415-555-0100", "8613800000001"},
		"latency_ns": 13800000001, "id": "0193a1b2-0000-7000-8000-138000000012", "at": "2026-11-25T10:00:00Z", "code": "230002",
	}
	out, err := masked(in)
	require.NoError(t, err)
	got, err := json.Marshal(out)
	require.NoError(t, err)
	require.JSONEq(t, `{"target":"phone:+86*********01","text":["call 138******01 or +1 ***-***-**00","861********01"],
		"latency_ns":13800000001,"id":"0193a1b2-0000-7000-8000-138000000012","at":"2026-11-25T10:00:00Z","code":"230002"}`, string(got))
}

// FuzzMask: an answer stays an answer, and no Chinese mobile number is left in it.
func FuzzMask(f *testing.F) {
	f.Add("call 13800000001")
	f.Add("+86 138-0000-0001,13800000001")
	f.Add("+1 00000000000017000000000")
	number := regexp.MustCompile(`\b1[3-9][0-9]{9}\b`)
	f.Fuzz(func(t *testing.T, s string) {
		out, err := masked(map[string]string{"x": s})
		require.NoError(t, err)
		got, ok := out.(map[string]any)["x"].(string)
		require.True(t, ok)
		require.False(t, number.MatchString(got), got)
	})
}

func TestTheLogSpeaksThroughTheSDK(t *testing.T) {
	var to recorder
	l := NewLogger(&to).With("account", "robot").WithGroup("call")
	l.Debug("a")
	l.Info("b", "took", time.Second)
	l.Warn("c", slog.Group("at", "line", 3))
	l.Error("d", "error", errors.New("broken"), "secret", secret.New(token))
	require.Equal(t, []string{
		"debug a [account robot]",
		"info b [account robot call.took 1s]",
		"warn c [account robot call.at.line 3]",
		"error d [account robot call.error broken call.secret <secret>]",
	}, to.said)
}

func TestANewProcessWaitsTenSecondsForTheLock(t *testing.T) {
	a := closed(t, nil)
	a.log = slog.New(slog.DiscardHandler)
	held, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(a.place.dir, "store")})
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := a.openEngine(t.Context())
		require.ErrorIs(t, err, store.ErrLocked)
		require.Equal(t, lockPatience, time.Since(start))
		require.Contains(t, wordsOf(err).ZH, "10 秒")
	})
	require.NoError(t, held.Close())
	r, err := a.openEngine(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.close())
}

// recorder is an SDK logger that keeps what it is told.
type recorder struct {
	log.Logger
	said []string
}

func (r *recorder) add(level, msg string, args []any) {
	r.said = append(r.said, level+" "+msg+" "+fmt.Sprint(args))
}
func (r *recorder) Debug(msg string, args ...any) { r.add("debug", msg, args) }
func (r *recorder) Info(msg string, args ...any)  { r.add("info", msg, args) }
func (r *recorder) Warn(msg string, args ...any)  { r.add("warn", msg, args) }
func (r *recorder) Error(msg string, args ...any) { r.add("error", msg, args) }
