package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// tolerance is how far a request's time may be off.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const tolerance = 5 * time.Minute

func keyOf(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, errors.New("a secret is whsec_ and base64")
	}
	return key, nil
}

// Sign is the signature of a request's id, time and body.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := keyOf(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// verify checks a call as a receiver must: its time, then one of its signatures.
func verify(secret string, c *stage.Call, now time.Time) error {
	id := c.Header.Get("Webhook-Id")
	seconds, err := strconv.ParseInt(c.Header.Get("Webhook-Timestamp"), 10, 64)
	switch {
	case id == "":
		return errors.New("no webhook-id")
	case err != nil:
		return errors.New("no webhook-timestamp")
	case now.Sub(time.Unix(seconds, 0)).Abs() > tolerance:
		return errors.New("webhook-timestamp is more than 5 minutes off")
	}
	want, err := Sign(secret, id, time.Unix(seconds, 0), c.Body)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(strings.Fields(c.Header.Get("Webhook-Signature")), func(got string) bool { return hmac.Equal([]byte(got), []byte(want)) }) {
		return errors.New("webhook-signature does not match")
	}
	return nil
}

// checkFixed wants version 1 of the fixed JSON, with every field that is always there, and none that is not known.
func checkFixed(media string, raw []byte) error {
	if media != "application/json" {
		return fmt.Errorf("the content type is %s and not application/json", media)
	}
	type object = map[string]any
	var in struct {
		Version  string   `json:"version"`
		Kind     string   `json:"kind"`
		Status   string   `json:"status"`
		Severity string   `json:"severity"`
		Language string   `json:"language"`
		Title    string   `json:"title"`
		Summary  string   `json:"summary"`
		Fields   []object `json:"fields"`
		Links    []object `json:"links"`
		Alerts   *[]struct {
			Status       string            `json:"status"`
			Severity     string            `json:"severity"`
			Title        string            `json:"title"`
			Text         string            `json:"text"`
			When         string            `json:"when"`
			Fields       []object          `json:"fields"`
			Links        []object          `json:"links"`
			Group        *int              `json:"group"`
			Fingerprint  string            `json:"fingerprint"`
			StartsAt     *time.Time        `json:"starts_at"`
			EndsAt       *time.Time        `json:"ends_at"`
			Value        string            `json:"value"`
			GeneratorURL string            `json:"generator_url"`
			Labels       map[string]string `json:"labels"`
			Annotations  map[string]string `json:"annotations"`
			Trimmed      bool              `json:"trimmed"`
		} `json:"alerts"`
		Groups   []object `json:"groups"`
		More     int      `json:"more"`
		MoreNote string   `json:"more_note"`
		Notes    []string `json:"notes"`
		Mentions []object `json:"mentions"`
		Part     int      `json:"part"`
		Parts    int      `json:"parts"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return err
	}
	severities := []string{"critical", "high", "warning", "info", "none"}
	statuses := []string{"firing", "resolved"}
	switch {
	case in.Version != "1":
		return fmt.Errorf("version %q is not known", in.Version)
	case !slices.Contains([]string{"group", "digest", "test"}, in.Kind), !slices.Contains(statuses, in.Status), !slices.Contains(severities, in.Severity):
		return errors.New("kind, status or severity is none of its words")
	case in.Title == "" || in.Language == "" || in.Alerts == nil:
		return errors.New("title, language or alerts is missing")
	}
	for _, a := range *in.Alerts {
		if a.Title == "" || !slices.Contains(statuses, a.Status) || !slices.Contains(severities, a.Severity) {
			return errors.New("an alert lacks title, status or severity")
		}
		if a.Group != nil && (*a.Group < 0 || *a.Group >= len(in.Groups)) {
			return errors.New("an alert's group is not in groups")
		}
	}
	return nil
}
