package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// draft is a message for the fixture's target, with or without its mentions.
func (st *stage) draft(m message.Message, form sender.Options, mentions []sender.Target) sender.Draft {
	return sender.Draft{Message: m, Target: st.fixture.Target, Mentions: mentions, Options: form}
}

func judgeRender(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	for name, m := range kinds() {
		for i, form := range st.forms() {
			t.Run(fmt.Sprintf("%s form %d", name, i), func(t *testing.T) {
				first, err := st.sender.Render(t.Context(), st.draft(m, form, f.Mentions))
				require.NoError(t, st.check(t, err))
				require.NotEmpty(t, first.Parts)
				for range 2 {
					again, err := st.sender.Render(t.Context(), st.draft(m, form, f.Mentions))
					require.NoError(t, st.check(t, err))
					require.Equal(t, first.Parts, again.Parts, "the same message has the same form")
				}
				st.judgeParts(t, first.Parts)
				for _, note := range first.Notes {
					said(t, note, "note")
				}
			})
		}
	}
}

// judgeParts checks what holds for every part.
func (st *stage) judgeParts(t rapidOrTest, parts []json.RawMessage) {
	t.Helper()
	for i, p := range parts {
		require.True(t, json.Valid(p), "part %d is no JSON", i)
		require.True(t, utf8.Valid(p), "part %d is not UTF-8", i)
		require.LessOrEqual(t, st.fixture.Size(p), st.fixture.MaxSize, "part %d is too long", i)
		require.NotContains(t, string(p), "\uFFFD", "part %d: a character was cut", i)
	}
}

// rapidOrTest is what both *testing.T and *rapid.T offer.
type rapidOrTest interface {
	require.TestingT
	Helper()
	Context() context.Context
}

func judgePreview(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	forms, brief := st.forms(), f.Brief
	if f.Terse {
		forms, brief = nil, append(slices.Clone(forms), brief...)
	}
	for name, m := range kinds() {
		for i, form := range forms {
			t.Run(fmt.Sprintf("%s form %d", name, i), func(t *testing.T) {
				r, err := st.sender.Render(t.Context(), st.draft(m, form, f.Mentions))
				require.NoError(t, st.check(t, err))
				var all strings.Builder
				for _, part := range r.Parts {
					p, err := f.Manifest.Preview(part)
					require.NoError(t, err)
					require.NotEmpty(t, p.Shape)
					require.NotEmpty(t, p.Blocks)
					all.WriteString(plain(p))
				}
				shown := all.String()
				assert.Contains(t, shown, m.Title)
				for n, it := range m.Items {
					if name != "long" || n < 10 {
						assert.Contains(t, shown, it.Title)
					}
				}
			})
		}
	}
	for i, form := range brief {
		for name, m := range kinds() {
			t.Run(fmt.Sprintf("%s brief form %d", name, i), func(t *testing.T) {
				r, err := st.sender.Render(t.Context(), st.draft(m, form, f.Mentions))
				require.NoError(t, st.check(t, err))
				require.NotEmpty(t, r.Parts)
				st.judgeParts(t, r.Parts)
				p, err := f.Manifest.Preview(r.Parts[0])
				require.NoError(t, err)
				require.NotEmpty(t, p.Shape)
				title := m.Title
				if f.Terse {
					title = string([]rune(m.Title)[:min(4, len([]rune(m.Title)))])
				}
				require.Contains(t, plain(p), title, "it says at least what is wrong")
			})
		}
	}
	for _, garbage := range []string{"", "{}", "[]", "null", `"x"`, "{", strings.Repeat("[", 5000)} {
		_, err := f.Manifest.Preview(json.RawMessage(garbage))
		assert.Error(t, err, "a preview of %.10q", garbage)
	}
}
