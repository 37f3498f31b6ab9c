package main

import (
	"os"
	"time"
)

// parentPoll is how often we look whether Grafana is still there.
const parentPoll = time.Second

// onOrphaned calls gone once the process that started us has ended: a Grafana that was killed ends no plugin, which
// would then hold the store against the next one's. It has no effect on Windows, where a parent's number never changes.
func onOrphaned(gone func()) (stop func()) {
	parent, done := os.Getppid(), make(chan struct{})
	go func() {
		ticker := time.NewTicker(parentPoll)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if os.Getppid() != parent {
					gone()
					return
				}
			}
		}
	}()
	return func() { close(done) }
}
