package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T, dir string, pages int) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, MaxPages: pages})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// put stores a group with one event and one delivery that waits.
func put(t *testing.T, s *Store, n int) (group, delivery string) {
	t.Helper()
	group, delivery = fmt.Sprintf("g-%04d", n), fmt.Sprintf("d-%04d", n)
	require.NoError(t, s.Write(func(tx *Tx) error { return putIn(tx, n, 100) }))
	return group, delivery
}

func putIn(tx *Tx, n, body int) error {
	id, key := fmt.Sprintf("%04d", n), Identity{"main", "src", "cp", fmt.Sprintf("key-%d", n)}
	text := []byte(`{"alerts":[{"labels":{"alertname":"a_` + id + `"}}],"pad":"` + strings.Repeat("x", body) + `"}`)
	_, err := tx.AddGroup(Group{
		ID: "g-" + id, Tenant: key.Tenant, Source: key.Source, ContactPoint: key.ContactPoint, Key: key.Key, Open: true,
		Chain: []byte("{}"), EventID: "e-" + id, OpenedAt: 1, ChangedAt: 1,
	}, "")
	if err != nil {
		return err
	}
	if err := tx.AddEvent(Event{ID: "e-" + id, GroupID: "g-" + id, ReceivedAt: 1, Change: ChangeNew, Body: text}, key, "event-"+id); err != nil {
		return err
	}
	err = tx.AddDelivery(Delivery{
		ID: "d-" + id, Tenant: "main", GroupID: "g-" + id, EventID: "e-" + id, Lane: "lane", Account: "acc", Target: "chat:1",
		Intent: IntentTell, Severity: n % 5, CreatedAt: int64(n), Title: "title 100% " + id,
	})
	if err != nil {
		return err
	}
	return tx.WakeLane(Lane{Key: "lane", Tenant: "main", Account: "acc", Target: "chat:1", WakeAt: 5})
}

func TestOneCoreAStore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	_, err := Open(t.Context(), Options{Dir: dir})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "held by process")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing twice is fine")
	require.ErrorIs(t, s.Write(func(*Tx) error { return nil }), ErrClosed)
	open(t, dir, 0)
}

func TestANewerStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	_, err := s.conn.ExecContext(t.Context(), "PRAGMA user_version = 99")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = Open(t.Context(), Options{Dir: dir})
	require.ErrorIs(t, err, ErrNewer)
	require.ErrorContains(t, err, "version 99")
}

func TestAnUpgradeKeepsACopy(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	put(t, s, 1)
	steps := append(migrations(), `CREATE TABLE later (id INTEGER)`, `CREATE TABLE latest (id INTEGER)`)
	copies := func() []string {
		list, err := filepath.Glob(filepath.Join(dir, "*.bak"))
		require.NoError(t, err)
		return list
	}
	require.Empty(t, copies(), "a new store has nothing to copy")
	require.NoError(t, upgrade(t.Context(), s.conn, s.path, steps))
	kept := fmt.Sprintf("%s.v%d.bak", s.path, len(migrations()))
	require.Equal(t, []string{kept}, copies(), "as it was, not once for each step")
	info, err := os.Stat(kept)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds what the store holds")
	old, err := sql.Open("sqlite", dsn(kept, Options{}, true))
	require.NoError(t, err)
	defer old.Close()
	var held, mode string
	require.NoError(t, old.QueryRowContext(t.Context(), "SELECT id FROM deliveries").Scan(&held))
	require.Equal(t, "d-0001", held)
	require.NoError(t, s.conn.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	require.Equal(t, "wal", mode)
	bad := append(steps, `CREATE TABLE later (id INTEGER)`)
	require.Error(t, upgrade(t.Context(), s.conn, s.path, bad), "a step that fails changes nothing")
	var version int
	require.NoError(t, s.conn.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	require.Equal(t, len(steps), version)
	rows, err := s.History(t.Context(), Query{Tenant: "main", Limit: 10})
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

// openAt makes a store as it was at a version, until it is done.
func openAt(t *testing.T, dir string, version int) (conn *sql.Conn, done func()) {
	t.Helper()
	path := filepath.Join(dir, "yunluo.db")
	db, err := sql.Open("sqlite", dsn(path, Options{}, false))
	require.NoError(t, err)
	conn, err = db.Conn(t.Context())
	require.NoError(t, err)
	require.NoError(t, upgrade(t.Context(), conn, path, migrations()[:version]))
	return conn, func() {
		require.NoError(t, conn.Close())
		require.NoError(t, db.Close())
	}
}

// A store of version 2 kept each request in its delivery's row.
func TestRequestsOfAnOlderStoreStay(t *testing.T) {
	dir := t.TempDir()
	conn, done := openAt(t, dir, 2)
	_, err := conn.ExecContext(t.Context(), `INSERT INTO deliveries (id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state,
		severity, priority, news, created_at, request) VALUES
		('d-1', 'main', 'g', 'e', 0, 0, 'lane', 'acc', 'chat:1', 'tell', 'waiting', 2, 0, 2, 1, 'one'),
		('d-2', 'main', 'g', 'e', 0, 0, 'lane', 'acc', 'chat:1', 'tell', 'waiting', 4, 0, 4, 1, NULL),
		('d-3', 'main', 'g', 'e', 0, 0, 'lane', 'acc', 'chat:1', 'tell', 'delivered', 2, 0, 2, 1, '三')`)
	require.NoError(t, err)
	done()

	s := open(t, dir, 0)
	require.Equal(t, map[string]string{"d-1": "one", "d-3": "三"}, requests(t, s))
	require.Equal(t, []string{"d-2 false", "d-1 true"}, waitingOf(t, s, "lane"), "the worst first")
}

func TestAnUpgradeKeepsAboutTheSize(t *testing.T) {
	dir := t.TempDir()
	conn, done := openAt(t, dir, 2)
	change := func(query string, args ...any) {
		_, err := conn.ExecContext(t.Context(), query, args...)
		require.NoError(t, err)
	}
	id := func(n int) string { return fmt.Sprintf("01a2167b-7ad8-77bb-a828-6c2166%06d", n) }
	const behind = 50
	for i := range 500 + behind {
		if i < 500 {
			change(`INSERT INTO deliveries (id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state, severity, priority, news, created_at, request, title)
				VALUES (?1, 'main', ?1, ?1, 0, 0, 'main/feishu/chat:oc_1', 'feishu', 'chat:oc_1', 'tell', 'waiting', 2, 0, 2, 1795673520856, zeroblob(1650), '[WARNING] disk full')`, id(i))
		}
		if i >= behind {
			change(`UPDATE deliveries SET state = 'delivered', op = 'send', receipt = zeroblob(140), finished_at = 1795673520929 WHERE id = ?`, id(i-behind))
		}
	}
	var pages, size int64
	require.NoError(t, conn.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages))
	require.NoError(t, conn.QueryRowContext(t.Context(), `PRAGMA page_size`).Scan(&size))
	done()
	after, err := open(t, dir, 0).Size(t.Context())
	require.NoError(t, err)
	require.Less(t, after, pages*size*5/4, "else much of the history would have to go")
}

// waitingOf lists what waits in a lane, and whether it has a request.
func waitingOf(t *testing.T, s *Store, lane string) (list []string) {
	t.Helper()
	require.NoError(t, s.Write(func(tx *Tx) error {
		waiting, err := tx.WaitingIn(lane, 10)
		for _, d := range waiting {
			list = append(list, fmt.Sprint(d.ID, " ", d.HasRequest))
		}
		return err
	}))
	return list
}

// requests are all that are stored, by delivery.
func requests(t *testing.T, s *Store) map[string]string {
	t.Helper()
	found := map[string]string{}
	rows, err := s.conn.QueryContext(t.Context(), `SELECT COALESCE(d.id, 'nobody'), r.body FROM requests r LEFT JOIN deliveries d USING (seq)`)
	require.NoError(t, err)
	require.NoError(t, drain(rows, func(scan func(...any) error) error {
		var id, body string
		err := scan(&id, &body)
		found[id] = body
		return err
	}))
	return found
}

func TestARequestBelongsToItsDelivery(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	d := Delivery{ID: "d", Tenant: "main", GroupID: "g", Lane: "lane", Account: "acc", Target: "chat:1", Intent: IntentTell, Request: []byte("early")}
	late := d
	late.ID, late.Request = "late", nil
	require.NoError(t, s.Write(func(tx *Tx) error { return errors.Join(tx.AddDelivery(d), tx.AddDelivery(late)) }))
	require.Equal(t, map[string]string{"d": "early"}, requests(t, s))
	d.Request, late.Request = []byte("again"), []byte("at last")
	require.NoError(t, s.Write(func(tx *Tx) error { return errors.Join(tx.SetRequest(d), tx.SetRequest(late)) }))
	require.Equal(t, map[string]string{"d": "again", "late": "at last"}, requests(t, s))
	for id, want := range requests(t, s) {
		got, err := s.Request(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	require.NoError(t, s.Write(func(tx *Tx) error {
		request, err := tx.Request("nobody's")
		require.Nil(t, request)
		return errors.Join(err, tx.removeGroup("g"))
	}))
	require.Empty(t, requests(t, s), "it goes with its delivery")
}

func TestOnlyTheCulpritOfABatchFails(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	culprit := errors.New("culprit")
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			err := s.Write(func(tx *Tx) error {
				if err := putIn(tx, i, 10); err != nil || i%10 != 3 {
					return err
				}
				return culprit
			})
			if i%10 == 3 {
				assert.ErrorIs(t, err, culprit)
				return
			}
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.NoError(t, s.Failed())
	waiting, oldest, err := s.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, 180, waiting)
	require.Zero(t, oldest)
}

func TestAFullStoreSaysSoAndRecovers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 80)
	n := 0
	var err error
	for ; err == nil && n < 1000; n++ {
		err = s.Write(func(tx *Tx) error { return putIn(tx, n, 4000) })
	}
	require.ErrorIs(t, err, ErrBroken)
	require.ErrorContains(t, err, "full")
	require.Error(t, s.Failed())
	require.ErrorIs(t, s.Ping(), ErrBroken, "a full store does not pass for a healthy one")
	_, err = s.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 100000")
	require.NoError(t, err)
	require.NoError(t, s.Ping())
	require.NoError(t, s.Failed())
	put(t, s, 5000)
}

func TestWhatIsCommittedTellsOfItsLanes(t *testing.T) {
	var told []string
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Woken: func(lanes []string) { told = append(told, lanes...) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	refused := errors.New("refused")
	require.ErrorIs(t, s.Write(func(tx *Tx) error {
		require.NoError(t, tx.WakeLane(Lane{Key: "rolled back"}))
		return refused
	}), refused)
	require.NoError(t, s.Write(func(*Tx) error { return nil }))
	put(t, s, 1)
	require.Equal(t, []string{"lane"}, told)
}

func TestAnIdentityHasOneCurrentGroup(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	put(t, s, 1)
	id := Identity{"main", "src", "cp", "key-1"}
	next := Group{ID: "g-next", Tenant: id.Tenant, Source: id.Source, ContactPoint: id.ContactPoint, Key: id.Key, Open: true, Chain: []byte("{}"), EventID: "e-next"}
	require.NoError(t, s.Write(func(tx *Tx) error {
		added, err := tx.AddGroup(next, "")
		require.NoError(t, err)
		require.False(t, added, "the group has an episode already")
		g, state, found, err := tx.CurrentGroup(id)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "g-0001", g.ID)
		require.Contains(t, string(state), "a_0001", "its state is the body of its newest event")
		added, err = tx.AddGroup(next, g.ID)
		require.True(t, added)
		return err
	}))
}

func TestALaneThatGotSomethingDoesNotSleep(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	put(t, s, 1)
	require.NoError(t, s.Write(func(tx *Tx) error {
		due, err := tx.Due(10, 10, nil)
		require.NoError(t, err)
		require.Len(t, due, 1)
		require.NoError(t, tx.Lease("lane", 100))
		due2, err := tx.Due(10, 10, nil)
		require.NoError(t, err)
		require.Empty(t, due2, "a leased lane is nobody else's")
		none, err := tx.Due(10, 10, []string{"main/acc"})
		require.NoError(t, err)
		require.Empty(t, none)
		lane := due[0]
		require.NoError(t, tx.WakeLane(lane))
		lane.WakeAt = Never
		released, err := tx.Release(lane)
		require.NoError(t, err)
		require.False(t, released)
		rested, err := tx.Rest("lane")
		require.NoError(t, err)
		require.False(t, rested, "something waits")
		lane.Arrivals, err = tx.Arrivals("lane")
		require.NoError(t, err)
		released, err = tx.Release(lane)
		require.NoError(t, err)
		require.True(t, released)
		return tx.ClearLeases(7)
	}))
	require.NoError(t, s.Write(func(tx *Tx) error {
		at, err := tx.NextWake(nil)
		require.Equal(t, int64(7), at, "a start wakes a lane that sleeps with something waiting")
		return err
	}))
}

func TestOnlyALaneThatRestsIsLeasedForWhatComesIntoIt(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	lease := func(lane string) (arrivals int64, held bool) {
		require.NoError(t, s.Write(func(tx *Tx) error {
			var err error
			arrivals, held, err = tx.LeaseResting(lane, 99)
			return err
		}))
		return arrivals, held
	}
	_, held := lease("lane")
	require.False(t, held, "it does not exist")
	put(t, s, 1)
	_, held = lease("lane")
	require.False(t, held, "it is due")
	require.NoError(t, s.Write(func(tx *Tx) error {
		if err := tx.Finish(Delivery{ID: "d-0001", State: Delivered}); err != nil {
			return err
		}
		rested, err := tx.Rest("lane")
		require.True(t, rested)
		return err
	}))
	arrivals, held := lease("lane")
	require.True(t, held)
	require.EqualValues(t, 2, arrivals)
	_, held = lease("lane")
	require.False(t, held, "somebody holds it")
	require.NoError(t, s.Write(func(tx *Tx) error {
		due, err := tx.Due(10, 10, nil)
		require.Empty(t, due)
		released, err2 := tx.Release(Lane{Key: "lane", Arrivals: arrivals, WakeAt: 7})
		require.True(t, released)
		return errors.Join(err, err2)
	}))
	_, held = lease("lane")
	require.False(t, held, "it waits for a time")
}

func TestHistoryFilters(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	for i := range 20 {
		put(t, s, i)
	}
	ask := func(q Query) []Row {
		q.Tenant = "main"
		if q.Limit == 0 {
			q.Limit = 100
		}
		rows, err := s.History(context.Background(), q)
		require.NoError(t, err)
		return rows
	}
	require.Len(t, ask(Query{}), 20)
	require.Len(t, ask(Query{Search: "a_0007"}), 1)
	require.Empty(t, ask(Query{Search: "a%0007"}), "a percent sign is itself")
	require.Len(t, ask(Query{Search: "100%"}), 20)
	require.Empty(t, ask(Query{Search: "aX0007"}), "an underscore is itself")
	require.Len(t, ask(Query{Since: 5, Until: 8}), 3)
	require.Len(t, ask(Query{ContactPoint: "cp", Account: "acc", State: Waiting, GroupID: "g-0003"}), 1)
	page := ask(Query{Limit: 7})
	require.Len(t, page, 7)
	require.Equal(t, "d-0019", page[0].ID, "newest first")
	require.Equal(t, "d-0012", ask(Query{After: page[6].ID})[0].ID)
	require.Empty(t, ask(Query{ID: "d-9999"}))
}

func TestHistoryFindsADeliveryByTheBeginningOfItsID(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	ids := []string{"01a21777-e2e1-7000-8000-000000000001", "01a21777-e2e2-7000-8000-000000000002", "01a21777-e2e2-7fff-8000-000000000003", "01a21778-0000-7000-8000-000000000004"}
	require.NoError(t, s.Write(func(tx *Tx) error {
		for _, id := range ids {
			if err := tx.AddDelivery(Delivery{ID: id, Tenant: "main", Lane: "lane", Intent: IntentTell}); err != nil {
				return err
			}
		}
		return nil
	}))
	for beginning, want := range map[string][]string{
		ids[1]:               {ids[1]},
		ids[1] + "0":         nil,
		"01a21777-e2e1":      {ids[0]},
		"01a21777-e2e2":      {ids[2], ids[1]},
		"01a21777-e2e2-7":    {ids[2], ids[1]},
		"01a21777-e2e2-7f":   {ids[2]},
		"01a21777":           {ids[2], ids[1], ids[0]},
		"01a21777-e2e2-7%":   nil,
		"01a2177":            nil,
		"01a21779-e2e2-7000": nil,
	} {
		rows, err := s.History(t.Context(), Query{Tenant: "main", ID: beginning, Limit: 10})
		require.NoError(t, err)
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		require.Equal(t, want, got, beginning)
	}
}

func TestADigestBelongsToTheContactPointsOfItsMembers(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	for n := range 4 {
		put(t, s, n)
	}
	digest := Delivery{ID: "digest", Tenant: "main", Lane: "lane", Account: "acc", Intent: IntentDigest}
	part := digest
	part.ID, part.Parent = "part", "digest"
	require.NoError(t, s.Write(func(tx *Tx) error {
		return errors.Join(tx.AddDelivery(digest), tx.AddDelivery(part), tx.Fold("d-0000", "digest", 9), tx.Fold("d-0001", "digest", 9))
	}))
	_, err := s.conn.ExecContext(t.Context(), `UPDATE groups SET contact_point = 'one' WHERE id = 'g-0001'`)
	require.NoError(t, err)
	for point, want := range map[string][]string{
		"one": {"part", "digest", "d-0001"}, "cp": {"part", "digest", "d-0003", "d-0002", "d-0000"}, "other": nil,
	} {
		rows, err := s.History(t.Context(), Query{Tenant: "main", ContactPoint: point, Limit: 10})
		require.NoError(t, err)
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
			if r.GroupID != "" {
				require.Empty(t, r.Members)
				continue
			}
			require.Equal(t, []Member{{"src", "cp", "key-0"}, {"src", "one", "key-1"}}, r.Members)
		}
		require.Equal(t, want, got, point)
	}
}

func TestFiguresCountByTimeAndState(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	for n := range 20 {
		put(t, s, n)
	}
	_, err := s.conn.ExecContext(t.Context(), `UPDATE deliveries SET state = 'delivered' WHERE created_at % 2 = 0`)
	require.NoError(t, err)
	count := func(q FigureQuery) map[string]int {
		q.Tenant = "main"
		list, err := s.Figures(t.Context(), q)
		require.NoError(t, err)
		out := map[string]int{}
		for _, f := range list {
			out[fmt.Sprintf("%d %s", f.Bucket, f.State)] = f.Count
		}
		return out
	}
	require.Equal(t, map[string]int{"0 waiting": 2, "0 delivered": 2, "1 waiting": 2, "1 delivered": 2, "2 waiting": 1, "2 delivered": 1},
		count(FigureQuery{Since: 4, Until: 14, Width: 4}))
	require.Equal(t, map[string]int{"0 waiting": 1}, count(FigureQuery{Since: 4, Until: 20, Width: 100, FirstID: "d-0019", ContactPoint: "cp", Account: "acc"}))
	require.Empty(t, count(FigureQuery{Since: 0, Until: 20, Width: 100, ContactPoint: "other"}))
	require.Empty(t, count(FigureQuery{Since: 0, Until: 20, Width: 100, Account: "other"}))
	list, err := s.Figures(t.Context(), FigureQuery{Tenant: "other", Until: 20, Width: 1})
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestTheNewestDeliveryOfAContactPoint(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	newest := func() (list []Newest) {
		list, err := s.NewestDeliveries(t.Context(), "main")
		require.NoError(t, err)
		return list
	}
	require.Empty(t, newest())
	for n := range 3 {
		put(t, s, n)
	}
	change := func(statement string) {
		_, err := s.conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	require.Equal(t, "d-0002", newest()[0].ID)
	require.Equal(t, "cp", newest()[0].ContactPoint)
	// What it was folded into tells what became of it.
	change(`UPDATE deliveries SET state = 'superseded', folded_into = 'd-0000' WHERE id = 'd-0002'`)
	change(`UPDATE deliveries SET state = 'failed', code = '42', reason = 'auth' WHERE id = 'd-0000'`)
	require.Equal(t, []string{"d-0002", Failed, "42", "auth"}, []string{newest()[0].ID, newest()[0].State, newest()[0].Code, newest()[0].Reason})
	change(`UPDATE deliveries SET folded_into = 'gone' WHERE id = 'd-0002'`)
	require.Equal(t, Superseded, newest()[0].State)
	change(`UPDATE deliveries SET intent = 'urge' WHERE id = 'd-0002'`)
	require.Equal(t, "d-0001", newest()[0].ID)
	require.Len(t, newest(), 1)
	// One that is quiet is found behind all that others sent.
	change(`UPDATE groups SET contact_point = 'quiet' WHERE id IN ('g-0000', 'g-0001')`)
	change(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001)
		INSERT INTO deliveries (id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state, severity, priority, news, created_at)
		SELECT printf('e-%04d', i), 'main', 'g-0002', '', 0, 0, 'lane', 'acc', '', 'tell', 'delivered', 0, 0, 0, i FROM n`)
	require.Equal(t, []string{"e-5001", "d-0001"}, []string{newest()[0].ID, newest()[1].ID})
}

func TestRetentionLeavesWhatIsOpenOrWaits(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	for i := range 3 {
		put(t, s, i)
	}
	require.NoError(t, s.Write(func(tx *Tx) error {
		for _, n := range []int{0, 1} {
			g, _, err := tx.Group(fmt.Sprintf("g-%04d", n))
			require.NoError(t, err)
			g.Open, g.ClosedAt = false, 10
			require.NoError(t, tx.ChangeGroup(g))
		}
		require.NoError(t, tx.AddAttempt(Attempt{DeliveryID: "d-0000", Account: "main/acc", Op: "send", At: 9, Outcome: OutcomeDelivered}))
		return tx.Finish(Delivery{ID: "d-0000", State: Delivered, FinishedAt: 10})
	}))
	removed, err := s.Prune(11, 100)
	require.NoError(t, err)
	require.Equal(t, 1, removed, "the open group stays, and the closed one whose delivery waits")
	require.NoError(t, s.Write(func(tx *Tx) error {
		event, _, err := tx.EventByKey(Identity{"main", "src", "cp", "key-0"}, "event-0000")
		require.Empty(t, event)
		require.NoError(t, err)
		event, _, err = tx.EventByKey(Identity{"main", "src", "cp", "key-2"}, "event-0002")
		require.Equal(t, "e-0002", event)
		left, err2 := tx.AttemptsSince(0, 0, func(string) int64 { return 0 })
		require.Empty(t, left)
		return errors.Join(err, err2)
	}))
}

func TestLongSearchesKeepNoLaneFromReading(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	put(t, s, 1)
	for range s.people.Stats().MaxOpenConnections {
		conn, err := s.people.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := s.History(short, Query{Tenant: "main", Limit: 1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.Figures(short, FigureQuery{Tenant: "main", Width: 1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.NewestDeliveries(short, "main")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	waiting, _, err := s.Look(t.Context(), "lane", 1)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
}

func TestOnlyTheOwnerReadsAStore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	put(t, s, 1)
	files := []string{s.Path(), s.Path() + "-wal", s.Path() + "-shm"}
	private := func() {
		for _, file := range files {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
		}
	}
	private()
	// What a core that was killed leaves behind, of an earlier version.
	kept := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		kept[file] = b
	}
	require.NoError(t, s.Close())
	for file, b := range kept {
		require.NoError(t, os.WriteFile(file, b, 0o600))
		require.NoError(t, os.Chmod(file, 0o644))
	}
	s = open(t, dir, 0)
	put(t, s, 2)
	private()
}

func TestAHealthCheckNeedsWhatAnAlertDoes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 0)
	put(t, s, 1)
	// Frames that a change adds to the write-ahead log, and pages of the database after it.
	cost := func(change func()) (frames, pages int64) {
		var busy, log, moved int
		require.NoError(t, s.conn.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved))
		require.Zero(t, busy)
		change()
		info, err := os.Stat(s.Path() + "-wal")
		require.NoError(t, err)
		require.NoError(t, s.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
		return info.Size() / (page + 24), pages
	}
	alert, _ := cost(func() { put(t, s, 2) })
	ping, pages := cost(func() { require.NoError(t, s.Ping()) })
	require.Greater(t, ping, alert)
	_, later := cost(func() {
		for range 50 {
			require.NoError(t, s.Ping())
		}
	})
	require.Equal(t, pages, later, "it leaves the store no larger")
}

func TestWhatIsSmallDoesNotProveThatTheStoreIsWellAgain(t *testing.T) {
	s := open(t, t.TempDir(), 200)
	tell := func(size int) error {
		return s.Write(func(tx *Tx) error {
			return tx.AddEvent(Event{ID: strconv.Itoa(size), GroupID: "g", Body: make([]byte, size)}, Identity{}, "")
		})
	}
	require.NoError(t, s.Ping())
	require.Error(t, tell(900<<10))
	require.NoError(t, tell(100))
	require.ErrorContains(t, s.Failed(), "full")
	require.ErrorIs(t, s.Ping(), ErrBroken, "there is room for a small alert, but not for what failed")
	_, err := s.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 100000")
	require.NoError(t, err)
	require.NoError(t, tell(901<<10))
	require.NoError(t, s.Failed())
}
