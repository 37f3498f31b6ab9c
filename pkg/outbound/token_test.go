package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// counting fetches token-1, token-2 and so on, each after a second.
func counting(ttl time.Duration) (func(context.Context) (outbound.Token, error), *atomic.Int32) {
	var n atomic.Int32
	return func(context.Context) (outbound.Token, error) {
		time.Sleep(time.Second)
		return outbound.Token{Value: secret.New(fmt.Sprintf("token-%d", n.Add(1))), TTL: ttl}, nil
	}, &n
}

func TestTokenIsFetchedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetch, fetched := counting(2 * time.Hour)
		cache := outbound.NewTokenCache(fetch, 5*time.Minute)
		var done sync.WaitGroup
		for range 50 {
			done.Go(func() {
				if v, err := cache.Get(t.Context()); assert.NoError(t, err) {
					assert.Equal(t, "token-1", v.Reveal())
				}
			})
		}
		done.Wait()
		assert.EqualValues(t, 1, fetched.Load())
	})
}

func TestTokenLife(t *testing.T) {
	cases := map[string]struct{ ttl, margin, life time.Duration }{
		"margin before the end":        {2 * time.Hour, 5 * time.Minute, 115 * time.Minute},
		"half where the margin is big": {6 * time.Minute, 5 * time.Minute, 3 * time.Minute},
		"not at all without a life":    {0, 5 * time.Minute, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetch, _ := counting(c.ttl)
				cache := outbound.NewTokenCache(fetch, c.margin)
				get := func() string {
					v, err := cache.Get(t.Context())
					require.NoError(t, err)
					return v.Reveal()
				}
				assert.Equal(t, "token-1", get())
				if c.life > 0 {
					time.Sleep(c.life - time.Millisecond)
					assert.Equal(t, "token-1", get())
					time.Sleep(time.Millisecond)
				}
				assert.Equal(t, "token-2", get())
			})
		})
	}
}

func TestOnlyTheCurrentTokenIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetch, fetched := counting(time.Hour)
		cache := outbound.NewTokenCache(fetch, time.Minute)
		old, err := cache.Get(t.Context())
		require.NoError(t, err)
		for range 10 {
			cache.Drop(old)
			v, err := cache.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "token-2", v.Reveal())
		}
		assert.EqualValues(t, 2, fetched.Load())
	})
}

func TestWaiterThatGivesUpStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetch, fetched := counting(time.Hour)
		cache := outbound.NewTokenCache(func(ctx context.Context) (outbound.Token, error) {
			token, err := fetch(ctx)
			return token, errors.Join(err, ctx.Err())
		}, time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var done sync.WaitGroup
		done.Go(func() {
			_, err := cache.Get(ctx)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		v, err := cache.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "token-1", v.Reveal())
		done.Wait()
		assert.EqualValues(t, 1, fetched.Load())
	})
}

func TestFailureToFetchIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fail := true
		cache := outbound.NewTokenCache(func(context.Context) (outbound.Token, error) {
			if fail {
				return outbound.Token{}, assert.AnError
			}
			return outbound.Token{Value: secret.New("t"), TTL: time.Hour}, nil
		}, 0)
		_, err := cache.Get(t.Context())
		require.ErrorIs(t, err, assert.AnError)
		fail = false
		v, err := cache.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "t", v.Reveal())
	})
}
