package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// python is Debian's, which the usual scripts of Zabbix are written for.
const python = "/usr/bin/python3"

// cost is the medians of one program's runs: wall clock and processor time in milliseconds, peak memory in MiB.
type cost struct{ wall, cpu, mib float64 }

// costs runs programs in turn, so many times each.
func costs(b *testing.B, times int, programs ...[]string) []cost {
	b.Helper()
	args := []string{"testdata/cost.py", strconv.Itoa(times)}
	for _, p := range programs {
		words, err := json.Marshal(p)
		require.NoError(b, err)
		args = append(args, string(words))
	}
	out, err := exec.Command(python, args...).Output()
	require.NoError(b, err)
	var runs [][]struct {
		Wall, CPU float64
		KiB       float64
		Status    int
	}
	require.NoError(b, json.Unmarshal(out, &runs))
	require.Len(b, runs, len(programs))
	medians := make([]cost, len(runs))
	for who, list := range runs {
		require.Len(b, list, times)
		var wall, cpu, kib []float64
		for _, r := range list {
			require.Zero(b, r.Status, programs[who])
			wall, cpu, kib = append(wall, r.Wall), append(cpu, r.CPU), append(kib, r.KiB)
		}
		medians[who] = cost{1000 * median(wall), 1000 * median(cpu), median(kib) / 1024}
	}
	return medians
}

// BenchmarkAnAlertOfZabbix is one alert through the script with the core already up, beside what the usual script begins
// with, in turn; and the script where no core runs. To be at least 10 times as cheap as Python in both times, within
// 20 MiB, and durable within 400 ms from cold.
func BenchmarkAnAlertOfZabbix(b *testing.B) {
	s := newScripted(b, startBox(b, stage.ModeFull, "SANDBOX_LIMITS=1"))
	code, said := s.tell(nil, "burst", "s", problemOf(1, "first"))
	require.Zero(b, code, said)
	b.ResetTimer()
	for n := range b.N {
		command := append([]string{script}, s.command(nil, "burst", "s", problemOf(fmt.Sprintf("1%d%%n", n), fmt.Sprintf("cost-%d-%%n", n))).Args[1:]...)
		both := costs(b, *series, command, []string{python, "-c", "import requests"})
		ours, theirs := both[0], both[1]
		b.ReportMetric(ours.wall, "wall-ms")
		b.ReportMetric(ours.cpu, "cpu-ms")
		b.ReportMetric(ours.mib, "MiB")
		b.ReportMetric(theirs.wall, "python-wall-ms")
		b.ReportMetric(theirs.cpu, "python-cpu-ms")
		b.ReportMetric(theirs.wall/ours.wall, "wall-times-cheaper")
		b.ReportMetric(theirs.cpu/ours.cpu, "cpu-times-cheaper")
	}
	var cold []float64
	for i := range 5 {
		for _, pid := range s.cores() {
			require.NoError(b, syscall.Kill(pid, syscall.SIGKILL))
		}
		eventually(b, patience, "no core runs", func() bool { return len(s.cores()) == 0 })
		began := time.Now()
		code, said := s.tell(nil, "burst", "s", problemOf(5000+i, "cold"))
		cold = append(cold, 1000*time.Since(began).Seconds())
		require.Zero(b, code, said)
	}
	b.ReportMetric(median(cold), "cold-ms")
	b.ReportMetric(0, "ns/op")
}
