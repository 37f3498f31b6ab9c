// Command gpx_yunluo is the backend of the Grafana app; Grafana starts it.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	grafanaapp "github.com/grafana/grafana-plugin-sdk-go/backend/app"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yunluo-alerts/yunluo/pkg/app"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

// version is set by the linker; a build without it says what Go knows of the source.
var version string

// maxMessage is the largest gRPC message that is taken, in bytes: a body of 16 MiB and what goes with it.
const maxMessage = 20 << 20

func main() { os.Exit(run()) }

func run() int {
	log := app.NewLogger(backend.Logger)
	a := app.New(context.Background(), app.Options{
		Types: provider.Manifests(), Getenv: os.Getenv, Logger: log, Registerer: prometheus.DefaultRegisterer, Build: build(),
	})
	leave := onOrphaned(func() {
		log.Warn("grafana is gone, so its plugin ends")
		_ = a.Close()
		os.Exit(0)
	})
	defer leave()
	err := grafanaapp.Manage(app.ID, a.NewInstance, grafanaapp.ManageOpts{
		GRPCSettings: backend.GRPCSettings{MaxReceiveMsgSize: maxMessage},
	})
	if err != nil {
		log.Error("plugin ended", "error", err)
	}
	if closing := a.Close(); closing != nil {
		log.Error("core not closed", "error", closing)
		return 1
	}
	if err != nil {
		return 1
	}
	return 0
}

// build is the version for people.
func build() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
