package outbound_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestLookupsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := outbound.NewLookups()
		asked := 0
		ask := func(id string, nobody bool, err error) (string, error) {
			return l.Find(t.Context(), "key", func(context.Context) (string, bool, error) {
				asked++
				return id, nobody, err
			})
		}
		_, err := ask("", true, sender.Permanent(sender.ReasonRecipient, errors.New("nobody")))
		require.Error(t, err)
		_, err = ask("u1", false, nil)
		require.Error(t, err, "a miss is kept")
		time.Sleep(11 * time.Minute)
		for range 2 {
			id, err := ask("u1", false, nil)
			require.NoError(t, err)
			require.Equal(t, "u1", id)
		}
		require.Equal(t, 2, asked)
		time.Sleep(25 * time.Hour)
		id, err := ask("", false, errors.New("an outage"))
		require.NoError(t, err, "what was once found outlives an outage")
		require.Equal(t, "u1", id)
		require.Equal(t, 3, asked)
	})
}

func TestLookupsRunOutOfPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := outbound.NewLookups()
		answer := errors.New("an outage")
		ask := func() {
			_, err := l.Find(t.Context(), "key", func(context.Context) (string, bool, error) { return "u1", false, answer })
			if f := sender.AsFailure(err); f != nil {
				require.False(t, f.MaybeSent)
			}
		}
		ask()
		require.False(t, l.OutOfPatience())
		time.Sleep(time.Minute)
		ask()
		require.True(t, l.OutOfPatience())
		time.Sleep(6 * time.Minute)
		ask()
		require.False(t, l.OutOfPatience(), "another run of failures")
		time.Sleep(time.Minute)
		answer = nil
		ask()
		require.False(t, l.OutOfPatience(), "a success ends it")
	})
}
