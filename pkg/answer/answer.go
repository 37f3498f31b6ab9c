// Package answer words for HTTP callers what became of a submission, or why a request was not served: every host with an
// HTTP edge answers the same.
package answer

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// RequestID is the header of an answer that names the request in the log.
const RequestID = "X-Request-Id"

const (
	// maxReason is the largest body of an answer that is not a success; Grafana keeps as much in its log.
	maxReason = 1024
	// maxListed bounds the deliveries and the notes that an answer lists.
	maxListed = 10
	// maxText bounds one provider's text in an answer, in runes.
	maxText = 200
)

type deliveryAnswer struct {
	ID      string     `json:"id"`
	Step    int        `json:"step"`
	Account string     `json:"account"`
	Target  string     `json:"target"`
	State   core.State `json:"state"`
	Reason  string     `json:"reason,omitempty"`
	Code    string     `json:"code,omitempty"`
	Text    string     `json:"text,omitempty"`
	Hint    string     `json:"hint,omitempty"`
}

type resultAnswer struct {
	State      core.State       `json:"state"`
	GroupID    string           `json:"group_id"`
	Duplicate  string           `json:"duplicate,omitempty"`
	Deliveries []deliveryAnswer `json:"deliveries"`
	// More counts the deliveries that are not listed.
	More  int      `json:"more,omitempty"`
	Notes []string `json:"notes"`
	// Tags are for the source to keep with the event, where it can.
	Tags map[string]string `json:"tags,omitempty"`
}

type faultAnswer struct {
	Error     string     `json:"error"`
	Code      string     `json:"code"`
	RequestID string     `json:"request_id"`
	State     core.State `json:"state,omitempty"`
	GroupID   string     `json:"group_id,omitempty"`
}

// WriteResult answers with what became of a submission, and gives the status.
func WriteResult(w http.ResponseWriter, r *http.Request, fallback lang.Language, res core.Result, tags map[string]string) int {
	status := http.StatusAccepted
	switch res.State {
	case core.StateDelivered, core.StateSuperseded:
		status = http.StatusOK
	case core.StateFailed:
		writeError(w, r, fallback, http.StatusUnprocessableEntity,
			faultAnswer{Code: "failed", State: res.State, GroupID: res.GroupID}, reasonOf(res), maxReason)
		return http.StatusUnprocessableEntity
	case core.StateWaiting, core.StateUnknown:
		// An unknown outcome must not be repeated, so the sender is told that it is taken care of.
	}
	l := Language(r, fallback)
	a := resultAnswer{
		State: res.State, GroupID: res.GroupID, Duplicate: res.Duplicate,
		Tags: tags, Deliveries: []deliveryAnswer{}, Notes: []string{}, More: max(len(res.Deliveries)-maxListed, 0),
	}
	for _, d := range res.Deliveries[:min(len(res.Deliveries), maxListed)] {
		a.Deliveries = append(a.Deliveries, deliveryAnswer{
			ID: d.ID, Step: d.Step, Account: d.Account, Target: d.Target, State: d.State,
			Reason: string(d.Reason), Code: d.Code, Text: OneLine(d.Text), Hint: OneLine(d.Hint.In(l)),
		})
	}
	for _, n := range res.Notes[:min(len(res.Notes), maxListed)] {
		a.Notes = append(a.Notes, OneLine(n.In(l)))
	}
	WriteJSON(w, status, a)
	return status
}

// reasonOf says in one sentence why nobody was reached, the last step's reason first: it is what
// would have to be put right for anybody to be reached.
func reasonOf(res core.Result) lang.Text {
	var zh, en []string
	for _, d := range slices.Backward(res.Deliveries) {
		if d.State == core.StateDelivered {
			continue
		}
		who := d.Account
		if d.Target != "" {
			who += " → " + d.Target
		}
		why := strings.TrimSpace(d.Code + " " + OneLine(d.Text))
		if why == "" {
			why = string(d.Reason)
		}
		z, e := who+"："+why, who+": "+why
		if !d.Hint.Empty() {
			z += "（" + OneLine(d.Hint.In(lang.Chinese)) + "）"
			e += " (" + OneLine(d.Hint.In(lang.English)) + ")"
		}
		zh, en = append(zh, z), append(en, e)
	}
	t := lang.Text{ZH: "没有送达任何人", EN: "nobody was reached"}
	for _, n := range res.Notes {
		zh, en = append(zh, n.In(lang.Chinese)), append(en, n.In(lang.English))
	}
	if len(zh) > 0 {
		t.ZH += "：" + strings.Join(zh, "；")
		t.EN += ": " + strings.Join(en, "; ")
	}
	return t
}

// WriteFault answers with what was wrong.
func WriteFault(w http.ResponseWriter, r *http.Request, fallback lang.Language, f *Fault) {
	h := w.Header()
	for _, c := range f.Challenges {
		h.Add("WWW-Authenticate", c)
	}
	if f.Allow != "" {
		h.Set("Allow", f.Allow)
	}
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	if f.Closing {
		h.Set("Connection", "close")
	}
	limit := f.Limit
	if limit == 0 {
		limit = maxReason
	}
	writeError(w, r, fallback, f.Status, faultAnswer{Code: f.Code}, f.Text, limit)
}

// writeError answers in text, or in JSON if the caller asks for it, with at most limit bytes.
func writeError(w http.ResponseWriter, r *http.Request, fallback lang.Language, status int, a faultAnswer, text lang.Text, limit int) {
	sentence := text.In(Language(r, fallback))
	if !WantsJSON(r) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(clip(sentence, limit-1) + "\n"))
		return
	}
	a.Error, a.RequestID = sentence, w.Header().Get(RequestID)
	for budget := limit - limit/4; budget > 0 && size(a) > limit; budget /= 2 {
		a.Error = clip(a.Error, budget)
	}
	WriteJSON(w, status, a)
}

// size is how many bytes an answer takes as JSON, with its line end.
func size(a faultAnswer) int {
	out, err := json.Marshal(a)
	if err != nil {
		return 0
	}
	return len(out) + 1
}

// WriteJSON answers with a document.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the caller may have left
}

// Language is the caller's, if it asks for one of ours, else the fallback, which is the configuration's.
func Language(r *http.Request, fallback lang.Language) lang.Language {
	best, bestQ := fallback, 0.0
	if !best.Known() {
		best = lang.Languages()[0]
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q := quality(part)
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l := lang.Language(primary); l.Known() && q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}

// WantsJSON tells whether a caller asks for JSON.
func WantsJSON(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if media, q := quality(part); q > 0 && strings.EqualFold(media, "application/json") {
			return true
		}
	}
	return false
}

// quality splits one entry of an Accept header into its value and its weight, 1 without one.
func quality(entry string) (string, float64) {
	value, parameters, _ := strings.Cut(entry, ";")
	q := 1.0
	for p := range strings.SplitSeq(parameters, ";") {
		if number, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			parsed, err := strconv.ParseFloat(number, 64)
			if err != nil {
				parsed = 0
			}
			q = parsed
		}
	}
	return strings.TrimSpace(value), q
}

// OneLine is s without line breaks and control characters, at most maxText runes.
func OneLine(s string) string {
	plain := strings.IndexFunc(s, unicode.IsControl) < 0
	if plain && utf8.RuneCountInString(s) <= maxText {
		return s
	}
	s = strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return s
}

// clip cuts s to at most limit bytes, never in the middle of a character.
func clip(s string, limit int) string {
	const ellipsis = "…"
	if len(s) <= limit {
		return s
	}
	if limit <= len(ellipsis) {
		return ""
	}
	cut := limit - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + ellipsis
}
