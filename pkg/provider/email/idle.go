package email

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// idleFor is how long a conversation without work is kept: services refuse those who log in too often, but end what
	// idles for some minutes.
	idleFor = 20 * time.Second
	// maxIdle bounds how many are kept.
	maxIdle = 4
)

// idle are conversations that wait for the next mail.
type idle struct {
	mu   sync.Mutex
	list []*session
}

// take continues a conversation that waits, if the server still answers there, else opens one.
func (m *mailer) take(ctx context.Context) (*session, error) {
	for s := m.idle.pop(); s != nil; s = m.idle.pop() {
		s.conn.Follow(ctx)
		if err := s.client.Reset(); err == nil {
			return s, nil
		}
		s.lost = true
		s.close()
	}
	return m.open(ctx)
}

// keep lets a conversation wait for the next mail, unless it is over. ctx is that of the mail that was sent.
func (m *mailer) keep(ctx context.Context, s *session) {
	if s.lost {
		s.close()
		return
	}
	s.conn.Follow(context.WithoutCancel(ctx))
	if !m.idle.push(s) {
		s.close()
	}
}

func (i *idle) pop() *session {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) == 0 {
		return nil
	}
	s := i.list[len(i.list)-1]
	s.expiry.Stop()
	i.list = i.list[:len(i.list)-1]
	return s
}

func (i *idle) push(s *session) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) >= maxIdle {
		return false
	}
	i.list = append(i.list, s)
	s.expiry = time.AfterFunc(idleFor, func() {
		if i.remove(s) {
			s.close()
		}
	})
	return true
}

// remove takes a conversation out, if it waits still.
func (i *idle) remove(s *session) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.Index(i.list, s)
	if at < 0 {
		return false
	}
	i.list = slices.Delete(i.list, at, at+1)
	return true
}
