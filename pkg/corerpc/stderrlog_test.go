package corerpc

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStderrBecomesRecords(t *testing.T) {
	var out bytes.Buffer
	log := &lineLog{logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))}
	for _, piece := range []string{
		`{"time":"2026-11-22T10:00:00Z","level":"ERR`, `OR","msg":"cannot send","account":"ops","code":11310}`, "\n",
		"plain\n\n", "{\"level\":\"INFO\"}\n", `{"level":"DEBUG","msg":"too fine"}` + "\n",
		"panic: oh\n", "goroutine 1 [running]:\n", strings.Repeat("x", maxLine+10) + "\nunended",
	} {
		n, err := log.Write([]byte(piece))
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	require.Equal(t, []string{
		`level=ERROR msg="cannot send" process=core account=ops code=11310`,
		`level=INFO msg="the core says" line=plain`,
		`level=INFO msg="the core says" line="{\"level\":\"INFO\"}"`,
		`level=ERROR msg="the core says" line="panic: oh"`,
		`level=ERROR msg="the core says" line="goroutine 1 [running]:"`,
		`level=ERROR msg="the core says" line=` + strings.Repeat("x", maxLine),
	}, strings.Split(strings.TrimSpace(out.String()), "\n"))
	require.Contains(t, log.tail(), "panic: oh; goroutine 1 [running]:")
	require.LessOrEqual(t, strings.Count(log.tail(), "; ")+1, tailLines)
}

func FuzzStderrNeverStopsTheHost(f *testing.F) {
	f.Add([]byte("{\"level\":\"INFO\",\"msg\":\"m\",\"a\":[1,{}]}\n"))
	f.Add([]byte("\xff\n\x00{\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		log := &lineLog{logger: slog.New(slog.DiscardHandler)}
		n, err := log.Write(b)
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		require.LessOrEqual(t, len(log.partial), maxLine)
	})
}
