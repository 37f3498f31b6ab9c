package app

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// The last settings of each organisation are kept sealed, since after a restart Grafana gives the app none before
// somebody calls it, and what waits would wait for that.

const (
	sealVersion = "yunluo settings 1"
	sealSuffix  = ".sealed"
	keyName     = "settings.key"
	keySize     = 32
)

// seals keeps sealed settings in a directory.
type seals struct {
	place place

	mu   sync.Mutex
	aead cipher.AEAD
}

func newSeals(p place) *seals { return &seals{place: p} }

// sealedSettings is what is inside a seal.
type sealedSettings struct {
	JSONData json.RawMessage   `json:"json_data"`
	Secure   map[string]string `json:"secure_json_data"`
}

func (s *seals) dir() string { return filepath.Join(s.place.dir, "settings") }

func (s *seals) file(org int64) string {
	return filepath.Join(s.dir(), "org-"+strconv.FormatInt(org, 10)+sealSuffix)
}

// seal makes the bytes to keep; nil when there is no key, which keep then tells.
func (s *seals) seal(raw backend.AppInstanceSettings, org int64) []byte {
	aead, err := s.cipher()
	if err != nil {
		return nil
	}
	plain, err := json.Marshal(sealedSettings{JSONData: raw.JSONData, Secure: raw.DecryptedSecureJSONData})
	if err != nil {
		return nil
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, by its documentation
	return aead.Seal(nonce, nonce, plain, label(org))
}

// label binds a seal to its organisation, so that one file cannot stand for another.
func label(org int64) []byte { return []byte(sealVersion + " org-" + strconv.FormatInt(org, 10)) }

// keep replaces what was kept of an organisation.
func (s *seals) keep(org int64, sealed []byte) error {
	if sealed == nil {
		_, err := s.cipher()
		return errors.Join(errors.New("there is nothing to keep"), err)
	}
	if err := os.MkdirAll(s.dir(), 0o700); err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	return replaceFile(s.file(org), sealed)
}

// replaceFile writes a file of mode 0600 so that a crash leaves the old one or the new one.
func replaceFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// forget deletes what is kept of an organisation, for an app that is switched off.
func (s *seals) forget(org int64) error {
	if err := os.Remove(s.file(org)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget settings: %w", err)
	}
	return nil
}

// open gives the organisations of which settings are kept, and the errors of those that cannot be read.
func (s *seals) open() (map[int64]backend.AppInstanceSettings, error) {
	entries, err := os.ReadDir(s.dir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	aead, err := s.cipher()
	if err != nil {
		return nil, err
	}
	all := map[int64]backend.AppInstanceSettings{}
	var errs []error
	for _, entry := range entries {
		org, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(entry.Name(), "org-"), sealSuffix), 10, 64)
		if err != nil {
			// What a crash left of a file that was being written.
			continue
		}
		kept, err := s.openOne(aead, org)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all[org] = kept
	}
	return all, errors.Join(errs...)
}

func (s *seals) openOne(aead cipher.AEAD, org int64) (out backend.AppInstanceSettings, err error) {
	content, err := os.ReadFile(s.file(org))
	if err != nil {
		return out, err
	}
	if len(content) < aead.NonceSize() {
		return out, fmt.Errorf("%s is cut off", s.file(org))
	}
	plain, err := aead.Open(nil, content[:aead.NonceSize()], content[aead.NonceSize():], label(org))
	if err != nil {
		return out, fmt.Errorf("%s was sealed with another key, or is damaged", s.file(org))
	}
	var kept sealedSettings
	if err := json.Unmarshal(plain, &kept); err != nil {
		return out, fmt.Errorf("%s is from another version", s.file(org))
	}
	return backend.AppInstanceSettings{JSONData: kept.JSONData, DecryptedSecureJSONData: kept.Secure}, nil
}

// cipher is made of secret_key, else of the key file, which is made at first.
func (s *seals) cipher() (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aead != nil {
		return s.aead, nil
	}
	material, err := s.material()
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, material, nil, sealVersion, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s.aead, err
}

func (s *seals) material() ([]byte, error) {
	if s.place.key.IsSet() {
		return []byte(s.place.key.Reveal()), nil
	}
	path := filepath.Join(s.place.dir, keyName)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key := make([]byte, keySize)
		_, _ = rand.Read(key) // never fails, by its documentation
		if err := os.MkdirAll(s.place.dir, 0o700); err != nil {
			return nil, err
		}
		return key, replaceFile(path, key)
	case err != nil:
		return nil, err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // Windows has no such modes.
		return nil, fmt.Errorf("the key %s can be read by others than its owner: chmod 600, or delete it and set secret_key", path)
	}
	key, err := os.ReadFile(path) //nolint:gosec // the key file in our own directory
	if err == nil && len(key) != keySize {
		err = fmt.Errorf("the key %s is not %d bytes long: delete it, and the settings are sealed anew at the next change", path, keySize)
	}
	return key, err
}

// restore reads what was kept. What cannot be read is told and left alone: what waits then waits for a call.
func (a *App) restore() []*settings {
	kept, err := a.seals.open()
	if err != nil {
		a.log.Error("sealed settings cannot be read, so what waits goes on only when somebody opens the app", "error", err)
	}
	var list []*settings
	for org, raw := range kept {
		// Its time is zero: whatever Grafana says is newer, also after its database was restored from a backup.
		s := a.read(org, raw)
		if s.faults != nil {
			a.log.Error("sealed settings have faults", "org", org, "faults", len(s.faults.List))
			continue
		}
		list = append(list, s)
	}
	return list
}
