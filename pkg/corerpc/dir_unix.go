//go:build unix

package corerpc

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// permissionsCount tells that the mode of a directory keeps others out.
const permissionsCount = true

// checkOwner refuses a directory that somebody else could fill.
func checkOwner(dir string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("the owner of %s is unknown on this file system: name another directory", dir)
	}
	if own := os.Geteuid(); int(stat.Uid) != own {
		return fmt.Errorf("the directory %s belongs to the user id %d and this process runs as %d: "+
			"name another with YUNLUO_DIR, or run both as one user", dir, stat.Uid, own)
	}
	return nil
}

// OwnerOf is the user that a socket belongs to, for root, who may look into everybody's core; none for others.
func OwnerOf(address string) []int {
	info, err := os.Stat(address)
	if err != nil || os.Geteuid() != 0 {
		return nil
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return []int{int(stat.Uid)}
	}
	return nil
}

// writable tells whether a directory is there and we may make files in it.
func writable(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && unix.Access(dir, unix.W_OK|unix.X_OK) == nil
}
