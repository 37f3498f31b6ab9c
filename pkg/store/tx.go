package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	// The embedded database, in pure Go so that every host cross-compiles.
	_ "modernc.org/sqlite"
)

// Tx is the writer's transaction. It is valid only inside the function given to Write.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	// woken are the lanes that got something in this transaction.
	woken []string
	// wrote is how many bytes this transaction writes, about: see count.
	wrote int
}

// sqlError is an error of a statement, told apart from those of callers.
type sqlError struct{ err error }

func (e *sqlError) Error() string { return e.err.Error() }
func (e *sqlError) Unwrap() error { return e.err }

// prepare keeps every statement for the life of the store; their number is that of the queries in this package.
func (t *Tx) prepare(query string) (*sql.Stmt, error) {
	if st, ok := t.stmts[query]; ok {
		return st, nil
	}
	st, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, &sqlError{fmt.Errorf("prepare: %w", err)}
	}
	t.stmts[query] = st
	return st, nil
}

func (t *Tx) exec(query string, args ...any) (int64, error) {
	t.count(args)
	st, err := t.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := st.Exec(args...) //nolint:noctx // a context would cost a goroutine a statement, and a commit must not be torn
	if err != nil {
		return 0, &sqlError{err}
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, &sqlError{err}
	}
	return n, nil
}

// count adds what a statement with these arguments writes, at least. One without, such as BEGIN, writes nothing of its own.
func (t *Tx) count(args []any) {
	if len(args) == 0 {
		return
	}
	t.wrote += page
	for _, a := range args {
		if b, ok := a.([]byte); ok {
			t.wrote += len(b)
		}
	}
}

// query calls each for every row; each reads it by scan.
func (t *Tx) query(query string, each func(scan func(...any) error) error, args ...any) error {
	st, err := t.prepare(query)
	if err != nil {
		return err
	}
	rows, err := st.Query(args...) //nolint:noctx // as in exec
	if err != nil {
		return &sqlError{err}
	}
	return drain(rows, each)
}

func drain(rows *sql.Rows, each func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return &sqlError{err}
	}
	return nil
}

func (t *Tx) close() error {
	var errs []error
	for _, st := range t.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}
