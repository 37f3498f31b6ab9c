package engine

import (
	"context"
	"errors"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// Reload reads the configuration again.
func (e *Engine) Reload(context.Context) error {
	if e.o.Load == nil {
		return lang.Because(core.ErrConfig, lang.Wrong("这个核心的配置由它的宿主给出", "this core's configuration belongs to its host"))
	}
	cfg, err := e.o.Load()
	if err == nil {
		err = e.Configure(config.MainTenant, cfg)
	}
	if err != nil {
		e.m.reloads.WithLabelValues("refused").Inc()
		if !errors.Is(err, core.ErrConfig) {
			err = lang.Because(core.ErrConfig, err)
		}
		return err
	}
	e.m.reloads.WithLabelValues("applied").Inc()
	return e.retryAfterReload(config.MainTenant)
}

// Reconfigure is Configure for an engine that runs: it also tries once more what failed because of the old
// configuration, and goes on with what waited for one.
func (e *Engine) Reconfigure(tenant string, cfg *config.Config) error {
	if err := e.Configure(tenant, cfg); err != nil {
		return err
	}
	return e.retryAfterReload(tenant)
}

// retryAfterReload tries once more what failed because of credentials or settings, and wakes every lane,
// since accounts and limits may have changed.
func (e *Engine) retryAfterReload(tenant string) error {
	now := time.Now()
	err := e.store.Write(func(tx *store.Tx) error {
		if err := tx.EndQuiet(tenant); err != nil {
			return err
		}
		for _, reason := range []sender.Reason{sender.ReasonAuth, sender.ReasonConfig} {
			failed, err := tx.FailedSince(tenant, string(reason), now.Add(-giveUpLast).UnixMilli())
			if err != nil {
				return err
			}
			for _, d := range failed {
				if err := e.requeueIfNewest(tx, *d, now); err != nil {
					return err
				}
			}
		}
		return tx.WakeAll(tenant, now.UnixMilli())
	})
	e.wake()
	return storeError(err)
}

// requeueIfNewest requeues a failed delivery unless a newer state of its group was submitted since.
func (e *Engine) requeueIfNewest(tx *store.Tx, d store.Delivery, now time.Time) error {
	if d.GroupID != "" {
		g, found, err := tx.Group(d.GroupID)
		if err != nil || !found || g.EventID != d.EventID {
			return err
		}
	}
	if err := tx.Requeue(d.ID, d.Reloads+1); err != nil {
		return err
	}
	return tx.WakeLane(store.Lane{Key: d.Lane, Tenant: d.Tenant, Account: d.Account, Target: d.Target, WakeAt: now.UnixMilli()})
}
