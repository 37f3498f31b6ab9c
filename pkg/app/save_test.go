package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNobodyIsToldThatNothingWasSavedWhenThatIsNotKnown(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := closed(t, nil).save(ctx, 1, access{URL: s.URL, SettingsToken: settingsToken}, &saveDocument{})
	require.ErrorContains(t, err, "load them again")
	require.NotContains(t, err.Error(), "not saved")
	require.NotContains(t, err.Error(), settingsToken)
}
