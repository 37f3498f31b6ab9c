package lang_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func TestADurationReadsAsInAConfiguration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1500 * time.Millisecond: "1.5s", 10 * time.Minute: "10m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		48 * time.Hour: "2d", 25 * time.Hour: "25h", 61 * time.Second: "1m1s", -time.Minute: "-1m",
	} {
		require.Equal(t, want, lang.Duration(d))
	}
}
