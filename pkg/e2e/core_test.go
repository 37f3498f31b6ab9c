package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

// beCore is a launched core that kills itself, as a crash would, when it passes the failpoint named by
// YUNLUO_E2E_FAILPOINT as "point:count:marker" for the count-th time. The marker is a file that says that it
// did, so that the core that follows lives.
func beCore() error {
	var passed atomic.Int64
	point, count, marker := failpoint(os.Getenv("YUNLUO_E2E_FAILPOINT"))
	path := os.Getenv("YUNLUO_E2E_CONFIG")
	e, err := engine.Open(context.Background(), engine.Options{
		Dir: os.Getenv("YUNLUO_E2E_STORE"), Types: provider.Manifests(), Build: "e2e",
		Load: func() (*config.Config, error) {
			return config.Load(path, provider.Manifests(), config.Options{})
		},
		Failpoint: func(p engine.Point) {
			if p != point || passed.Add(1) != count {
				return
			}
			if _, err := os.Stat(marker); err == nil {
				return
			}
			if os.WriteFile(marker, nil, 0o600) == nil {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	})
	if err != nil {
		return err
	}
	defer e.Close()
	return corerpc.ServePlugin(e, corerpc.PluginOptions{Build: "e2e"})
}

func failpoint(s string) (engine.Point, int64, string) {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) != 3 {
		return "", 0, ""
	}
	var n int64
	if _, err := fmt.Sscan(parts[1], &n); err != nil {
		return "", 0, ""
	}
	return engine.Point(parts[0]), n, parts[2]
}
