// Package store keeps groups, deliveries, lanes and attempts in SQL, and is the
// only place that knows its tables.
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
	"sync/atomic"

	"github.com/gofrs/flock"
	// The embedded database, in pure Go so that every host cross-compiles.
	_ "modernc.org/sqlite"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// ErrClosed is returned for what comes after Close.
var ErrClosed = lang.Wrong("存储已关闭", "the store is closed")

// ErrLocked means that another core holds the store.
var ErrLocked = lang.Wrong("另一个核心正占用这个存储", "another core holds this store")

var errOpen = lang.Wrong("打不开存储", "open the store")

// Options open a store.
type Options struct {
	// Dir is the directory of the store; it is made if missing, mode 0700.
	Dir string
	// MaxPages bounds the database file in pages of 4 KiB; 0 is unbounded. For tests of a full disk.
	MaxPages int
	// Woken is called after each commit that put something into lanes, with their keys, which may repeat; nil is fine. It
	// must not wait for the store.
	Woken func(lanes []string)
}

// Store is one open store. Its methods are safe for concurrent use.
type Store struct {
	path  string
	lock  *flock.Flock
	write *sql.DB
	read  *reader
	// people read the history with connections of their own: a long search must not keep a lane from reading what it sends.
	people *sql.DB
	conn   *sql.Conn
	tx     *Tx

	jobs    chan *job
	closing chan struct{}
	done    chan struct{}
	once    sync.Once
	failed  atomic.Pointer[failure]
	woken   func(lanes []string)
}

// Open opens or makes the store in a directory, takes its lock for life and brings its tables up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, lang.Because(lang.Wrong("建不了存储目录", "make the store's directory"), err)
	}
	lock, err := acquire(filepath.Join(o.Dir, "store.lock"))
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: filepath.Join(o.Dir, "yunluo.db"), lock: lock, woken: o.Woken,
		jobs: make(chan *job, maxBatch), closing: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.release())
	}
	go s.writeLoop()
	return s, nil
}

// acquire takes the lock file and writes who holds it.
func acquire(path string) (*flock.Flock, error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, lang.Because(lang.Wrong("锁不住存储", "lock the store"), err)
	}
	if !ok {
		holder, _ := os.ReadFile(path) //nolint:gosec // the path is the store's own lock file
		return nil, lang.Because(ErrLocked, lang.Wrong("%s 由进程 %s 持有；请停掉它，或给这个核心单独的 --store",
			"%s is held by process %s; stop that one, or give this core a store of its own", path, strings.TrimSpace(string(holder))))
	}
	// Readers of the lock file only inform people, so a failed write does not stop the start: a full
	// disk must not keep a core from delivering what it has.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return l, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	err := protect(s.path)
	if err != nil {
		return lang.Because(lang.Wrong("打不开存储", "protect the store"), err)
	}
	if s.write, err = sql.Open("sqlite", dsn(s.path, o, false)); err != nil {
		return lang.Because(errOpen, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.conn, err = s.write.Conn(ctx); err != nil {
		return lang.Because(errOpen, fmt.Errorf("%s: %w", s.path, err))
	}
	// What is begun is ended, whatever patience the caller has left: it would begin anew the next time.
	if err := migrate(context.WithoutCancel(ctx), s.conn, s.path); err != nil {
		return err
	}
	s.tx = &Tx{conn: s.conn, stmts: map[string]*sql.Stmt{}}
	reading := dsn(s.path, o, true)
	read, err := openForReading(reading, 4)
	if err != nil {
		return err
	}
	s.read = &reader{DB: read}
	s.people, err = openForReading(reading, 2)
	return err
}

// protect has only the owner read a store that is there or is to be. It comes before the database is opened, which gives
// the files beside it the mode that its own has then: sqlite.org/src/file?name=src/os_unix.c, findCreateFileMode. What can only
// be read is an error: SQLite would not write to it later either, when that has become possible.
func protect(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is the store's own file
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		switch info, err := os.Stat(file); {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return err
		case info.Mode().Perm() != 0o600:
			if err := os.Chmod(file, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Close ends the writer after the transaction that runs. Closing twice is fine.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		<-s.done
		err = s.release()
	})
	return err
}

func (s *Store) release() error {
	var errs []error
	if s.tx != nil {
		errs = append(errs, s.tx.close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	for _, db := range []*sql.DB{s.people, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}
