package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// escapedSize counts a message as a provider might: escaped for its markup, as JSON in JSON.
func escapedSize(m Message) (int, error) {
	inner, err := json.Marshal(m)
	if err != nil {
		return 0, err
	}
	escaped := strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "@", "＠").Replace(string(inner))
	outer, err := json.Marshal(map[string]string{"content": escaped})
	return len(outer), err
}

func runeSize(m Message) (int, error) {
	b, err := json.Marshal(m)
	return utf8.RuneCount(b), err
}

func text(maxLen int) *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"a", "node-1", " ", "\n", "告警", "磁盘使用率过高", "👩‍👩‍👧‍👦", "👍🏽", "🇨🇳", "❤️", "e\u0301", "<at id=all>", "**_`[x](http://y)", `\"`, "&amp;", "1️⃣", "각",
	})
	return rapid.Map(rapid.SliceOfN(piece, 0, maxLen), func(p []string) string { return strings.Join(p, "") })
}

func fields() *rapid.Generator[[]Field] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Field {
		return Field{Label: text(4).Draw(t, "label"), Value: text(30).Draw(t, "value")}
	}), 0, 5)
}

func links() *rapid.Generator[[]Link] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Link {
		return Link{Title: "静默", URL: "https://example.com/" + strings.Repeat("x", rapid.IntRange(0, 2000).Draw(t, "url"))}
	}), 0, 3)
}

func messages() *rapid.Generator[Message] {
	return rapid.Custom(func(t *rapid.T) Message {
		m := Message{
			Kind: GroupKind, Language: rapid.SampledFrom(lang.Languages()).Draw(t, "language"),
			Status: alert.Firing, Severity: alert.Critical,
			Title: "T" + text(20).Draw(t, "title"), Summary: text(60).Draw(t, "summary"),
			Fields: fields().Draw(t, "fields"), Links: links().Draw(t, "links"),
			Notes: rapid.SliceOfN(text(10), 0, 2).Draw(t, "notes"),
		}
		for i := range rapid.IntRange(0, 40).Draw(t, "items") {
			m.Items = append(m.Items, Item{
				Title: fmt.Sprintf("alert-%03d", i), Text: text(80).Draw(t, "text"),
				Status: alert.Firing, Severity: alert.High, When: "since 10:00",
				Fields: fields().Draw(t, "item fields"), Links: links().Draw(t, "item links"),
			})
		}
		if rapid.Bool().Draw(t, "truncated") {
			m.More, m.MoreNote = 7, "7 more were left out by the source"
		}
		return m
	})
}

func TestFitKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		size := rapid.SampledFrom([]func(Message) (int, error){escapedSize, runeSize}).Draw(t, "size")
		whole, err := size(m)
		require.NoError(t, err)
		limit := Limit{Parts: rapid.IntRange(0, 7).Draw(t, "parts")}
		limit.Max = rapid.OneOf(rapid.IntRange(whole-1, whole+1), rapid.IntRange(300, whole+2000), rapid.IntRange(200, 4000)).Draw(t, "max")
		checkFit(t, m, limit, size)
	})
}

// checkFit fits m and checks everything that Fit promises of the outcome.
func checkFit(t require.TestingT, m Message, limit Limit, size func(Message) (int, error)) {
	before, err := json.Marshal(m)
	require.NoError(t, err)
	whole, err := size(m)
	require.NoError(t, err)
	out, err := Fit(m, limit, size)
	after, jsonErr := json.Marshal(m)
	require.NoError(t, jsonErr)
	require.JSONEq(t, string(before), string(after), "Fit must not change its input")
	if err != nil {
		require.ErrorIs(t, err, ErrTooSmall)
		minimal := Message{
			Kind: m.Kind, Language: m.Language, Status: m.Status, Severity: m.Severity, Title: cut(m.Title, 1),
			More: m.More + len(m.Items), Part: 1, Parts: 1,
		}
		minimal.MoreNote = moreCount(m.Language, minimal.More) + m.MoreNote
		n, err := size(minimal)
		require.NoError(t, err)
		require.Greater(t, n+8, limit.Max, "a minimal message would have fitted")
		return
	}
	if whole <= limit.Max {
		require.Equal(t, []Message{m}, out)
		return
	}
	parts := limit.Parts
	if parts == 0 {
		parts = 5
	}
	require.LessOrEqual(t, len(out), parts)
	shown, more := 0, 0
	for i, part := range out {
		n, err := size(part)
		require.NoError(t, err)
		require.LessOrEqual(t, n, limit.Max)
		require.NotEmpty(t, part.Title)
		if len(out) > 1 {
			require.Equal(t, [2]int{i + 1, len(out)}, [2]int{part.Part, part.Parts})
		} else {
			require.Zero(t, part.Parts)
		}
		for _, item := range part.Items {
			require.Equal(t, item.Severity, m.Items[shown].Severity)
			requirePrefix(t, m.Items[shown].Title, item.Title)
			requirePrefix(t, m.Items[shown].Text, item.Text)
			for j, f := range item.Fields {
				requirePrefix(t, m.Items[shown].Fields[j].Value, f.Value)
			}
			shown++
		}
		require.Equal(t, part.More > 0, part.MoreNote != "")
		if part.More > 0 {
			require.Equal(t, len(out)-1, i, "only the last part has a rest")
			more += part.More
		}
	}
	require.Equal(t, len(m.Items)+m.More, shown+more, "every alert is shown or counted")
}

func requirePrefix(t require.TestingT, whole, part string) {
	require.True(t, utf8.ValidString(part))
	if part == whole || part == "" {
		return
	}
	kept, cutOff := strings.CutSuffix(part, ellipsis)
	require.True(t, cutOff, "%q is neither whole nor marked as cut", part)
	require.True(t, strings.HasPrefix(whole, kept), "%q is no beginning of %q", part, whole)
	rest := strings.TrimLeft(whole[len(kept):], " \n")
	for _, joined := range []string{"\u200d", "\ufe0f", "🏽", "\u0301", "\u20e3"} {
		require.False(t, strings.HasPrefix(rest, joined), "%q is cut inside a character", part)
	}
	require.False(t, strings.HasSuffix(kept, "\u200d"), "%q ends in a joiner", part)
}

func TestFitSplitsByAlert(t *testing.T) {
	t.Parallel()
	m := Message{Title: "T", Summary: "all of them", Fields: []Field{{"cluster", "a"}}, Links: []Link{{"runbook", "https://r"}}}
	for i := range 10 {
		m.Items = append(m.Items, Item{Title: fmt.Sprintf("alert-%d", i), Text: strings.Repeat("x", 300)})
	}
	out, err := Fit(m, Limit{Max: 2000}, runeSize)
	require.NoError(t, err)
	require.Len(t, out, 3)
	assert.Equal(t, "all of them", out[0].Summary)
	for i, part := range out {
		assert.Equal(t, m.Links, part.Links)
		assert.Equal(t, "T", part.Title)
		assert.Zero(t, part.More)
		if i > 0 {
			assert.Empty(t, part.Summary)
			assert.Empty(t, part.Fields)
		}
	}
	assert.Equal(t, "alert-0", out[0].Items[0].Title)
	assert.Equal(t, "alert-9", out[2].Items[len(out[2].Items)-1].Title)
	assert.Len(t, out[0].Items[0].Text, 300, "nothing is shortened while it can be split")
}

func TestFitNamesWhatIsBeyondTheLastPart(t *testing.T) {
	t.Parallel()
	m := Message{Language: lang.English, Title: "T"}
	for i := range 40 {
		m.Items = append(m.Items, Item{Title: fmt.Sprintf("alert-%02d", i), Text: strings.Repeat("x", 300)})
	}
	out, err := Fit(m, Limit{Max: 1000, Parts: 2}, runeSize)
	require.NoError(t, err)
	require.Len(t, out, 2)
	all := fmt.Sprint(out)
	for _, i := range m.Items {
		assert.Contains(t, all, i.Title)
	}
	assert.Equal(t, 40, len(out[0].Items)+len(out[1].Items)+out[1].More)

	out, err = Fit(m, Limit{Max: 300, Parts: 1}, runeSize)
	require.NoError(t, err)
	require.Len(t, out, 1)
	assert.Equal(t, 40, len(out[0].Items)+out[0].More)
	assert.Regexp(t, `^\+40 more: alert-00, .* … \d+ of them not named$`, out[0].MoreNote)
}

func TestFitShortensTheLongestTextsFirst(t *testing.T) {
	t.Parallel()
	m := Message{Title: "T", Items: []Item{{
		Title: "disk", Text: "short text",
		Fields: []Field{{"long", strings.Repeat("长", 900)}, {"longer", strings.Repeat("x", 2000)}, {"short", "kept"}},
	}}}
	out, err := Fit(m, Limit{Max: 1000}, runeSize)
	require.NoError(t, err)
	require.Len(t, out, 1)
	item := out[0].Items[0]
	assert.Equal(t, "short text", item.Text)
	assert.Equal(t, "kept", item.Fields[2].Value)
	assert.Equal(t, characters(item.Fields[0].Value), characters(item.Fields[1].Value))
	assert.True(t, strings.HasSuffix(item.Fields[1].Value, ellipsis))
}

func TestFitAsksForFewSizes(t *testing.T) {
	t.Parallel()
	m := Message{Title: "T", Summary: "s"}
	for i := range 10_000 {
		m.Items = append(m.Items, Item{Title: fmt.Sprintf("alert-%d", i), Text: "text"})
	}
	calls := 0
	size := func(m Message) (int, error) { calls++; return runeSize(m) }
	for _, max := range []int{600, 5000, 30_000, 900_000} {
		calls = 0
		out, err := Fit(m, Limit{Max: max}, size)
		require.NoError(t, err)
		last := out[len(out)-1]
		shown := 0
		for _, p := range out {
			shown += len(p.Items)
		}
		assert.Equal(t, 10_000, shown+last.More)
		assert.Less(t, calls, 250)
	}
}

func TestFitSaysWhenNothingFits(t *testing.T) {
	t.Parallel()
	m := Message{Title: "T", Items: []Item{{Title: "a"}, {Title: "b"}}}
	_, err := Fit(m, Limit{Max: 10}, runeSize)
	require.ErrorIs(t, err, ErrTooSmall)

	broken := errors.New("cannot render")
	_, err = Fit(m, Limit{Max: 10}, func(Message) (int, error) { return 0, broken })
	require.ErrorIs(t, err, broken)
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"磁盘使用率", 3, "磁盘…"},
		{"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…"},
		{"👍🏽👍🏽👍🏽", 2, "👍🏽…"},
		{"🇨🇳🇩🇪🇫🇷", 2, "🇨🇳…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"1️⃣2️⃣3️⃣", 2, "1️⃣…"},
		{"a bcd", 3, "a…"},
		{"ab", 1, "…"},
		{"a", 1, "a"},
		{"ab", 0, ""},
		{"a" + strings.Repeat("\u0301", 100), 2, "a" + strings.Repeat("\u0301", 32) + "…"},
	} {
		assert.Equal(t, tt.want, cut(tt.in, tt.n), "cut(%q, %d)", tt.in, tt.n)
	}
}

func FuzzFit(f *testing.F) {
	f.Add("标题", "text 👩‍👩‍👧‍👦", uint16(700), uint8(20), uint8(3))
	f.Add("T", strings.Repeat("<at id=all>", 100), uint16(2000), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, title, text string, limit uint16, items, parts uint8) {
		title, text = clean(title), clean(text)
		m := Message{Language: lang.Chinese, Title: "T" + title, Summary: text}
		for range items {
			m.Items = append(m.Items, Item{Title: "A" + title, Text: text})
		}
		checkFit(t, m, Limit{Max: int(limit), Parts: int(parts % 8)}, escapedSize)
	})
}
