package lang_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func TestErrorsInBothLanguages(t *testing.T) {
	one, two := lang.Wrong("%[1]s 是空的", "%[1]s is empty", "key"), errors.New("unworded")
	require.EqualError(t, one, "key is empty")
	require.Equal(t, lang.Text{ZH: "key 是空的", EN: "key is empty"}, lang.TextOf(one))
	require.Equal(t, lang.Text{ZH: "key 是空的\nunworded", EN: "key is empty\nunworded"}, lang.TextOf(errors.Join(one, errors.Join(nil, two))))
	wrapped := fmt.Errorf("from: %w", one)
	require.Equal(t, lang.Text{ZH: "from: key is empty", EN: "from: key is empty"}, lang.TextOf(wrapped))
	require.Equal(t, lang.Text{ZH: "from：key 是空的", EN: "from: key is empty"}, lang.TextOf(lang.About("from", one)))
	both := fmt.Errorf("%w: %w", two, one)
	require.Equal(t, lang.Text{ZH: both.Error(), EN: both.Error()}, lang.TextOf(both))
	about := lang.About("from", errors.Join(one, errors.Join(two)))
	require.Equal(t, lang.Text{ZH: "from：key 是空的\nfrom：unworded", EN: "from: key is empty\nfrom: unworded"}, lang.TextOf(about))
	require.Len(t, lang.Parts(about), 2)
	require.ErrorIs(t, about, two, "the cause stays")
	kind := lang.Wrong("没有", "none")
	because := lang.Because(kind, lang.Because(two, one))
	require.Equal(t, lang.Text{ZH: "没有：unworded：key 是空的", EN: "none: unworded: key is empty"}, lang.TextOf(because))
	for _, is := range []error{kind, two, one} {
		require.ErrorIs(t, because, is)
	}
	require.Equal(t, []error{both}, lang.Parts(both))
	require.Equal(t, []error{none{}}, lang.Parts(none{}))
}

// none is an error that was joined of nothing.
type none struct{}

func (none) Error() string   { return "none" }
func (none) Unwrap() []error { return nil }
