package main

import (
	"errors"
	"log/slog"
	"net"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// mainTenant is whom the command line acts for: the owner of the configuration file.
const mainTenant = config.MainTenant

// defaultConfig is where a configuration is looked for last.
const defaultConfig = "/etc/yunluo/yunluo.yaml"

// configPath is the file to use: the flag's, $YUNLUO_CONFIG, or the default.
func (a *app) configPath(flag string) string {
	if flag != "" {
		return flag
	}
	if fromEnv := a.env("YUNLUO_CONFIG"); fromEnv != "" {
		return fromEnv
	}
	return defaultConfig
}

// load reads a configuration file for a process that may read this machine's files.
func (a *app) load(path string) (*config.Config, error) {
	return config.Load(path, provider.Manifests(), configOptions())
}

// loadRecord reads a configuration file from a record instead of the disk.
func loadRecord(path string, record secret.Value) (*config.Config, error) {
	options, err := config.FromRecord(record, configOptions())
	if err != nil {
		return nil, err
	}
	return config.Load(path, provider.Manifests(), options)
}

// configOptions are the same wherever a file is read.
func configOptions() config.Options {
	return config.Options{AllowFiles: true, CheckTemplates: engine.CheckTemplates}
}

// listenable refuses what a --listen cannot be.
func listenable(flag string) error {
	if flag == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(flag)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return misused("--listen %q：必须是 主机:端口，例如 127.0.0.1:9095", "--listen %q: use host:port, such as 127.0.0.1:9095", flag)
	}
	return nil
}

// listening are configOptions where a receiver will listen, at the address of its flag if that is set.
func listening(flag string) config.Options {
	options := configOptions()
	options.CheckListen = func(l config.Listen, closed bool) []config.ListenFault {
		l.Address = orElse(flag, l.Address)
		return receiver.CheckListen(l, closed)
	}
	return options
}

func asFaults(err error) (*config.Faults, bool) { return errors.AsType[*config.Faults](err) }

// discard is for what runs only to look.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
