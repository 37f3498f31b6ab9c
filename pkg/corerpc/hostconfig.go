//go:build !yunluo_thin

package corerpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// answersFD and asksFD are where a launched core finds the pipes of its configuration: a byte on the second asks, and on
// the first follows the length in 4 bytes, big-endian, then the text. Secrets travel in neither arguments nor environment.
const (
	answersFD = leadFD + 1
	asksFD    = leadFD + 2
)

// maxConfig bounds what a core reads from its host, in bytes.
const maxConfig = 256 << 20

// HostConfig is the core's side of LaunchOptions.Config.
type HostConfig struct {
	mu            sync.Mutex
	asks, answers *os.File
}

// OpenHostConfig is for the process that LaunchOptions.Config is meant for, once.
func OpenHostConfig() *HostConfig {
	return &HostConfig{asks: os.NewFile(asksFD, "asks"), answers: os.NewFile(answersFD, "answers")}
}

// Read asks the host for the configuration that is in force now.
func (h *HostConfig) Read() (secret.Value, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	text, err := h.read()
	if err != nil {
		return secret.Value{}, lang.Because(core.ErrConfig, lang.Because(lang.Wrong("向宿主要配置", "ask the host for the configuration"), err))
	}
	return secret.New(string(text)), nil
}

func (h *HostConfig) read() ([]byte, error) {
	if _, err := h.asks.Write([]byte{1}); err != nil {
		return nil, err
	}
	var length [4]byte
	if _, err := io.ReadFull(h.answers, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxConfig {
		return nil, errors.New("it is too large")
	}
	text := make([]byte, n)
	_, err := io.ReadFull(h.answers, text)
	return text, err
}

// offer is the host's side: it answers until the core is gone.
type offer struct {
	config func() secret.Value
	// asks and answers are our ends, farAsks and farAnswers the core's.
	asks, answers, farAsks, farAnswers *os.File
}

func newOffer(config func() secret.Value) (*offer, error) {
	o := &offer{config: config}
	var err, other error
	o.asks, o.farAsks, err = os.Pipe()
	o.farAnswers, o.answers, other = os.Pipe()
	if err := errors.Join(err, other); err != nil {
		o.close()
		return nil, fmt.Errorf("make the pipes of the core's configuration: %w", err)
	}
	return o, nil
}

// answer closes what it used.
func (o *offer) answer() {
	defer o.close()
	var one [1]byte
	for {
		if _, err := o.asks.Read(one[:]); err != nil {
			return
		}
		text := o.config().Reveal()
		if len(text) > maxConfig {
			return
		}
		message := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(text)), uint32(len(text))) //nolint:gosec // Bounded above.
		if _, err := o.answers.Write(append(message, text...)); err != nil {
			return
		}
	}
}

// close is fine twice, and with pipes that could not be made.
func (o *offer) close() {
	for _, f := range []*os.File{o.asks, o.answers, o.farAsks, o.farAnswers} {
		_ = f.Close() // Nothing that is written is waited for.
	}
}
