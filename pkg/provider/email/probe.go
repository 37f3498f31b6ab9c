package email

import (
	"context"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Probe connects, encrypts, logs in and names the sender; it sends nothing.
func (m *mailer) Probe(ctx context.Context) []sender.Check {
	ctx, cancel := context.WithTimeout(ctx, longestTalk)
	defer cancel()
	name := words("连接、加密并登录", "connected, encrypted and logged in")
	switch {
	case m.server.plain && m.account.Username == "":
		name = words("连接（不加密，不登录）", "connected (no encryption, no login)")
	case m.server.plain:
		name = words("连接并登录（不加密）", "connected and logged in (no encryption)")
	case m.account.Username == "":
		name = words("连接并加密（不登录）", "connected and encrypted (no login)")
	}
	s, err := m.open(ctx)
	if err != nil {
		return []sender.Check{sender.Check{Name: name}.Failed(err)}
	}
	defer s.close()
	checks := []sender.Check{{Name: name, OK: true, Detail: m.server.address}}
	allowed := words("发件人 "+m.from.Address+" 可以使用", "the sender "+m.from.Address+" is accepted")
	if _, err := s.address(ctx, nil); err != nil {
		return append(checks, sender.Check{Name: allowed}.Failed(err))
	}
	if err := s.client.Reset(); err != nil {
		return append(checks, sender.Check{Name: allowed}.Failed(s.failed(ctx, atSender, err)))
	}
	return append(checks, sender.Check{Name: allowed, OK: true})
}
