package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// readerIdle is how long a connection stays open that nobody reads through, with what it has in its cache.
const readerIdle = time.Minute

// reader reads through connections of its own, which do not wait for the writer. It keeps every statement, as Tx does, so
// it is for those whose text does not change: to parse one takes longer than to run it.
type reader struct {
	*sql.DB

	stmts sync.Map // of *sql.Stmt by their text
}

// openForReading allows so many connections at once, which are opened when they are needed.
func openForReading(dsn string, most int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the store for reading: %w", err)
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(readerIdle)
	return db, nil
}

func (r *reader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := r.stmts.Load(query); ok {
		return st.(*sql.Stmt), nil //nolint:forcetypeassert // nothing else is kept there
	}
	st, err := r.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, twice := r.stmts.LoadOrStore(query, st); twice {
		return first.(*sql.Stmt), st.Close() //nolint:forcetypeassert // as above
	}
	return st, nil
}

// QueryContext is that of sql.DB.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := r.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// QueryRowContext is that of sql.DB.
func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	st, err := r.prepare(ctx, query)
	if err != nil {
		// It meets the same error, and can give it as a row.
		return r.DB.QueryRowContext(ctx, query, args...)
	}
	return st.QueryRowContext(ctx, args...)
}
