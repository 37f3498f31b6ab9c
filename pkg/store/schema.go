package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrNewer means that a later version of Yunluo made the store.
var ErrNewer = errors.New("the store was made by a newer yunluo")

// migrations are applied in order, each once and in a transaction of its own. They only ever grow.
func migrations() []string {
	return []string{schemaV1, schemaV2, schemaV3}
}

const schemaV1 = `
CREATE TABLE groups (
	id TEXT PRIMARY KEY,
	tenant TEXT NOT NULL, source TEXT NOT NULL, contact_point TEXT NOT NULL, group_key TEXT NOT NULL,
	current INTEGER NOT NULL, open INTEGER NOT NULL,
	chain BLOB NOT NULL, state BLOB NOT NULL, event_id TEXT NOT NULL,
	severity INTEGER NOT NULL, worst INTEGER NOT NULL,
	opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, closed_at INTEGER NOT NULL DEFAULT 0,
	failures INTEGER NOT NULL DEFAULT 0, quiet_until INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX groups_current ON groups (tenant, source, contact_point, group_key) WHERE current = 1;
CREATE INDEX groups_closed ON groups (closed_at) WHERE open = 0;

CREATE TABLE events (
	group_id TEXT NOT NULL, id TEXT NOT NULL, received_at INTEGER NOT NULL,
	change TEXT NOT NULL, body BLOB NOT NULL, news INTEGER NOT NULL DEFAULT -1,
	PRIMARY KEY (group_id, id)
);

CREATE TABLE event_keys (
	tenant TEXT NOT NULL, source TEXT NOT NULL, contact_point TEXT NOT NULL, event_key TEXT NOT NULL,
	event_id TEXT NOT NULL, group_id TEXT NOT NULL,
	PRIMARY KEY (tenant, source, contact_point, event_key)
);
CREATE INDEX event_keys_group ON event_keys (group_id);

CREATE TABLE deliveries (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
	tenant TEXT NOT NULL, group_id TEXT NOT NULL, event_id TEXT NOT NULL,
	step INTEGER NOT NULL, entry INTEGER NOT NULL,
	lane TEXT NOT NULL, account TEXT NOT NULL, target TEXT NOT NULL,
	intent TEXT NOT NULL, state TEXT NOT NULL,
	severity INTEGER NOT NULL, priority INTEGER NOT NULL, news INTEGER NOT NULL, created_at INTEGER NOT NULL,
	part INTEGER NOT NULL DEFAULT 0, parts INTEGER NOT NULL DEFAULT 0,
	parent TEXT NOT NULL DEFAULT '', batch TEXT NOT NULL DEFAULT '', folded_into TEXT NOT NULL DEFAULT '',
	folds INTEGER NOT NULL DEFAULT 0, urge_mode TEXT NOT NULL DEFAULT '',
	op TEXT NOT NULL DEFAULT '', request BLOB, title TEXT NOT NULL DEFAULT '', notes TEXT NOT NULL DEFAULT '',
	attempts INTEGER NOT NULL DEFAULT 0, maybe_sent INTEGER NOT NULL DEFAULT 0, reloads INTEGER NOT NULL DEFAULT 0,
	receipt BLOB, reason TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
	hint_zh TEXT NOT NULL DEFAULT '', hint_en TEXT NOT NULL DEFAULT '', finished_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_waiting ON deliveries (lane, severity DESC, id) WHERE state = 'waiting';
CREATE INDEX deliveries_group ON deliveries (group_id, id);
CREATE INDEX deliveries_folded ON deliveries (folded_into) WHERE folded_into <> '';
CREATE INDEX deliveries_failed ON deliveries (finished_at) WHERE state = 'failed';

CREATE TABLE attempts (
	id INTEGER PRIMARY KEY,
	delivery_id TEXT NOT NULL, account TEXT NOT NULL, target TEXT NOT NULL, op TEXT NOT NULL,
	at INTEGER NOT NULL, latency INTEGER NOT NULL, outcome TEXT NOT NULL,
	reason TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
	hint_zh TEXT NOT NULL DEFAULT '', hint_en TEXT NOT NULL DEFAULT ''
);
CREATE INDEX attempts_delivery ON attempts (delivery_id);

CREATE TABLE tracks (
	delivery_id TEXT PRIMARY KEY, at INTEGER NOT NULL, asked INTEGER NOT NULL DEFAULT 0, progress BLOB
);
CREATE INDEX tracks_at ON tracks (at) WHERE at > 0;

CREATE TABLE lanes (
	lane TEXT PRIMARY KEY, tenant TEXT NOT NULL, account TEXT NOT NULL, target TEXT NOT NULL,
	wake_at INTEGER NOT NULL, leased_until INTEGER NOT NULL DEFAULT 0, arrivals INTEGER NOT NULL DEFAULT 0,
	trouble_since INTEGER NOT NULL DEFAULT 0, fails INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX lanes_wake ON lanes (wake_at);

CREATE TABLE ping (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
`

// schemaV2: a group's newest state is the body of its newest event, so it need not be stored twice.
const schemaV2 = `
ALTER TABLE groups DROP COLUMN state;
`

// schemaV3: a delivery is changed when it is over, and its request, which is long, never is. Apart from it, ten deliveries
// share a page instead of one or two, and so do the index entries of what waits, which seq orders as id did. The table is made
// anew, since one whose rows shrink keeps its pages.
const schemaV3 = `
CREATE TABLE requests (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
INSERT INTO requests (seq, body) SELECT seq, request FROM deliveries WHERE request IS NOT NULL ORDER BY seq;
CREATE TABLE lighter (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
	tenant TEXT NOT NULL, group_id TEXT NOT NULL, event_id TEXT NOT NULL,
	step INTEGER NOT NULL, entry INTEGER NOT NULL,
	lane TEXT NOT NULL, account TEXT NOT NULL, target TEXT NOT NULL,
	intent TEXT NOT NULL, state TEXT NOT NULL,
	severity INTEGER NOT NULL, priority INTEGER NOT NULL, news INTEGER NOT NULL, created_at INTEGER NOT NULL,
	part INTEGER NOT NULL DEFAULT 0, parts INTEGER NOT NULL DEFAULT 0,
	parent TEXT NOT NULL DEFAULT '', batch TEXT NOT NULL DEFAULT '', folded_into TEXT NOT NULL DEFAULT '',
	folds INTEGER NOT NULL DEFAULT 0, urge_mode TEXT NOT NULL DEFAULT '',
	op TEXT NOT NULL DEFAULT '', rendered INTEGER NOT NULL DEFAULT 0, title TEXT NOT NULL DEFAULT '', notes TEXT NOT NULL DEFAULT '',
	attempts INTEGER NOT NULL DEFAULT 0, maybe_sent INTEGER NOT NULL DEFAULT 0, reloads INTEGER NOT NULL DEFAULT 0,
	receipt BLOB, reason TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
	hint_zh TEXT NOT NULL DEFAULT '', hint_en TEXT NOT NULL DEFAULT '', finished_at INTEGER NOT NULL DEFAULT 0
);
INSERT INTO lighter SELECT seq, id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state,
	severity, priority, news, created_at, part, parts, parent, batch, folded_into, folds, urge_mode,
	op, request IS NOT NULL, title, notes, attempts, maybe_sent, reloads,
	receipt, reason, code, text, hint_zh, hint_en, finished_at FROM deliveries ORDER BY seq;
DROP TABLE deliveries;
ALTER TABLE lighter RENAME TO deliveries;
CREATE INDEX deliveries_waiting ON deliveries (lane, severity DESC) WHERE state = 'waiting';
CREATE INDEX deliveries_group ON deliveries (group_id, id);
CREATE INDEX deliveries_folded ON deliveries (folded_into) WHERE folded_into <> '';
CREATE INDEX deliveries_failed ON deliveries (finished_at) WHERE state = 'failed';
CREATE TRIGGER deliveries_request AFTER DELETE ON deliveries BEGIN DELETE FROM requests WHERE seq = old.seq; END;
`

// migrate brings the tables up to date. Before it changes those of an older version, it copies the whole store beside it,
// since migrations only go forward.
func migrate(ctx context.Context, conn *sql.Conn, path string) error {
	return upgrade(ctx, conn, path, migrations())
}

// unchanged adds to the error of an upgrade what it means.
func unchanged(err error) error {
	return fmt.Errorf("%w; the store is as it was: an upgrade needs two and a half times its size free", err)
}

func upgrade(ctx context.Context, conn *sql.Conn, path string, steps []string) (err error) {
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the store's version from %s: %w", path, err)
	}
	if version > len(steps) {
		return fmt.Errorf("%w: %s has version %d, this yunluo knows up to %d; use the newer one, or move the store aside",
			ErrNewer, path, version, len(steps))
	}
	if version > 0 && version < len(steps) {
		if err := keepCopy(ctx, conn, fmt.Sprintf("%s.v%d.bak", path, version)); err != nil {
			return unchanged(err)
		}
		// In a write-ahead log the tables that are made anew would be written twice, and need room for both: with a rollback journal a
		// disk that is too small is known before anything is changed.
		if err := journal(ctx, conn, "TRUNCATE"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, journal(ctx, conn, "WAL")) }()
	}
	for n := version; n < len(steps); n++ {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("BEGIN IMMEDIATE;%s;PRAGMA user_version = %d;COMMIT", steps[n], n+1)); err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
			if err = fmt.Errorf("upgrade the store %s from version %d: %w", path, n, err); version > 0 {
				return unchanged(err)
			}
			return err
		}
	}
	return nil
}

// journal sets how transactions are made safe.
func journal(ctx context.Context, conn *sql.Conn, mode string) error {
	var is string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = "+mode).Scan(&is); err != nil {
		return fmt.Errorf("set the store's journal to %s: %w", mode, err)
	}
	if !strings.EqualFold(is, mode) {
		return fmt.Errorf("the store's journal stays %s, not %s: is its file open elsewhere?", is, mode)
	}
	return nil
}

// keepCopy writes the whole store to a file of its own, which only its owner can read. An earlier copy stays until then.
func keepCopy(ctx context.Context, conn *sql.Conn, path string) error {
	part := path + ".part"
	// VACUUM INTO takes an empty file, and leaves its mode alone: sqlite.org/lang_vacuum.html.
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		return fmt.Errorf("make the store's copy: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		_, _ = os.Remove(part), os.Remove(part+"-journal")
		return fmt.Errorf("copy the store to %s before its upgrade: %w", path, err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("keep the store's copy: %w", err)
	}
	return nil
}
