package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestColumnsLineUpWithChineseAndEmoji(t *testing.T) {
	var b strings.Builder
	tab := table{}
	tab.add("名称", "状态", "x")
	tab.add("payments", "已送达", "x")
	tab.add("🔥é́", "ok", "x")
	require.NoError(t, tab.write(&b))
	for line := range strings.SplitSeq(strings.TrimSpace(b.String()), "\n") {
		require.Equal(t, columns("payments  已送达  x"), columns(line), line)
	}
}

func TestClipCutsAtACharacterAndSaysSo(t *testing.T) {
	require.Equal(t, "支付接口", clip("支付接口", 8))
	require.Equal(t, "支付接…", clip("支付接口", 7))
	require.Equal(t, "支付…", clip("支付接口", 6))
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(1, 40).Draw(t, "n")
		if columns(clip(s, n)) > n {
			t.Fatalf("%q is wider than %d", clip(s, n), n)
		}
	})
}

func TestForeignTextCannotMoveTheCursor(t *testing.T) {
	require.Equal(t, "a [31mred b c", oneLine("a\x1b[31mred\r\nb\tc\u202e"))
	require.Equal(t, []string{"�[2J"}, wrap("\x1b[2J", 10))
}

func TestWrapBreaksChineseAtTheWidth(t *testing.T) {
	require.Equal(t, []string{"支付接", "口超时"}, wrap("支付接口超时", 7))
	require.Equal(t, []string{"a", "", "b"}, wrap("a\n\nb", 7))
}
