package store

import (
	"fmt"
	"net/url"
)

// dsn is how the database is opened.
func dsn(path string, o Options, readOnly bool) string {
	q := url.Values{}
	q.Set("_txlock", "immediate")
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "cache_size("+cacheSize(readOnly)+")")
	// A page that changes often is copied into the database once for many commits.
	q.Add("_pragma", "wal_autocheckpoint(4000)")
	q.Add("_pragma", "foreign_keys(0)")
	q.Add("_pragma", "temp_store(MEMORY)")
	if o.MaxPages > 0 {
		q.Add("_pragma", fmt.Sprintf("max_page_count(%d)", o.MaxPages))
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// cacheSize is a connection's page cache, in KiB as SQLite wants it: readers are several, and read little.
func cacheSize(readOnly bool) string {
	if readOnly {
		return "-2000"
	}
	return "-8000"
}
