// Package contactpoint makes webhook contact points in Grafana that call the app, and keeps them as they should be.
package contactpoint

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// Wanted is a contact point as it should be.
type Wanted struct {
	// Name is Yunluo's contact point; Title is what Grafana calls its own when it is made. Whoever renames it there may.
	Name, Title string
	// URL is the app's address for notifications.
	URL string
	// Token lets Grafana call the app; HMACSecret proves that it is Grafana.
	Token, HMACSecret secret.Value
	// Force writes the secrets although nothing seems to differ: Grafana shows nobody what it has stored.
	Force bool
}

// State is what Grafana has.
type State struct {
	Exists bool `json:"exists"`
	// API is "receivers" or "provisioning", whichever this Grafana has.
	API   string `json:"api"`
	Title string `json:"title,omitempty"`
	UID   string `json:"uid"`
	// Page is where Grafana's own page of it is, below Grafana's root; empty when it does not exist.
	Page string `json:"-"`
	// Provenance is empty for what people made by hand; other contact points can be changed only where they come from.
	Provenance string `json:"provenance,omitempty"`
	// Routes is how many notification policies use it.
	Routes int `json:"routes"`
	// Rules is how many alert rules name it themselves; the provisioning API does not tell.
	Rules int `json:"rules"`
	// Differences are the settings that are not as they should be.
	Differences []string `json:"differences"`
	// Written tells whether this call changed something. It acts at the next poll of Grafana's Alertmanager, within a minute by default.
	Written bool `json:"written"`
}

// maxUID is what Grafana takes: letters, digits, hyphens and underscores, 40 at most.
const maxUID = 40

// UID is a contact point's in Grafana: the same whenever it is made, so that it is found again under any title.
func UID(name string) string {
	uid := "yunluo-" + name
	if len(uid) <= maxUID {
		return uid
	}
	sum := sha256.Sum256([]byte(name))
	short := hex.EncodeToString(sum[:4])
	return uid[:maxUID-len(short)-1] + "-" + short
}

// fingerprintHeader carries a mark of the secrets, since Grafana never shows those that it has.
const fingerprintHeader = "X-Yunluo-Key"

func (w Wanted) fingerprint() string {
	mac := hmac.New(sha256.New, []byte(w.HMACSecret.Reveal()))
	_, _ = mac.Write([]byte("contact point\x00" + w.Token.Reveal()))
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// redacted is what Grafana's provisioning API shows instead of a secret.
const redacted = "[REDACTED]"

type object = map[string]any

// apply sets what is ours in an integration's settings, secrets included, and leaves everything else.
func (w Wanted) apply(settings object) object {
	out := maps.Clone(settings)
	if out == nil {
		out = object{}
	}
	out["url"], out["httpMethod"] = w.URL, "POST"
	out["authorization_scheme"], out["authorization_credentials"] = "Bearer", w.Token.Reveal()
	out["hmacConfig"] = object{
		"secret": w.HMACSecret.Reveal(), "header": grafana.SignatureHeader, "timestampHeader": grafana.TimestampHeader,
	}
	headers := object{}
	if own, ok := settings["headers"].(object); ok {
		headers = maps.Clone(own)
	}
	headers[fingerprintHeader] = w.fingerprint()
	out["headers"] = headers
	// Either would be refused beside a bearer token, or replace the body that we read.
	for _, foreign := range []string{"username", "password", "payload"} {
		delete(out, foreign)
	}
	return out
}

// differences names what apply would change; the secrets are told by their mark.
func (w Wanted) differences(settings object) []string {
	list := []string{}
	want := w.apply(settings)
	for _, name := range []string{"url", "httpMethod", "authorization_scheme"} {
		if settings[name] != want[name] {
			list = append(list, name)
		}
	}
	has, _ := settings["hmacConfig"].(object)
	wants, _ := want["hmacConfig"].(object)
	for _, name := range []string{"header", "timestampHeader"} {
		if has[name] != wants[name] {
			list = append(list, "hmacConfig."+name)
		}
	}
	headers, _ := settings["headers"].(object)
	if headers[fingerprintHeader] != w.fingerprint() {
		list = append(list, "secrets")
	}
	for _, foreign := range []string{"username", "payload"} {
		if v, ok := settings[foreign]; ok && v != "" {
			list = append(list, foreign)
		}
	}
	return list
}

// Error is why a contact point cannot be made or kept, for people.
type Error struct {
	Text lang.Text
	err  error
}

// Error implements error, in English.
func (p *Error) Error() string { return p.Text.EN }

// Unwrap gives the cause, if there is one.
func (p *Error) Unwrap() error { return p.err }

func problem(zh, en string, args ...any) *Error {
	return &Error{Text: lang.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}}
}

// Look compares Grafana's contact point with the wanted one and changes nothing.
func (c *Client) Look(ctx context.Context, w Wanted) (State, error) {
	b, err := c.backEnd(ctx)
	if err != nil {
		return State{}, err
	}
	found, err := b.find(ctx, UID(w.Name))
	if err != nil {
		return State{}, err
	}
	return c.state(ctx, b, found, w)
}

// Keep makes the contact point if it is not there, and writes to it only if it differs: every write rebuilds all of Grafana's
// contact points and starts their groups anew. It never touches notification policies.
func (c *Client) Keep(ctx context.Context, w Wanted) (State, error) {
	b, err := c.backEnd(ctx)
	if err != nil {
		return State{}, err
	}
	for range conflictRetries {
		found, err := b.find(ctx, UID(w.Name))
		if err != nil {
			return State{}, err
		}
		s, err := c.state(ctx, b, found, w)
		if err != nil || s.Exists && len(s.Differences) == 0 && !w.Force {
			return s, err
		}
		if s.Provenance != "" {
			return s, problem(
				"Grafana 里的联络点“%[1]s”是从文件或 API（%[2]s）配置的，只能在那里改；请在那里填上这一页手动方式里的值",
				"the contact point %[1]q in Grafana was provisioned (%[2]s) and can be changed only there; enter the values of the manual way there", s.Title, s.Provenance)
		}
		if found == nil {
			err = b.create(ctx, w)
		} else {
			err = b.update(ctx, found, w)
		}
		if isConflict(err) {
			continue
		}
		if err != nil {
			return s, err
		}
		if found, err = b.find(ctx, UID(w.Name)); err != nil {
			return s, err
		}
		s, err = c.state(ctx, b, found, w)
		s.Written = true
		return s, err
	}
	return State{}, problem(
		"别人正在同时修改 Grafana 的联络点；请稍后再试", "somebody else is changing Grafana's contact points at the same time; try again later")
}

// conflictRetries is how often a contact point is read again because somebody else wrote it meanwhile.
const conflictRetries = 3

func (c *Client) state(ctx context.Context, b backEnd, found *integration, w Wanted) (State, error) {
	s := State{API: b.name(), UID: UID(w.Name), Differences: []string{}}
	if found == nil {
		return s, nil
	}
	s.Exists, s.Title, s.Provenance = true, found.title, found.provenance
	s.Page = "/alerting/notifications/receivers/" + url.PathEscape(found.page) + "/edit"
	s.Differences = w.differences(found.settings)
	if found.disableResolve {
		s.Differences = append(s.Differences, "disableResolveMessage")
	}
	for _, name := range []string{"authorization_credentials", "hmacConfig.secret"} {
		if !found.secrets[name] && !slices.Contains(s.Differences, "secrets") {
			s.Differences = append(s.Differences, "secrets")
		}
	}
	var err error
	s.Routes, s.Rules, err = b.uses(ctx, found)
	return s, err
}

// scrubbed is what Grafana said, without what we sent it in confidence.
func (w Wanted) scrubbed(said string) string {
	for _, s := range []secret.Value{w.Token, w.HMACSecret} {
		if s.IsSet() {
			said = strings.ReplaceAll(said, s.Reveal(), secret.Mask)
		}
	}
	return said
}
