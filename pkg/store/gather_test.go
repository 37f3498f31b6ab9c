package store

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const patience = 12 * time.Millisecond

// keepBusy has the writer end a transaction with so many jobs, now.
func keepBusy(t *testing.T, s *Store, jobs int) {
	t.Helper()
	release := make(chan struct{})
	var all sync.WaitGroup
	write := func(f func(*Tx) error) { all.Go(func() { assert.NoError(t, s.Write(f)) }) }
	write(func(*Tx) error { <-release; return nil })
	synctest.Wait()
	for range jobs {
		write(func(*Tx) error { return nil })
	}
	synctest.Wait()
	close(release)
	all.Wait()
}

func TestPatientJobsWaitForCompanyWhileTheWriterIsBusy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before int
		// hurry is when somebody writes who cannot wait, after the patient one.
		hurry, want time.Duration
	}{
		"nobody waits while there is little to write": {busyFrom - 1, time.Second, 0},
		"one waits for others":                        {busyFrom, time.Second, patience},
		"who is in a hurry takes it along":            {busyFrom, 5 * time.Millisecond, 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := open(t, t.TempDir(), 0)
				keepBusy(t, s, c.before)
				begin := time.Now()
				var patient sync.WaitGroup
				patient.Go(func() {
					require.NoError(t, s.Gather(patience, func(*Tx) error { return nil }))
					assert.Equal(t, c.want, time.Since(begin))
				})
				time.Sleep(c.hurry)
				at := time.Now()
				require.NoError(t, s.Write(func(*Tx) error { return nil }))
				assert.Equal(t, at, time.Now(), "a hurry is never kept waiting")
				patient.Wait()
			})
		})
	}
}

func TestTheLeastPatientDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir(), 0)
		keepBusy(t, s, busyFrom)
		begin := time.Now()
		var all sync.WaitGroup
		for _, p := range []time.Duration{3 * patience, 2 * patience, 5 * patience} {
			all.Go(func() {
				require.NoError(t, s.Gather(p, func(*Tx) error { return nil }))
				assert.Equal(t, 2*patience, time.Since(begin))
			})
			time.Sleep(time.Millisecond)
		}
		all.Wait()
	})
}

func TestWhatGathersIsKeptWhenTheStoreCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s, err := Open(t.Context(), Options{Dir: dir})
		require.NoError(t, err)
		keepBusy(t, s, busyFrom)
		var patient sync.WaitGroup
		patient.Go(func() { assert.NoError(t, s.Gather(patience, func(tx *Tx) error { return putIn(tx, 1, 10) })) })
		synctest.Wait()
		require.NoError(t, s.Close())
		patient.Wait()
		waiting, _, err := open(t, dir, 0).Backlog(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, waiting)
	})
}
