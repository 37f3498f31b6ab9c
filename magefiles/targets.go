//go:build mage

// Command mage builds, checks and runs Yunluo: `go tool mage -l` lists what it can do.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/magefile/mage/mg"
)

// architectures are the linux machines that releases are built for.
func architectures() []string { return []string{"amd64", "arm64"} }

// binaries are the commands to build: name and package.
func binaries() map[string]string {
	return map[string]string{"yunluo": "./pkg/cmd/yunluo", "gpx_yunluo": "./pkg/cmd/gpx_yunluo", "yunluo-zabbix": "./zabbix"}
}

// binaryName is a binary's file: Grafana starts <executable>_<os>_<arch>.
func binaryName(name, goos, goarch string) string {
	if strings.HasPrefix(name, "gpx_") {
		name += "_" + goos + "_" + goarch
		if goos == "windows" {
			name += ".exe"
		}
		return name
	}
	return name + "-" + goos + "-" + goarch
}

// Run builds yunluo and starts the demo: sandbox, receiver and core on the loopback, one alert sent.
func Run() error {
	path := filepath.Join("bin", "yunluo")
	if err := build("yunluo", path, runtime.GOOS, runtime.GOARCH); err != nil {
		return err
	}
	c := command(path, "demo")
	c.Stdin = os.Stdin
	return c.run()
}

// Build makes the pages of the Grafana app and all static binaries in dist/: <name>-linux-amd64 and <name>-linux-arm64, and for
// Grafana gpx_yunluo_<os>_<arch>, also for macOS and Windows.
func Build() error {
	if err := webBuild(); err != nil {
		return err
	}
	for name := range binaries() {
		for _, arch := range architectures() {
			if err := build(name, filepath.Join("dist", binaryName(name, "linux", arch)), "linux", arch); err != nil {
				return err
			}
		}
	}
	for _, p := range [][2]string{{"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}} {
		if err := build("gpx_yunluo", filepath.Join("dist", binaryName("gpx_yunluo", p[0], p[1])), p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// version is what `yunluo --version` and every metric say of this build.
func version() (string, error) {
	return command("git", "describe", "--tags", "--always", "--dirty").output()
}

func build(name, path, goos, arch string) error {
	v, err := version()
	if err != nil {
		return err
	}
	fmt.Println("building", path, v)
	return command("go", "build", "-tags="+tags(name), "-trimpath", "-ldflags", "-s -w -X main.version="+v, "-o", path, binaries()[name]).
		env("CGO_ENABLED=0").env("GOOS=" + goos).env("GOARCH=" + arch).run()
}

// tags leave out of yunluo-zabbix what takes time when a program starts: go-plugin, and gRPC's traces.
func tags(name string) string {
	if name == "yunluo-zabbix" {
		return "yunluo_thin,grpcnotrace"
	}
	return ""
}

// Lint checks style, imports and common mistakes of all Go code.
func Lint() error {
	tool, err := golangci()
	if err != nil {
		return err
	}
	if err := command(tool, "config", "verify").run(); err != nil {
		return err
	}
	return command(tool, append([]string{"run"}, goPaths()...)...).run()
}

// Vet runs go vet.
func Vet() error {
	return command("go", append([]string{"vet"}, goPaths()...)...).run()
}

// Check is what to run before a commit: lint, vet and the unit tests.
func Check() error {
	mg.SerialDeps(Lint, Vet)
	var r reports
	if err := r.unit(); err != nil {
		return err
	}
	fmt.Println(r.total.String())
	return nil
}

// Fuzz gives every fuzz target 30 s.
func Fuzz() error { return fuzz("30s") }

// Bench runs the benchmarks, and the storms through yunluo and a bare handler in turn, three rounds of each.
func Bench() error {
	list, err := packages()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, endToEnd)
	if err := command("go", append([]string{"test", "-run=^$", "-bench=.", "-benchmem"}, list...)...).run(); err != nil {
		return err
	}
	return command("go", "test", "-run=^$", "-bench=.", "-benchtime=1x", "-timeout=30m", "-v", endToEndTests).run()
}

// Drill kills core or host at a random moment, 20 times, and counts what was lost.
func Drill() error { return drill(20, os.Stdout) }

// Generate makes the boundary's Go code from its .proto again.
func Generate() error {
	if _, err := installGo("bin", "protoc-gen-go", protocGenGoModule); err != nil {
		return err
	}
	if _, err := installGo("bin", "protoc-gen-go-grpc", protocGenGRPCModule); err != nil {
		return err
	}
	bin, err := cached("bin")
	if err != nil {
		return err
	}
	if err := debian("protoc", "protobuf-compiler"); err != nil {
		return err
	}
	return command("go", "generate", "./pkg/corerpc/...").env("PATH=" + bin + ":" + os.Getenv("PATH")).run()
}

// Docs writes the generated tables in docs/ again.
func Docs() error {
	return command("go", "test", "-count=1", "-run=TestDocsAreCurrent", "./pkg/cmd/yunluo", "-update").run()
}

// Exports writes the media types in zabbix/exports again.
func Exports() error {
	return command("go", "test", "-count=1", "-run=TestExportsAreCurrent", "./pkg/source/zabbix/mediatype", "-update").run()
}

func drillArgs(runs int) []string {
	return []string{"test", "-json", "-count=1", "-timeout=30m", "-run=^TestDrill", endToEndTests, "-drill.runs=" + strconv.Itoa(runs)}
}
