package outbound

import (
	"context"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// Token is an access token and how long the provider says that it lives.
type Token struct {
	Value secret.Value
	TTL   time.Duration
}

// TokenCache keeps one access token. It is safe for concurrent use.
type TokenCache struct {
	fetch  func(ctx context.Context) (Token, error)
	margin time.Duration

	mu      sync.Mutex
	current secret.Value
	until   time.Time
	flight  *flight
}

// flight is a fetch that others wait for.
type flight struct {
	done  chan struct{}
	value secret.Value
	err   error
}

// NewTokenCache makes a cache that fetches a new token margin before the old one ends, or after
// half its life, whichever is later. fetch gets a context that no waiter can cancel, so it must
// bound its own time, as Client.Do does.
func NewTokenCache(fetch func(ctx context.Context) (Token, error), margin time.Duration) *TokenCache {
	return &TokenCache{fetch: fetch, margin: margin}
}

// Get returns a token that is still good. However many ask at once, one fetch runs, and all get its
// token or its error; a caller whose ctx ends stops waiting, with ctx's error, and the fetch goes on.
func (c *TokenCache) Get(ctx context.Context) (secret.Value, error) {
	c.mu.Lock()
	if c.current.IsSet() && time.Now().Before(c.until) {
		defer c.mu.Unlock()
		return c.current, nil
	}
	f := c.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.flight = f
		go c.run(context.WithoutCancel(ctx), f)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return secret.Value{}, ctx.Err()
	}
}

func (c *TokenCache) run(ctx context.Context, f *flight) {
	token, err := c.fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	f.value, f.err = token.Value, err
	if err == nil {
		c.current = token.Value
		c.until = time.Now().Add(max(token.TTL-c.margin, token.TTL/2))
	}
	c.flight = nil
	close(f.done)
}

// Drop forgets v, which the provider refused, unless it was replaced meanwhile: of many callers that
// were refused with the same token, only the first causes a fetch.
func (c *TokenCache) Drop(v secret.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.Reveal() == v.Reveal() {
		c.current = secret.Value{}
	}
}
