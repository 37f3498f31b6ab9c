package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIdsAreFoundByTime(t *testing.T) {
	id := newID()
	require.Less(t, firstID(time.Now()), id, "an id of now is not before now")
	require.Greater(t, firstID(time.Now().Add(48*time.Hour)), id)
	require.Equal(t, "00000000", firstID(time.UnixMilli(0)))
}
