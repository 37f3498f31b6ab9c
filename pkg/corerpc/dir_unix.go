//go:build unix

package corerpc

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// permissionsCount tells that the mode of a directory keeps others out.
const permissionsCount = true

// checkOwner refuses a directory that somebody else could fill.
func checkOwner(dir string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return lang.Wrong("这个文件系统不记录 %s 的属主：请换一个目录", "the owner of %s is unknown on this file system: name another directory", dir)
	}
	if own := os.Geteuid(); int(stat.Uid) != own {
		return lang.Wrong("目录 %s 属于用户 id %d，而本进程以 %d 运行：请用 YUNLUO_DIR 指定别的目录，或用同一用户运行两者",
			"the directory %s belongs to the user id %d and this process runs as %d: name another with YUNLUO_DIR, or run both as one user",
			dir, stat.Uid, own)
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
