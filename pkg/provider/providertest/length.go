package providertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// stretched are texts of 1 to 4 bytes a character, such as grow when encoded or escaped, and markup that must not break.
func stretched() []string {
	return []string{"a", "é", "汉", "😀", `"`, "<", "&", "\n", "*", "_", "`", "[", "~", "|", `\`, "@", "**b**", "[a](b)", "<at id=all></at>"}
}

// judgeLength walks over the limit, one character after the other, and then tries messages of every size.
func judgeLength(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	for i, form := range append(st.forms(), f.Brief...) {
		brief := f.Terse || i >= len(st.forms())
		for _, char := range stretched() {
			t.Run(fmt.Sprintf("form %d %q", i, char), func(t *testing.T) { st.walk(t, form, brief, char) })
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		form := rapid.SampledFrom(append(st.forms(), f.Brief...)).Draw(r, "form")
		st.parts(r, drawMessage(r), form, f.Mentions)
	})
	t.Run("many", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			i := rapid.IntRange(0, len(st.forms())+len(f.Brief)-1).Draw(r, "form")
			st.judgeMany(r, drawMany(r), append(st.forms(), f.Brief...)[i], f.Terse || i >= len(st.forms()))
		})
	})
}

// walk finds the longest text that leaves a message whole, and judges it, one of a character less and one of a character more.
// Where the words are an approved template's, or the form is brief, it is the title that grows.
func (st *stage) walk(t *testing.T, form sender.Options, brief bool, char string) {
	t.Helper()
	stretch := func(n int, end string) []json.RawMessage {
		m := sample()
		text := strings.Repeat(char, n) + end
		if brief {
			m.Title = "T" + text
		} else {
			m.Items[0].Text = text
		}
		return st.parts(t, m, form, nil)
	}
	// The last character is another one, so a text that was cut shows.
	whole := func(n int) bool {
		parts := stretch(n, "终")
		return len(parts) == 1 && strings.Contains(string(parts[0]), "终")
	}
	size := func(n int) int { return st.fixture.Size(stretch(n, "终")[0]) }
	guess := st.fixture.MaxSize / len(char)
	if grown := size(probed) - size(0); grown > 0 {
		guess = (st.fixture.MaxSize - st.fixture.Spare - size(0)) * probed / grown
	}
	low, found := largest(max(guess, 1), far*st.fixture.MaxSize, whole)
	if !found {
		return // Such characters are left out, and take no room.
	}
	if at := size(low); !brief {
		// What is walked over is really the limit: one character more did not fit.
		require.Greater(t, at+spare+st.fixture.Spare+growth*len(char), st.fixture.MaxSize, "a message of %d is cut, where %d are allowed", at, st.fixture.MaxSize)
	}
	// That of low characters, and of one more, is judged by now.
	stretch(max(low-1, 0), "终")
}

// largest finds the largest n for which ok is true, near guess; there is none when it is true up to limit.
func largest(guess, limit int, ok func(int) bool) (n int, found bool) {
	low, high := 0, guess
	if ok(guess) {
		for low, high = guess, guess+1; ok(high); low, high = high, high+2*(high-guess) {
			if high > limit {
				return 0, false
			}
		}
	} else {
		for step := 1; high-step > 0; step *= 2 {
			if ok(high - step) {
				low = high - step
				break
			}
			high -= step
		}
	}
	for high-low > 1 {
		if n := (low + high) / 2; ok(n) {
			low = n
		} else {
			high = n
		}
	}
	return low, true
}

const (
	// spare is what a type may keep free for what Send adds, growth how much one byte of a text may become when it
	// is escaped and then encoded.
	spare  = 40
	growth = 12
	// probed is how many characters show what one of them takes.
	probed = 50
	// far is by how many times a text may be longer than what the fixture's Size says of it.
	far = 6
)

// parts renders a message and judges what holds for every part: its size, its encoding, and that it can be read.
func (st *stage) parts(t rapidOrTest, m message.Message, form sender.Options, mentions []sender.Target) []json.RawMessage {
	t.Helper()
	r, err := st.sender.Render(t.Context(), st.draft(m, form, mentions))
	require.NoError(t, err)
	require.NotEmpty(t, r.Parts)
	st.judgeParts(t, r.Parts)
	return r.Parts
}

// judgeMany wants every alert of a long message to be named or counted, and no markup to be cut: the alerts have none,
// so what is drawn has none but what a small message has.
func (st *stage) judgeMany(t rapidOrTest, m message.Message, form sender.Options, brief bool) {
	t.Helper()
	shown := st.shown(t, m, form)
	missing := 0
	for _, it := range m.Items {
		if !strings.Contains(shown, it.Title) {
			missing++
		}
	}
	switch {
	case missing == 0, st.fixture.Wordless:
	case brief && len(m.Items) == 1:
		require.Contains(t, shown, m.Title, "the group's title stands for its only alert")
	default:
		counts := []string{fmt.Sprintf(" %d 条", missing), fmt.Sprintf("+%d", missing)}
		if brief {
			counts = append(counts, fmt.Sprintf("共%d条", len(m.Items)))
		}
		require.True(t, slices.ContainsFunc(counts, func(c string) bool { return strings.Contains(shown, c) }),
			"%d of %d alerts are neither named nor counted in %q", missing, len(m.Items), shown)
	}
	small := m
	small.Summary, small.Items = "汉字", []message.Item{m.Items[0]}
	small.Items[0].Text = "汉字"
	usual := st.shown(t, small, form)
	for _, r := range "*_`<>[]~#|\\&{}" {
		if !strings.ContainsRune(usual, r) {
			require.NotContains(t, shown, string(r), "broken markup")
		}
	}
}

// shown is the text of all parts of a message as people see it.
func (st *stage) shown(t rapidOrTest, m message.Message, form sender.Options) string {
	t.Helper()
	var all strings.Builder
	for _, part := range st.parts(t, m, form, nil) {
		p, err := st.fixture.Manifest.Preview(part)
		require.NoError(t, err)
		all.WriteString(plain(p))
	}
	return all.String()
}

// drawMany makes a group of many alerts with names of their own, in words without markup.
func drawMany(r *rapid.T) message.Message {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("ab 汉字告警😀é")), 1, 200, -1)
	m := sample()
	m.Summary = words.Draw(r, "summary")
	m.Items = nil
	for i := range rapid.IntRange(1, 150).Draw(r, "items") {
		it := item(fmt.Sprintf("第%04d号", i))
		it.Text = words.Draw(r, "text")
		m.Items = append(m.Items, it)
	}
	return m
}

func drawMessage(r *rapid.T) message.Message {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("ab 汉字告警😀👨é\"<>&\\*_@[]()#\n|`~-+!{}")), 0, 300, -1)
	m := sample()
	m.Title = "T" + words.Draw(r, "title")
	m.Summary = words.Draw(r, "summary")
	m.Items = nil
	for range rapid.IntRange(0, 60).Draw(r, "items") {
		it := item("I" + words.Draw(r, "item"))
		it.Text = words.Draw(r, "text")
		m.Items = append(m.Items, it)
	}
	return m
}
